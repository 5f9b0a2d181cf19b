"""Programs in the style that people publish, each with something that a benchmark trips over."""
