"""Figures of executed chapters, picked by their cells."""

import pytest

from chapter_figures import figure_of

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


def test_the_first_cell_with_a_figure_gives_it():
    assert figure_of(NOTEBOOK, ["absent", "said", "third", "second"]) == ("third", THIRD)
    assert figure_of(NOTEBOOK, ["second"]) == ("second", SECOND)


def test_a_chapter_that_was_not_run_has_no_figure():
    assert figure_of(NOTEBOOK, ["title", "absent"]) is None


def test_a_cell_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="there is no cell gone"):
        figure_of(NOTEBOOK, ["third", "gone"])
