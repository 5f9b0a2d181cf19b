"""The noise floor: how far apart equal programs come out on this machine, and what disturbs it."""
