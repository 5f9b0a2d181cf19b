"""Measure what the clock, the race and a watching browser cost: `make bench`.

Each ratio comes from one run and has an interval.
"""
