"""The prose of a chapter, and links in it: the notebooks are plain Markdown and know no roles."""

from docutils import nodes

# Code, formulas and links keep what they are.
PROSE = (nodes.paragraph, nodes.strong, nodes.emphasis)


def prose(chapter: nodes.document) -> list[nodes.paragraph]:
    """Return the paragraphs of a chapter that its authors wrote, and no cell printed."""
    cells = chapter.findall(nodes.container)
    printed = {paragraph for cell in cells for paragraph in cell.findall(nodes.paragraph)}
    return [paragraph for paragraph in chapter.findall(nodes.paragraph) if paragraph not in printed]


def put_link(text: nodes.Text, begin: int, end: int, **about: str | list[str]) -> nodes.Text:
    """Make a part of a text a link; return what stands before it."""
    before = nodes.Text(text[:begin])
    link = nodes.reference("", text[begin:end], internal=True, **about)
    text.parent.replace(text, [piece for piece in (before, link, nodes.Text(text[end:])) if piece.astext()])
    return before
