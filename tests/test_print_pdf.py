"""A document as PDF: its contents are right, or there is none."""

import io

import pytest
from pypdf import PdfReader

import print_pdf

DOCUMENT = """<!doctype html><html lang="en"><head><title>x</title><link rel="icon" href="data:,">
<style>h1 {{ break-before: page }} {style}</style></head><body>
<a href="#page-a">A <span data-page="page-a">000</span></a>
<a href="#page-b">B <span data-page="page-b">000</span></a>
<h1 id="page-a">one</h1><h1>between</h1><h1 id="page-b">two</h1></body></html>"""


def printed(folder, style=""):
    return print_pdf.printed(DOCUMENT.format(style=style), folder / "print/x.html")


def test_the_numbers_are_the_pages_of_the_places(tmp_path, chromium_needed):
    pages = PdfReader(io.BytesIO(printed(tmp_path))).pages
    assert [page.extract_text().strip() for page in pages] == ["A 2 B 4", "one", "between", "two"]


def test_there_are_tags_for_who_hears_it_and_an_outline(tmp_path, chromium_needed):
    root = PdfReader(io.BytesIO(printed(tmp_path))).trailer["/Root"]
    assert "/StructTreeRoot" in root and "/Outlines" in root


def test_numbers_that_move_what_they_count_are_refused(tmp_path, chromium_needed, monkeypatch):
    said = iter([{"page-a": 2, "page-b": 4}, {"page-a": 2, "page-b": 5}])
    monkeypatch.setattr(print_pdf, "page_numbers", lambda pdf: next(said))
    with pytest.raises(print_pdf.PrintProblem, match="moved the chapters"):
        printed(tmp_path)
