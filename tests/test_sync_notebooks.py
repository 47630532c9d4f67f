import json

import nbformat
import pytest

from languages import LANGUAGES
from notebook_files import read, setup_source
from sync_notebooks import main, problems
from toy_book import NAME, code, markdown, notebook_path, write_notebook, write_toy_book


@pytest.fixture
def book(tmp_path):
    return write_toy_book(tmp_path)


def change(root, language, edit):
    """Change one language's notebook."""
    notebook = read(notebook_path(root, language))
    edit(notebook)
    write_notebook(root, language, notebook)


def set_source(cell, source):
    def edit(notebook):
        next(found for found in notebook.cells if found.id == cell).source = source

    return edit


def put_output(notebook):
    notebook.cells[3].outputs = [nbformat.v4.new_output("stream", text="1")]


DIFFERENCES = {
    "code": (set_source("training", "print(EPOCHS)"), "#training: the code differs: "),
    "unreadable code": (set_source("training", "print("), "code that cannot be read"),
    "a cell too many": (
        lambda notebook: notebook.cells.insert(3, markdown("new", "x")), "lacks (new); write them there too",
    ),
    "a cell too few": (lambda notebook: notebook.cells.pop(3), "other cells, or in another order (training)"),
    "order": (lambda notebook: notebook.cells.reverse(), "other cells, or in another order"),
    "types": (
        lambda notebook: notebook.cells.__setitem__(3, markdown("training", "x")),
        "#training: the cell types differ",
    ),
    "cell metadata": (
        lambda notebook: notebook.cells[3].metadata.update(tags=["long-code"]),
        "#training: the cells' metadata differ",
    ),
    "notebook metadata": (lambda notebook: notebook.metadata.update(accelerator="TPU"), "in the committed"),
}


def test_a_book_in_step_has_no_problems(book):
    assert list(problems(book)) == []


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_difference_between_the_languages_is_named(book, name):
    edit, expected = DIFFERENCES[name]
    change(book, "en", edit)
    assert any(expected in problem for problem in problems(book))


@pytest.mark.parametrize(
    "page", ["notebooks/ko/01_toy.ipynb", "notebooks/en/01_toy.ipynb", "book/en/index.md"]
)
def test_a_page_without_its_twin_is_named(book, page):
    (book / page).unlink()
    assert any("is missing" in problem for problem in problems(book))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_notebook_sets_its_own_language(book, language):
    source = read(notebook_path(book, language)).cells[1].source
    for other in LANGUAGES:
        change(book, other, set_source("parameters", source))
    assert any('#parameters: LANG = "' in problem for problem in problems(book))


def test_a_changed_text_is_named_until_both_languages_are_stamped(book, capsys):
    for language, said in (("ko", "changed since the review: ko"), ("en", "changed since the review: en")):
        change(book, language, set_source("closing", f"## {LANGUAGES[language].name}"))
        found = list(problems(book))
        assert len(found) == 1
        assert f"notebooks/{NAME}.ipynb#closing: {said}" in found[0]
        assert main(["--stamp", NAME], book) == 0
    for language in LANGUAGES:
        change(book, language, set_source("closing", f"## {language} again"))
    assert "changed since the review: ko, en" in next(problems(book))


def test_a_changed_page_of_the_book_is_named_until_it_is_stamped(book):
    page = book / "book/ko/index.md"
    page.write_text(page.read_text("utf-8") + "\n더.\n", "utf-8")
    change(book, "ko", set_source("closing", "## 새 글"))
    assert "book/index.md#page: changed since the review: ko" in list(problems(book))[-1]
    assert main(["--stamp", "index"], book) == 1
    assert [problem.partition(":")[0] for problem in problems(book)] == [f"notebooks/{NAME}.ipynb#closing"]


@pytest.mark.parametrize(
    ("language", "text"), [("en", "Adam은 빠릅니다."), ("ko", "Adam is fast: `print(손실)`, in $n$ steps.")]
)
def test_a_text_that_is_still_another_language_s_is_not_stamped(book, capsys, language, text):
    for other in LANGUAGES:
        change(book, other, set_source("closing", text if other == language else "## $x^2$"))
    assert main(["--stamp", NAME], book) == 1
    said = capsys.readouterr().out
    assert f"notebooks/{language}/{NAME}.ipynb#closing: not in {LANGUAGES[language].name} yet" in said
    change(book, language, set_source("closing", "$$x^2$$"))
    assert main(["--stamp", NAME], book) == 0


def test_the_stamps_of_a_deleted_cell_are_forgotten(book):
    for language in LANGUAGES:
        change(book, language, lambda notebook: notebook.cells.pop())
    main(["--stamp", NAME], book)
    seen = json.loads((book / "notebooks/reviewed.json").read_text())
    assert list(seen[f"notebooks/{NAME}.ipynb"]) == ["title"]


def test_code_and_cells_are_copied_from_korean_and_english_prose_stays(book):
    def edit(notebook):
        notebook.cells[3].source = "print(1)"
        notebook.cells.insert(4, markdown("read", "새 글"))
        notebook.cells.insert(5, code("more", "print(2)"))

    english = read(notebook_path(book, "en")).cells[-1].source
    change(book, "ko", edit)
    main(["--code"], book)
    cells = {cell.id: cell.source for cell in read(notebook_path(book, "en")).cells}
    assert list(cells) == ["title", "parameters", "setup", "training", "read", "more", "closing"]
    assert cells["training"] == "print(1)"
    assert cells["parameters"].startswith('LANG = "en"\n')
    assert cells["closing"] == english
    assert cells["read"] == "새 글"  # to be translated: the rules name Korean in an English notebook
    assert not any("differ" in problem for problem in problems(book))


def test_words_of_the_code_may_differ_and_are_not_copied_over(book):
    sources = {"ko": 'print(f"에폭 {EPOCHS}번")', "en": 'print(f"{EPOCHS} epochs")'}
    for language, source in sources.items():
        change(book, language, set_source("training", source))
    assert list(problems(book)) == []
    assert main(["--code"], book) == 0
    change(book, "ko", set_source("training", 'print(f"에폭 {EPOCHS + 1}번")'))
    assert main(["--code"], book) == 1
    assert read(notebook_path(book, "en")).cells[3].source == sources["en"]


def test_format_takes_out_what_jupyter_and_colab_leave_behind(book):
    before = notebook_path(book, "ko").read_text("utf-8")

    def edit(notebook):
        put_output(notebook)
        notebook.cells[3].execution_count = 7
        notebook.cells[3].metadata = {"executionInfo": {"user": "someone"}, "id": "x"}
        notebook.metadata.language_info.version = "3.13.1"

    change(book, "ko", edit)
    assert any("not in the committed form" in problem for problem in problems(book))
    assert main(["--format"], book) == 0
    assert notebook_path(book, "ko").read_text("utf-8") == before


def test_format_gives_every_notebook_the_same_setup_and_links(book):
    old = "[Open in Colab](https://colab.research.google.com/github/a/b)"

    def edit(notebook):
        notebook.cells[0].source = f"# Title\n\n{old}\n\nWhat?"
        notebook.cells[2].source = "import alexnet_lib"

    change(book, "en", edit)
    main(["--format"], book)
    title, _, setup = (cell.source for cell in read(notebook_path(book, "en")).cells[:3])
    assert old not in title
    assert "/blob/v0.1.0/notebooks/en/01_toy.ipynb) · [Open in Kaggle]" in title
    assert setup == setup_source("en")
