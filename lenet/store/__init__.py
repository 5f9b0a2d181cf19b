"""All SQL, and nothing but SQL: experiments, runs, epochs, batches and parity answers. Others use
`open_store`."""

from lenet.store.store import Store, open_store

__all__ = ["Store", "open_store"]
