"""Documents to send around: the answer to issue 7439 as one HTML file that needs no network."""
