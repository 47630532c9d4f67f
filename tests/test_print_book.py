"""The PDF of the book: what a reader finds in it, when it is made, and where it is offered."""

import contextlib
import io
import re

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

import print_book
import print_pdf
import printed_site
from browser import chromium
from languages import SOURCE, words
from notebook_files import ROOT
from pictures import UNSEEN
from printed_site import ALT, LONG_LINE, TITLES

LANGUAGE = SOURCE.code
# Of each edition one language is enough.
THERE = (f"{LANGUAGE}/alexnet-answers.pdf", "en/alexnet-book.pdf")


@pytest.fixture
def site(tmp_path):
    return printed_site.write_site(tmp_path / "book")


@pytest.fixture(scope="session")
def printed(tmp_path_factory, chromium_needed):
    """Print the book and the answers, once for all tests that only read."""
    root = tmp_path_factory.mktemp("printed") / "book"
    site = printed_site.write_site(root)
    for place in THERE:
        (site / place).touch()
    assert print_book.print_book(root, site) == []
    return site


@pytest.fixture
def book(printed):
    """Return the PDF of the book, and the text of each page."""
    reader = PdfReader(printed / LANGUAGE / print_book.NAME)
    return reader, [page.extract_text() for page in reader.pages]


def run(site):
    return print_book.print_book(site.parents[1], site)


def links(reader):
    """Return what each link of the book leads to: a place within it, or an address."""
    notes = [note.get_object() for page in reader.pages for note in page.get("/Annots", [])]
    return [note["/Dest"] if "/Dest" in note else note["/A"]["/URI"] for note in notes]


def test_the_contents_give_the_pages_on_which_the_chapters_begin(book):
    _, texts = book
    first, second = list(TITLES[LANGUAGE].values())[1:]
    begins = {
        title: next(page for page in range(2, len(texts)) if title in texts[page])
        for title in (first, second)
    }
    assert begins[second] > begins[first] + 3  # not what counting the chapters would give
    for title, page in begins.items():
        assert f"{title} {page + 1}" in texts[1].splitlines()


def test_every_page_but_the_cover_has_its_number(book):
    numbered = [str(number) in text.splitlines() for number, text in enumerate(book[1], 1)]
    assert numbered == [False] + [True] * (len(book[1]) - 1)


def test_links_between_chapters_stay_in_the_book_and_others_are_live(book):
    reader, _ = book
    inside = [name for name in links(reader) if name.startswith("/page-")]
    assert len(inside) == 5  # three in the contents, two in the text
    assert set(inside) <= set(reader.named_destinations)
    assert "https://example.org/paper" in links(reader)
    assert not [name for name in links(reader) if "127.0.0.1" in name]


def test_words_can_be_copied_out_and_a_long_line_of_code_is_whole(book):
    text = "\n".join(book[1])
    for said in (*list(TITLES[LANGUAGE].values())[1:], ALT[LANGUAGE]):
        assert said in text
    assert LONG_LINE in text


def test_title_language_outline_and_tags_are_set(book):
    reader, _ = book
    root = reader.trailer["/Root"]
    assert reader.metadata.title == f"AlexNet on CIFAR-10: {words(LANGUAGE)['print']['book']}"
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == (LANGUAGE, True)
    outline = [entry["/Title"] for entry in reader.outline if not isinstance(entry, list)]
    assert outline[3:] == list(TITLES[LANGUAGE].values())[1:]


def test_the_text_is_letters_of_the_books_own_fonts_bold_ones_too(book):
    fonts = [font.get_object() for page in book[0].pages for font in page["/Resources"]["/Font"].values()]
    for name in ("NotoSansKR-Regular", "NotoSansKR-Bold"):
        own = [font for font in fonts if font.get("/BaseFont", "").endswith(name)]
        assert own and all(font["/Subtype"] == "/Type0" for font in own)
        outlines = {font["/DescendantFonts"][0]["/Subtype"] for font in own}
        assert outlines == {"/CIDFontType2"}  # TrueType's, and no drawings


def test_it_is_packed_and_a_picture_with_a_table_of_its_colours_looks_as_it_did(book, printed):
    reader, _ = book
    [picture] = [image for page in reader.pages for image in page.images]
    assert picture.indirect_reference.get_object()["/ColorSpace"][0] == "/Indexed"
    before, after = (
        np.asarray(shown.convert("RGB")).astype(int)
        for shown in (Image.open(printed / LANGUAGE / "_images/a.webp"), picture.image)
    )
    assert np.sqrt(((after - before) ** 2).mean()) <= UNSEEN
    assert reader.xref_objStm  # Chromium leaves each tag of the text by itself


