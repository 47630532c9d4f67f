"""Figures that others have published, each with its source: listed once, quoted everywhere."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def facts() -> dict[str, dict[str, Any]]:
    """Return every entry of ``facts.toml``: ``{name: {"value", "unit", "source", ...}}``."""
    return tomllib.loads((Path(__file__).parent / "facts.toml").read_text("utf-8"))


def fact(name: str) -> Any:
    """Return the value of one fact; ``facts()[name]["source"]`` says where it is from."""
    return facts()[name]["value"]
