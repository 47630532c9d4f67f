"""The glossary: both languages hold the same terms, and chapters lead to them."""

import re
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.core import publish_doctree
from myst_parser.docutils_ import Parser

from glossary_links import add_ways_back, link_first_uses, terms
from notebook_files import LANGUAGES, ROOT, chapters, read

ENTRY = re.compile(r"^(?P<term>\S.*)\n  (?P<definition>.+)$", re.MULTILINE)
KOREAN_TERM = re.compile(r"(?P<korean>.+) \((?P<english>.+)\)")
ENGLISH_DEFINITION = re.compile(r'<span lang="ko">(?P<korean>.+)</span> · (?P<sentence>.+)')
BOLD_FIRST_USE = re.compile(r"\*\*(?P<korean>[^*\n]+)\*\*\((?P<english>[A-Za-z][^)]*)\)")


def entries(language):
    """Return the terms of a page, section by section: (Korean, English) and the sentence."""
    found = []
    for section in (ROOT / f"book/{language}/glossary.md").read_text("utf-8").split("\n## ")[1:]:
        found.append([])
        for entry in ENTRY.finditer(section.partition(":::{glossary}")[2]):
            if language == "ko":
                term, sentence = KOREAN_TERM.fullmatch(entry["term"]), entry["definition"]
                found[-1].append(((term["korean"], term["english"]), sentence))
            else:
                definition = ENGLISH_DEFINITION.fullmatch(entry["definition"])
                found[-1].append(((definition["korean"], entry["term"]), definition["sentence"]))
    return found


def test_both_languages_hold_the_same_terms_in_the_same_order():
    korean, *others = ([[pair for pair, _ in section] for section in entries(lang)] for lang in LANGUAGES)
    assert others and all(other == korean for other in others)
    pairs = [pair for section in korean for pair in section]
    assert len(pairs) > 100
    for names in zip(*pairs, strict=True):
        assert len(set(names)) == len(pairs)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_term_is_explained_in_one_sentence(language):
    sentences = [sentence for section in entries(language) for _, sentence in section]
    assert [sentence for sentence in sentences if not re.fullmatch(r"[^.?!]+\.", sentence)] == []


def test_the_glossary_has_every_term_that_a_chapter_introduces_in_bold():
    listed = {
        (korean, english.lower())
        for section in entries("ko")
        for (names, translations), _ in section
        for korean in names.split(", ")
        for english in translations.split(", ")
    }
    missing = []
    for path in chapters(ROOT, "ko"):
        text = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
        for use in BOLD_FIRST_USE.finditer(text):
            # Bold may hold more than the term: **VGG는 작은 커널**(kernel).
            words = use["korean"].split()
            names = {" ".join(words[start:]) for start in range(len(words))}
            translations = set(use["english"].lower().split(", "))
            if not any(korean in names and english in translations for korean, english in listed):
                missing.append(f"{path.name}: {use[0]}; add it to glossary.md")
    assert missing == []


GLOSSARY = {
    "ko": """
분포 (distribution)
  값이 나오는 빈도입니다.

커널, 필터 (kernel, filter)
  작은 가중치입니다.

곱셈-누산 (multiply-accumulate, MAC)
  계산의 단위입니다.

손실 (loss)
  틀린 정도입니다.
""",
    "en": """
loss, loss function
  손실, 손실 함수 · How wrong it is.

multiply-accumulate, MAC
  곱셈-누산 · A unit.
""",
}


def with_anchors(tree, kind, name):
    """Give the nodes of a kind their numbers as anchors."""
    for number, node in enumerate(tree.findall(kind)):
        node["ids"] = [f"{name}-{number}"]
    return tree


