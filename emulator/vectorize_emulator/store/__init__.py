"""The data of the emulator in SQL: indexes, deleted names, vectors, mutations, metadata indexes, listings."""
