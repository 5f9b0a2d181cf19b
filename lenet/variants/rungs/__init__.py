"""Rungs: the steps of ladders, each a file that overrides the one thing it changes in its parent."""
