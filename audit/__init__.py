"""What the clock, the race and the watching cost: `make bench`. Ratios from one run, each with an interval."""
