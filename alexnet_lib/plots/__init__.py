"""The pictures of the book: each function takes results and returns a ``Picture``."""
