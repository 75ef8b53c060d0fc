"""What the emulator remembers, in SQL: indexes, tombstones, vectors, mutations, metadata indexes, listings."""
