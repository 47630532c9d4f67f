"""Tell the readers of a page in letters of its own, of whom some listen, which of its words are English."""

import re

from languages import LANGUAGES

PAGE = re.compile(r'<html lang="(\w+)"')
ARTICLE = re.compile(r"<article.*</article>", re.DOTALL)
ENGLISH = next(f' lang="{code}"' for code, language in LANGUAGES.items() if not language.letters)
# Code is read as English, but for comments and strings in the page's letters.
CODE = re.compile(r'(<div class="highlight-python[^"]*"><div class="highlight"><pre)(>.*?</pre>)', re.DOTALL)
PIECE = re.compile(r'<span class="(\w+)">([^<]+)</span>')
# 합성곱(convolution): an English word or more, of which the first is no name, and nothing else.
TERM = re.compile(r"\(([a-z][A-Za-z]{2,}[A-Za-z0-9-]*(?:,? [A-Za-z0-9-]+)*)\)")
REFERENCE = re.compile(r'(<div class="citation"(?:(?!</?p\b).)*<p)(>(?:(?!</p>).)*</p>)', re.DOTALL)
# Not within code, formulas and tags.
APART = re.compile(r"(<(pre|code|math|script|style)\b.*?</\2>|<[^>]*>)", re.DOTALL)


def mark_english(page: str) -> str:
    """Return a page with ``lang`` on its code, on terms in parentheses and on references."""
    code = PAGE.search(page)
    if not code or code[1] not in LANGUAGES or not LANGUAGES[code[1]].letters:
        return page
    own = re.compile(LANGUAGES[code[1]].letters)

    def piece(span: re.Match[str]) -> str:
        is_own = own.search(span[2])
        return f'<span class="{span[1]}" lang="{code[1]}">{span[2]}</span>' if is_own else span[0]

    def marked(article: re.Match[str]) -> str:
        text = CODE.sub(lambda block: block[1] + ENGLISH + PIECE.sub(piece, block[2]), article[0])
        text = REFERENCE.sub(
            lambda entry: entry[0] if own.search(entry[2]) else entry[1] + ENGLISH + entry[2], text
        )
        # Words, then what is apart, then the name of its tag, and so on.
        pieces = APART.split(text)
        pieces[::3] = [TERM.sub(rf"(<span{ENGLISH}>\1</span>)", words) for words in pieces[::3]]
        return "".join(piece for place, piece in enumerate(pieces) if place % 3 < 2)

    return ARTICLE.sub(marked, page)
