"""What a result says: records and analysis in, sections out. How it looks is for page, shell, HTML and Markdown."""
