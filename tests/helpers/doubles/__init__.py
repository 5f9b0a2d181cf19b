"""Stand-ins for variants: they need no framework and misbehave in one way each."""
