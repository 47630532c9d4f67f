"""Staging: what Jupyter Book gets to see of a language."""

import base64
import hashlib

import nbformat
import pytest
from nbformat import NotebookNode

import site_stub
from join_site import listed_pages
from notebook_files import as_text, read
from stage_book import StaleNotebook, stage


@pytest.fixture
def book(tmp_path):
    site_stub.write_book(tmp_path)
    return tmp_path


def source_file(book, language="ko"):
    return book / f"notebooks/{language}/01_stub.ipynb"


def executed_file(book, language="ko"):
    return book / f"_build/executed/{language}/01_stub.ipynb"


def change(path, cell_id, **changes):
    notebook = read(path)
    cell = next(cell for cell in notebook.cells if cell.id == cell_id)
    for name, value in changes.items():
        cell[name] = value
    path.write_text(as_text(notebook), "utf-8")


def staged(book, language="ko"):
    """Return the staged notebook's cells by id, the index page, and what the stage says."""
    target = book / f"_build/src/{language}/pages"
    problems = stage(book, book / "_build/executed", language, target)
    cells = {cell.id: cell for cell in read(target / "01_stub.ipynb").cells}
    return cells, (target / "index.md").read_text("utf-8"), problems


def error():
    return nbformat.v4.new_output(
        "error", ename="ValueError", evalue="bad", traceback=["Traceback", "/work/x.py"]
    )


def test_outputs_come_back_by_cell_id_whatever_happened_to_the_prose(book):
    notebook = read(source_file(book))
    notebook.cells.insert(3, nbformat.v4.new_markdown_cell("새로 쓴 문단", id="new"))
    notebook.cells[0].source = "# 다시 쓴 제목"
    source_file(book).write_text(as_text(notebook), "utf-8")
    cells, _, problems = staged(book)
    assert problems == []
    assert cells["title"].source == "# 다시 쓴 제목"
    assert "image/png" in cells["figure"].outputs[0].data
    assert cells["train"].execution_count == 3


@pytest.mark.parametrize("changes", [{"source": "plot(other)"}, {"id": "renamed"}])
def test_code_that_was_not_executed_as_it_stands_stops_the_build_with_notebook_and_cell(book, changes):
    change(source_file(book), "figure", **changes)
    with pytest.raises(
        StaleNotebook, match=rf"ko/01_stub\.ipynb#{changes.get('id', 'figure')}: .* run make book"
    ):
        staged(book)


def test_a_failed_notebook_shows_what_came_before_and_no_traceback(book):
    notebook = read(executed_file(book))
    train = next(cell for cell in notebook.cells if cell.id == "train")
    train.outputs.append(error())
    executed_file(book).write_text(as_text(notebook), "utf-8")
    cells, _, problems = staged(book)
    assert problems == ["ko/01_stub.ipynb: its execution failed; the page shows what came before."]
    assert [output.output_type for output in cells["train"].outputs] == ["display_data", "display_data"]
    assert cells["figure"].outputs == []
    assert list(cells).index("note-stopped") == list(cells).index("train") + 1
    assert "Traceback" not in as_text(
        NotebookNode(cells=list(cells.values()), metadata={}, nbformat=4, nbformat_minor=5)
    )


def test_a_notebook_that_was_not_executed_is_a_page_without_outputs_that_says_so(book):
    executed_file(book).unlink()
    cells, index, problems = staged(book)
    assert problems == ["ko/01_stub.ipynb: not executed; the page has no outputs."]
    assert all(not cell.get("outputs") for cell in cells.values())
    assert "출력이 없습니다" in cells["note-not-run"].source
    assert "마지막 손실은 —입니다" in index


def test_a_number_that_a_whole_notebook_lacks_stays_a_mistake_for_sphinx_to_name(book):
    page = book / "book/ko/index.md"
    page.write_text(page.read_text("utf-8").replace("last_loss", "lost_loss"), "utf-8")
    assert "{glue:text}`01_stub.ipynb::lost_loss:.2f`" in staged(book)[1]


def test_the_values_in_force_stand_below_the_parameters(book):
    cells, _, _ = staged(book, "en")
    assert list(cells)[2:4] == ["parameters", "note-values"]
    assert "EPOCHS = 2" in cells["note-values"].source
    assert "DATASET" not in cells["note-values"].source


@pytest.mark.parametrize("values", [" (outputs of this page: EPOCHS = 2)", ""])
def test_what_prepares_a_chapter_lies_in_a_fold_that_names_the_values_of_the_page(book, values):
    if not values:
        executed_file(book, "en").unlink()
    cells, _, _ = staged(book, "en")
    begin, end = (list(cells).index(f"{place}-preparation") for place in ("begin", "end"))
    inside = [name for name in list(cells)[begin + 1 : end] if name != "note-values"]
    assert inside == ["parameters", "setup"]
    summary = cells["begin-preparation"].source
    assert summary.endswith(f"that you may change{values}</summary>")


def test_a_notebook_run_with_its_own_values_has_no_note(book):
    notebook = read(executed_file(book))
    notebook.cells = [
        cell for cell in notebook.cells if "injected-parameters" not in cell.metadata.get("tags", [])
    ]
    executed_file(book).write_text(as_text(notebook), "utf-8")
    assert "note-values" not in staged(book)[0]


def test_the_alternative_text_and_the_width_go_where_myst_nb_looks_for_them(book):
    cells, _, _ = staged(book)
    assert cells["figure"].metadata["mystnb"]["image"] == {"alt": site_stub.ALT["ko"], "width": "640px"}


def test_a_figure_has_a_number_a_caption_and_a_drawing_for_phones(book):
    executed = read(executed_file(book))
    about = next(cell for cell in executed.cells if cell.id == "figure").outputs[0]
    about.metadata["image/png"]["title"] = "a_b * <c>"
    executed_file(book).write_text(as_text(executed), "utf-8")
    cells, _, _ = staged(book)
    said = {"label": "그림 1.1", "title": "a_b * <c>", "place": "figure-1-1"}
    assert cells["figure"].metadata["figure"] == said
    [phone] = (book / "_build/src/ko/pages/narrow").iterdir()
    wide = base64.b64decode(cells["figure"].outputs[0].data["image/png"])
    assert phone.stem == hashlib.sha256(wide).hexdigest()
    assert phone.read_bytes() == base64.b64decode(site_stub.picture(355, 284))
    assert "narrow" not in cells["figure"].outputs[0].metadata["image/png"]


def test_outputs_do_not_name_folders_of_this_machine(book):
    cells, _, _ = staged(book)
    assert cells["setup"].outputs[-1].text == "data\n"


def test_a_cell_keeps_its_name_for_what_stands_beside_it(book):
    cells, _, _ = staged(book)
    assert cells["figure"].metadata["id"] == "figure"


def test_links_between_the_folders_of_a_language_become_links_within_one(book):
    cells, index, _ = staged(book)
    assert "[첫 페이지](index.md)" in cells["closing"].source
    assert "[1장](01_stub.ipynb#" in index


def test_a_missing_page_names_the_others_as_the_first_page_does(tmp_path):
    page = tmp_path / "index.html"
    link = '<a href="a.html"> In <span>CIFAR-10</span>, what?</a>'
    page.write_text(f'<ul class="contents-list"><li>{link}</li></ul>')
    assert listed_pages(page) == [("a.html", "In CIFAR-10, what?")]
