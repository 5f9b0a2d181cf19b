"""The cost of the clock, of the race and of watching: `make bench`. Ratios from one run, each with
an interval."""
