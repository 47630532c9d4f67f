"""The document that is printed: what of the pages is in it, and where its links lead."""

import pytest
from bs4 import BeautifulSoup

import printed_site
from languages import words
from notebook_files import LANGUAGES, ROOT
from print_pages import document
from site_config import site_address


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    root = tmp_path_factory.mktemp("toy") / "book"
    site = printed_site.write_site(root)
    texts = {language: document(root, language, site / language, "../site/x") for language in LANGUAGES}
    return {language: BeautifulSoup(text, "html.parser") for language, text in texts.items()}


def links(soup, words):
    return [link["href"] for link in soup.find_all("a") if link.get_text(" ", strip=True).startswith(words)]


def test_a_link_to_a_section_leads_to_that_section(documents):
    (anchor,) = links(documents["ko"], "next")
    assert documents["ko"].find(id=anchor[1:]).h2.get_text() == printed_site.ALT["ko"]


def test_a_link_to_a_file_of_the_site_leads_to_the_published_one_and_others_stay(documents):
    home = site_address(ROOT)
    assert links(documents["en"], "source") == [f"{home}/en/_sources/01_first.ipynb"]
    assert links(documents["en"], "notebooks") == [f"{home}/alexnet-notebooks.zip"]
    assert links(documents["en"], "paper") == ["https://example.org/paper"]


def test_what_a_reader_unfolds_is_printed_open(documents):
    folds = documents["ko"].find_all("details")
    texts = [fold.find(string=True, recursive=False).strip() for fold in folds]
    assert texts == ["guessed", "answered", "reasoned"]
    # Nobody opens a fold on paper, so its words do not ask for it.
    titles = [fold.summary.get_text().strip() for fold in folds]
    assert titles == [words("ko")["print"]["predict"], words("ko")["print"]["answer"], "reasons"]
    assert all(fold.has_attr("open") for fold in folds)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_booklet_of_answers_holds_what_is_practised_and_no_more(tmp_path, language):
    root = tmp_path / "book"
    site = printed_site.write_site(root)
    booklet = BeautifulSoup(document(root, language, site / language, "x", "answers"), "html.parser")
    (chapter,) = booklet.select("article")
    assert [heading.get_text() for heading in chapter.select("h1, h2")] == [
        printed_site.TITLES[language]["01_first"],
        "practice",
    ]
    assert "reasoned" in chapter.get_text() and "paragraph" not in chapter.get_text()
    (site / language / "01_first.html").write_text(printed_site.page(language, "01_first", "<p>no task</p>"))
    assert document(root, language, site / language, "x", "answers") is None


def test_a_title_has_spaces_where_its_page_has_them(tmp_path):
    root = tmp_path / "book"
    site = printed_site.write_site(root)
    path, before = site / "en/02_second.html", f"<h1>{printed_site.TITLES['en']['02_second']}"
    title = "<h1>Chapter 2. In <span>CIFAR-10</span>, what?<span> · Data</span>"
    path.write_text(path.read_text("utf-8").replace(before, title))
    soup = BeautifulSoup(document(root, "en", site / "en", "x"), "html.parser")
    listed = soup.select(".contents a span:first-child")
    assert listed[-1].get_text() == "Chapter 2. In CIFAR-10, what? · Data"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_serves_only_a_reader_at_a_screen_is_left_out(documents, language):
    text = documents[language].body.get_text()
    for word in ("around", "movable", "folded_away", "unfold", "nothing.here", "#"):
        assert word not in text
    assert printed_site.LONG_LINE in text


def test_only_long_code_may_go_on_on_the_next_page(tmp_path):
    root = tmp_path / "book"
    site = printed_site.write_site(root)
    cells = "".join('<div class="cell_input"><pre>' + "x\n" * lines + "</pre></div>" for lines in (15, 16))
    (site / "en/01_first.html").write_text(printed_site.page("en", "01_first", cells))
    code = BeautifulSoup(document(root, "en", site / "en", "x"), "html.parser").select(".cell_input")
    assert [cell["class"] for cell in code] == [["cell_input"], ["cell_input", "long"]]


def test_the_pages_are_named_and_the_list_of_the_first_one_gives_way_to_the_contents(documents):
    titles = [heading.get_text() for heading in documents["ko"].select("article h1")]
    assert titles == ["이 책에 대하여", *list(printed_site.TITLES["ko"].values())[1:]]
    listed = [entry.get_text() for entry in documents["ko"].select(".contents a span:first-child")]
    assert listed == titles
    assert documents["ko"].find(string=["doors", "list"]) is None
