"""Stand-ins for variants: each needs no framework, and misbehaves in one way."""
