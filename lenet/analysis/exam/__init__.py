"""Same answer before same clock: what a variant has to learn before its time counts, and how it is
marked."""
