"""Tell the readers of a page in letters of its own, of whom some listen, which of its words are English."""

import re
from collections.abc import Callable

from languages import LANGUAGES

ARTICLE = re.compile(r"<article.*</article>", re.DOTALL)
ENGLISH = next(f' lang="{code}"' for code, language in LANGUAGES.items() if not language.letters)
# Code is read as English, but for comments and strings in the page's letters.
CODE = re.compile(r'(<div class="highlight-python[^"]*"><div class="highlight"><pre)(>.*?</pre>)', re.DOTALL)
PIECE = re.compile(r'<span class="(\w+)">([^<]+)</span>')
# 합성곱(convolution): an English word or more, of which the first is no name, and nothing else.
TERM = re.compile(r"\(([a-z][A-Za-z]{2,}[A-Za-z0-9-]*(?:,? [A-Za-z0-9-]+)*)\)")
REFERENCE = re.compile(r'(<div class="citation"(?:(?!</?p\b).)*<p)(>(?:(?!</p>).)*</p>)', re.DOTALL)
# Code and formulas are left as they are, and so is what stands within a tag.
APART = re.compile(r"(<(pre|code|math|script|style)\b.*?</\2>|<[^>]*>)", re.DOTALL)


def between_tags(page: str, change: Callable[[str], str]) -> str:
    """Return HTML with its words changed."""
    # Words, then what is apart, then the name of its tag, and so on.
    pieces = APART.split(page)
    pieces[::3] = map(change, pieces[::3])
    return "".join(piece for place, piece in enumerate(pieces) if place % 3 < 2)


def mark_english(page: str, language: str) -> str:
    """Return a page of a language with ``lang`` on its code, on terms in parentheses and on references."""
    if not LANGUAGES[language].letters:
        return page
    own = re.compile(LANGUAGES[language].letters)

    def piece(span: re.Match[str]) -> str:
        is_own = own.search(span[2])
        return f'<span class="{span[1]}" lang="{language}">{span[2]}</span>' if is_own else span[0]

    def marked(article: re.Match[str]) -> str:
        text = CODE.sub(lambda block: block[1] + ENGLISH + PIECE.sub(piece, block[2]), article[0])
        text = REFERENCE.sub(
            lambda entry: entry[0] if own.search(entry[2]) else entry[1] + ENGLISH + entry[2], text
        )
        return between_tags(text, lambda words: TERM.sub(rf"(<span{ENGLISH}>\1</span>)", words))

    return ARTICLE.sub(marked, page)
