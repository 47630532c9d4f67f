"""The PDF of the book: what a reader finds in it, when it is made, and where it is offered."""

import io
import re

import pytest
from pypdf import PdfReader

import print_book
import print_pdf
import printed_site
from browser import chromium
from languages import LANGUAGES, words
from notebook_files import ROOT
from printed_site import ALT, LONG_LINE, TITLES


@pytest.fixture
def site(tmp_path):
    return printed_site.write_site(tmp_path / "book")


@pytest.fixture(scope="session")
def printed(tmp_path_factory, chromium_needed):
    """Print the book once for all tests that only read."""
    root = tmp_path_factory.mktemp("printed") / "book"
    site = printed_site.write_site(root)
    assert print_book.print_book(root, site) == []
    return site


@pytest.fixture(params=LANGUAGES)
def book(request, printed):
    """Return a language, its PDF, and the text of each page."""
    reader = PdfReader(printed / request.param / print_book.NAME)
    return request.param, reader, [page.extract_text() for page in reader.pages]


def run(site):
    return print_book.print_book(site.parents[1], site)


def links(reader):
    """Return what each link of the book leads to: a place within it, or an address."""
    notes = [note.get_object() for page in reader.pages for note in page.get("/Annots", [])]
    return [note["/Dest"] if "/Dest" in note else note["/A"]["/URI"] for note in notes]


def test_the_contents_give_the_pages_on_which_the_chapters_begin(book):
    language, _, texts = book
    first, second = list(TITLES[language].values())[1:]
    begins = {
        title: next(page for page in range(2, len(texts)) if title in texts[page])
        for title in (first, second)
    }
    assert begins[second] > begins[first] + 3  # not what counting the chapters would give
    for title, page in begins.items():
        assert f"{title} {page + 1}" in texts[1].splitlines()


def test_every_page_but_the_cover_has_its_number(book):
    numbered = [str(number) in text.splitlines() for number, text in enumerate(book[2], 1)]
    assert numbered == [False] + [True] * (len(book[2]) - 1)


def test_links_between_chapters_stay_in_the_book_and_others_are_live(book):
    _, reader, _ = book
    inside = [name for name in links(reader) if name.startswith("/page-")]
    assert len(inside) == 5
    assert set(inside) <= set(reader.named_destinations)
    assert "https://example.org/paper" in links(reader)
    assert not [name for name in links(reader) if "127.0.0.1" in name]


def test_words_can_be_copied_out_and_a_long_line_of_code_is_whole(book):
    language, _, texts = book
    text = "\n".join(texts)
    for said in (*list(TITLES[language].values())[1:], ALT[language]):
        assert said in text
    assert LONG_LINE in text


def test_title_language_outline_and_tags_are_set(book):
    language, reader, _ = book
    root = reader.trailer["/Root"]
    subtitle = {"ko": "직접 실행하며 배우는 책", "en": "A book that teaches by running"}[language]
    assert reader.metadata.title == f"AlexNet on CIFAR-10: {subtitle}"
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == (language, True)
    outline = [entry["/Title"] for entry in reader.outline if not isinstance(entry, list)]
    assert outline[3:] == list(TITLES[language].values())[1:]


def test_the_text_is_letters_of_the_books_own_fonts_bold_ones_too(book):
    fonts = [font.get_object() for page in book[1].pages for font in page["/Resources"]["/Font"].values()]
    for name in ("NotoSansKR-Regular", "NotoSansKR-Bold"):
        own = [font for font in fonts if font.get("/BaseFont", "").endswith(name)]
        assert own and all(font["/Subtype"] == "/Type0" for font in own)
        outlines = {font["/DescendantFonts"][0]["/Subtype"] for font in own}
        assert outlines == {"/CIDFontType2"}  # TrueType's, and no drawings


def test_the_first_page_offers_the_pdf_beside_the_notebooks_once(printed):
    for language in LANGUAGES:
        text = (printed / language / "index.html").read_text("utf-8")
        offer = words(language)["print"]["offer-book"].format(print_book.NAME)
        assert text.count(offer) == 1
        teachers = (printed / language / "teachers.html").read_text("utf-8")
        assert teachers.count('href="alexnet-answers.pdf"') == 1
        assert (printed / language / "alexnet-answers.pdf").is_file()
        assert f'notebooks</a>. <span class="print-edition">{offer}' in text


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


@pytest.mark.parametrize("damage", ["a page", "an image that is gone"])
def test_a_print_with_a_fault_is_no_pdf_and_no_link(site, chromium_needed, monkeypatch, damage):
    if damage == "a page":
        said = iter([{}, {"page-a": 2}])
        monkeypatch.setattr(print_pdf, "as_pdf", lambda *arguments, **options: b"")
        monkeypatch.setattr(print_pdf, "NUMBER", re.compile("(?!)"))
        monkeypatch.setattr(print_pdf, "page_numbers", lambda pdf: next(said))
    else:
        page = site / "en/02_second.html"
        lost = '</h2><img alt="" src="_images/gone.webp"/>'
        page.write_text(page.read_text("utf-8").replace("</h2>", lost), "utf-8")
    monkeypatch.setattr(print_book, "LANGUAGES", ("en",))
    monkeypatch.setattr(print_book, "EDITIONS", {"book": print_book.EDITIONS["book"]})
    [problem] = run(site)
    reasons = {"a page": "moved the chapters", "an image that is gone": "Failed to load resource"}
    assert problem.startswith("en: no PDF: ") and reasons[damage] in problem
    assert not list(site.rglob("*.pdf"))
    assert "print-edition" not in (site / "en/index.html").read_text("utf-8")


def test_a_pdf_that_is_there_is_left_as_it_is_and_offered_once(printed, monkeypatch):
    before = {path: path.read_bytes() for path in printed.rglob("*") if path.is_file()}
    monkeypatch.setattr(print_book, "printed", lambda *arguments: pytest.fail("printed again"))
    assert run(printed) == []
    assert {path: path.read_bytes() for path in printed.rglob("*") if path.is_file()} == before


def test_without_a_chromium_there_is_one_sentence_no_pdf_and_no_link(site, monkeypatch, capsys):
    monkeypatch.setattr(print_book, "program", lambda: None)
    assert run(site) == []
    assert capsys.readouterr().out == f"{print_book.SKIPPED}\n"
    assert not list(site.rglob("*.pdf"))
    assert "print-edition" not in (site / "ko/index.html").read_text("utf-8")
