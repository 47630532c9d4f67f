"""The version of the library and of the book, which are one."""

__version__ = "0.1.0"