def test_no_page_ends_between_a_question_and_its_options_or_behind_the_title_of_a_fold(
    tmp_path, chromium_needed
):
    style = (ROOT / "book/_templates/print-book.css").read_text("utf-8")
    options = "".join(f"<li><p>option {number}</p></li>" for number in "abc")
    reasons = "<details class='question' open><summary>Why?</summary><p>x</p></details>"
    asked = f"<p>Asked?</p><ol>{options}</ol>{reasons}"
    # Wherever on a page it begins.
    pages = [f"<div class='chapter'>{'<p>line</p>' * lines}{asked}</div>" for lines in range(20, 40)]
    place = tmp_path / "print.html"
    place.write_text(f"<!doctype html><html lang='en'><style>{style}</style>{''.join(pages)}</html>")
    with chromium() as browser:
        pdf = PdfReader(io.BytesIO(print_pdf.as_pdf(browser, place, is_final=False)))
    texts = [page.extract_text().strip() for page in pdf.pages]
    assert len(texts) > len(pages) + 2, "some of them go on on a second page"
    assert [text.count("Asked?") for text in texts] == [text.count("option c") for text in texts]
    assert not [text for text in texts if re.search(r"Why\?\s*\d*$", text)]


def test_what_was_printed_is_offered_once_and_what_was_there_is_left(printed):
    for edition, language, page in (("book", LANGUAGE, "index.html"), ("answers", "en", "teachers.html")):
        name = print_book.EDITIONS[edition][0]
        offer = f'<span class="print-edition">{words(language)["print"][f"offer-{edition}"].format(name)}'
        text = (printed / language / page).read_text("utf-8")
        assert text.count(f"notebooks</a>. {offer}") == text.count("print-edition") == 1
        assert f'href="{name}"' in offer and (printed / language / name).stat().st_size
    others = (printed / place for place in (f"{LANGUAGE}/teachers.html", "en/index.html"))
    assert not any("print-edition" in page.read_text("utf-8") for page in others)
    assert not any((printed / place).stat().st_size for place in THERE)


def assert_no_pdf(site, problem, reason):
    assert problem.startswith("en: no PDF: ") and reason in problem
    assert not list(site.rglob("*.pdf"))
    assert "print-edition" not in (site / "en/index.html").read_text("utf-8")


@pytest.fixture
def one_edition(monkeypatch):
    monkeypatch.setattr(print_book, "LANGUAGES", ("en",))
    monkeypatch.setattr(print_book, "EDITIONS", {"book": print_book.EDITIONS["book"]})


def test_contents_that_move_the_chapters_are_no_pdf_and_no_link(site, one_edition, monkeypatch):
    said = iter([{}, {"page-a": 2}])
    monkeypatch.setattr(print_book, "program", lambda: "a browser")
    monkeypatch.setattr(print_book, "chromium", contextlib.nullcontext)
    monkeypatch.setattr(print_pdf, "as_pdf", lambda *arguments, **options: b"")
    monkeypatch.setattr(print_pdf, "NUMBER", re.compile("(?!)"))
    monkeypatch.setattr(print_pdf, "page_numbers", lambda pdf: next(said))
    [problem] = run(site)
    assert_no_pdf(site, problem, "moved the chapters")


def test_a_print_without_one_of_its_pictures_is_no_pdf_and_no_link(site, one_edition, chromium_needed):
    page = site / "en/02_second.html"
    lost = '</h2><img alt="" src="_images/gone.webp"/>'
    page.write_text(page.read_text("utf-8").replace("</h2>", lost), "utf-8")
    [problem] = run(site)
    assert_no_pdf(site, problem, "Failed to load resource")


def test_without_a_chromium_there_is_one_sentence_no_pdf_and_no_link(site, monkeypatch, capsys):
    monkeypatch.setattr(print_book, "program", lambda: None)
    assert run(site) == []
    assert capsys.readouterr().out == f"{print_book.SKIPPED}\n"
    assert not list(site.rglob("*.pdf"))
    assert "print-edition" not in (site / "ko/index.html").read_text("utf-8")
