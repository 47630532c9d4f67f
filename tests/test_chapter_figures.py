"""Figures of executed chapters, picked by their cells."""

import base64

import pytest

from chapter_figures import figure_of


def figure(png, alt, photo=False):
    about = {"image/png": {"alt": alt, "width": 640, "height": 400, "photo": photo}}
    return {"data": {"image/png": base64.b64encode(png).decode()}, "metadata": about}


NOTEBOOK = {
    "cells": [
        {"id": "title", "source": "# Title"},
        {"id": "absent", "outputs": []},
        {"id": "said", "outputs": [{"output_type": "stream", "text": "words"}]},
        {"id": "second", "outputs": [{"data": {"text/markdown": "words"}}, figure(b"2", "two")]},
        {"id": "third", "outputs": [figure(b"3", "three", photo=True)]},
    ]
}


def test_the_first_cell_with_a_figure_gives_it_with_its_text_its_width_and_kind():
    third = (b"3", "three", 640, "third", ["photo"])
    assert figure_of(NOTEBOOK, ["absent", "said", "third", "second"]) == third
    assert figure_of(NOTEBOOK, ["second"]).alt == "two"


def test_a_chapter_that_was_not_run_has_no_figure():
    assert figure_of(NOTEBOOK, ["title", "absent"]) is None


def test_a_cell_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="there is no cell gone"):
        figure_of(NOTEBOOK, ["third", "gone"])
