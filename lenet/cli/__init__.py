"""`python -m lenet ...`: all that the pages do, in a shell and in CI, through the same service."""
