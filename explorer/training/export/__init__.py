"""A run as files that other programs read, and as one that repeats it."""
