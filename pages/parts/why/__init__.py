"""Parts of the Why page."""
