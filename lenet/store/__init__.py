"""The store: all SQL, and nothing but SQL. Other folders use `open_store` and its `Store`."""

from lenet.store.claims import Admit
from lenet.store.store import Store, open_store

__all__ = ["Admit", "Store", "open_store"]
