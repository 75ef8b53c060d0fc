"""What the emulator remembers, in SQL: indexes, tombstones, vectors, mutations, metadata indexes, listings."""

from vectorize_emulator.store.indexes import Index, IndexStore

__all__ = ["Index", "IndexStore"]
