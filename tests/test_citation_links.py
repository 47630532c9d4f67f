"""References of the chapters lead to the bibliography, and nothing else does."""

from docutils import nodes
from docutils.core import publish_doctree

from citation_links import REFERENCE, link_entries
from languages import LANGUAGES
from notebook_files import ROOT, chapters, read

TEXT = """
First Krizhevsky (2009), 또 (Krizhevsky, 2009)와 He 외(2016)에서 (Tan·Le, 2019).

Then both (He et al., 2016; Tan and Le, 2019), and ``(He et al., 2016)`` in code.

Chapter 2 of 2009, (Nobody, 2009), (Krizhevsky, 2010) and (CIFAR-10, 2009).
"""


def linked(text, known):
    tree = publish_doctree(text)
    link_entries(tree, {about: (place, "") for about, place in known.items()})
    return tree, [(link.astext(), link["refuri"]) for link in tree.findall(nodes.reference)]


def test_each_reference_leads_to_its_entry_and_the_text_stays_the_same():
    known = {("Krizhevsky", "2009"): "#k", ("He", "2016"): "#h", ("Tan", "2019"): "#t"}
    tree, links = linked(TEXT, known)
    korean = [("Krizhevsky, 2009", "#k"), ("He 외(2016)", "#h"), ("Tan·Le, 2019", "#t")]
    english = [("He et al., 2016", "#h"), ("Tan and Le, 2019", "#t")]
    assert links == [("Krizhevsky (2009)", "#k"), *korean, *english]
    assert tree.astext() == publish_doctree(TEXT).astext()


def test_both_languages_of_a_chapter_refer_to_the_same():
    for chapter in chapters(ROOT, "ko"):
        found = {
            language: {
                (each["name"], each["year"] or each["alone"])
                for cell in read(ROOT / "notebooks" / language / chapter.name).cells
                if cell.cell_type == "markdown"
                for each in REFERENCE.finditer(cell.source)
            }
            for language in LANGUAGES
        }
        assert found["ko"] == found["en"], chapter.name
