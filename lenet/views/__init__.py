"""Views: records and analysis in, sections out. Page, shell, HTML and Markdown decide how a result
looks."""
