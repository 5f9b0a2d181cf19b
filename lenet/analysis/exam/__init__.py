"""Same answer before same clock: the exam that a variant must pass before its time counts."""
