"""Experiments of different hours, versions and machines: their series, and what may be compared."""
