"""The store: all SQL, and nothing but SQL. Other folders use `open_store` and its `Store`."""

from lenet.store.store import Store, open_store

__all__ = ["Store", "open_store"]
