"""Compare experiments of different hours, versions and machines, and follow their series."""
