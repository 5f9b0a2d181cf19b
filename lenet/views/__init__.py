"""Views say what a result is: records and analysis in, sections out.

Page, shell, HTML and Markdown decide how it looks.
"""
