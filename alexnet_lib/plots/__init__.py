"""The figures of the book: each function takes results and returns a figure."""
