"""Figures of executed chapters, picked by their cells."""

import pytest
from docutils import nodes

from chapter_figures import caption_figures, figure_of

SECOND, THIRD = ({"metadata": {"image/png": {"alt": alt}}} for alt in ("two", "three"))
NOTEBOOK = {
    "cells": [
        {"id": "title", "source": "# Title"},
        {"id": "absent", "outputs": []},
        {"id": "said", "outputs": [{"output_type": "stream", "text": "words"}]},
        {"id": "second", "outputs": [{"data": {"text/markdown": "words"}}, SECOND]},
        {"id": "third", "outputs": [THIRD]},
    ]
}


def test_the_first_cell_with_a_figure_gives_it_and_one_that_is_not_there_is_named():
    assert figure_of(NOTEBOOK, ["absent", "said", "third", "second"]) == ("third", THIRD)
    assert figure_of(NOTEBOOK, ["title", "absent"]) is None  # as of a chapter that was not run
    with pytest.raises(ValueError, match="there is no cell gone"):
        figure_of(NOTEBOOK, ["third", "gone"])


def test_a_figure_without_a_title_is_called_after_the_heading_above_it():
    parts = []
    for number, title in enumerate(("", "what's its own"), start=1):
        cell = nodes.container("", nodes.image("", uri="a.png"))
        about = {"label": f"Figure {number}", "title": title, "place": f"figure-{number}"}
        cell["cell_metadata"] = {"figure": about}
        parts.append(nodes.section("", nodes.title("", f"{number}. Section"), nodes.container("", cell)))
    page = nodes.section("", nodes.title("", "Chapter"), *parts)
    caption_figures(None, page)
    captions = [each.astext() for each in page.findall(nodes.caption)]
    assert captions == ["Figure 1 Section", "Figure 2 What’s its own"]
