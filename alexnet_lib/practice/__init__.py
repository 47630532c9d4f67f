"""Exercises: a reader's answer is looked at, and a typical mistake gets the hint that is made for it.

A chapter's exercises stand in a file of their own, ``chapter_07.py`` for example, in a dictionary
``EXERCISES`` by name, and what is said of each mistake in ``chapter_07.toml``. ``exercise`` says what an
exercise is and how an answer is judged.
"""

from alexnet_lib.practice.exercise import check

__all__ = ["check"]
