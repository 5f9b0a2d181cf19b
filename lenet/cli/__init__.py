"""`python -m lenet ...`: everything the page does, in a shell and in CI, through the same
service."""
