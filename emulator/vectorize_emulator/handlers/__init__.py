"""One function per route. They contain no state and no SQL."""
