"""Parts of the System page."""
