"""Write results to be sent around: one HTML file that needs no network, or Markdown to paste."""
