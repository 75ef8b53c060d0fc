"""One function per route: request in, answer out. They hold no state and no SQL."""
