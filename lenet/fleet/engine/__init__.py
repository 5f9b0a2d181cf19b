"""All that imports Ray, each in a process of its own: nothing else of the program does."""
