"""How a result is written down to be sent around: one HTML file that needs no network, or Markdown
to paste."""