def linked(language, text):
    """Link a small chapter; return its paragraphs with each link in brackets."""
    glossary = with_anchors(publish_doctree(GLOSSARY[language]), nodes.term, "term")
    chapter = publish_doctree(text, parser=Parser())
    link_first_uses(chapter, terms(glossary, language), "glossary.html")
    links = list(chapter.findall(nodes.reference))
    for link in links:
        link[:] = [nodes.Text(f"[{link.astext()}]")]
    return [paragraph.astext() for paragraph in chapter.findall(nodes.paragraph)], links


def test_a_korean_term_is_linked_where_its_english_follows_bold_or_not_and_only_once():
    text = """
손실과 **손실**(loss)은 다릅니다. **손실**(loss)

**작은 커널**(kernel)의 분포(distribution)
"""
    paragraphs, links = linked("ko", text)
    first, second = "손실과 [손실](loss)은 다릅니다. 손실(loss)", "작은 [커널](kernel)의 [분포](distribution)"
    assert paragraphs == [first, second]
    assert [link["refuri"] for link in links] == [f"glossary.html#term-{number}" for number in (3, 1, 0)]
    assert links[0]["reftitle"] == "틀린 정도입니다."


@pytest.mark.parametrize(
    "text",
    [
        "정규분포(normal distribution)",
        "정규분포(distribution)",
        "필터(sieve)",
        "`손실(loss)`",
        "손실입니다 (loss)",
        "```{container} cell\n손실(loss)\n```",
    ],
)
def test_what_only_looks_like_a_korean_term_is_not_linked(text):
    assert linked("ko", text)[1] == []


def test_one_of_several_english_names_is_enough():
    assert linked("ko", "곱셈-누산(multiply-accumulate, MAC)과 필터(filter)")[0] == [
        "[곱셈-누산](multiply-accumulate, MAC)과 [필터](filter)"
    ]


def test_an_english_term_of_several_words_needs_no_bold():
    paragraphs, _ = linked("en", "Training loss functions as a guide. A loss function is what computes it.")
    assert paragraphs == ["Training loss functions as a guide. A [loss function] is what computes it."]


def test_an_english_term_is_linked_where_it_is_bold_even_as_a_plural():
    text = "A loss. **Loss functions**, **multiply-accumulates (MACs)**, **the loss**."
    paragraphs, links = linked("en", text)
    assert paragraphs == ["A loss. [Loss functions], [multiply-accumulates] (MACs), the loss."]
    assert links[0]["reftitle"] == "How wrong it is."


def test_a_term_leads_to_the_chapters_that_introduce_it_in_bold_else_to_the_first_that_uses_it():
    chapters = {
        "01_a": "# 1장. 처음\n\n분포(distribution)와 커널(kernel)\n",
        "02_b": "# 2장. 다음\n\n커널(kernel)\n\n## 여기\n\n**커널**(kernel)과 분포(distribution)\n",
    }
    settings = {"doctitle_xform": False}  # a title stays that of a section
    trees = {
        name: with_anchors(
            publish_doctree(text, parser=Parser(), settings_overrides=settings), nodes.section, name
        )
        for name, text in chapters.items()
    }
    glossary = with_anchors(publish_doctree(GLOSSARY["ko"]), nodes.term, "term")
    env = SimpleNamespace(
        found_docs={"glossary", *chapters},
        titles={name: nodes.title("", text.splitlines()[0][2:]) for name, text in chapters.items()},
        get_doctree=trees.get,
        doc2path=lambda name: f"{name}.ipynb" if name in chapters else f"{name}.md",
    )  # fmt: skip
    config = SimpleNamespace(bilingual_language="ko")
    builder = SimpleNamespace(get_relative_uri=lambda page, name: f"{name}.html")
    app = SimpleNamespace(env=env, config=config, builder=builder)
    add_ways_back(app, glossary, "glossary", list(terms(glossary, "ko")))
    found = [
        [(link.astext(), link["refuri"]) for link in item.findall(nodes.reference)]
        for item in glossary.findall(nodes.definition_list_item)
    ]
    assert found == [[("1장", "01_a.html#01_a-0")], [("2장", "02_b.html#02_b-1")], [], []]
