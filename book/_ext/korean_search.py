"""Korean search: words are indexed as pairs of syllables, so that 합성곱 also finds 합성곱을, 합성곱이라는.

Sphinx has no Korean. Its fallback splits at spaces, and a Korean word carries its particle with it, so 손실
would not find 손실은. Pairs of syllables need no dictionary: a word is on a page where all its pairs are.
Pairs reach across spaces, because readers write 혼동행렬 where the book writes 혼동 행렬.
"""

import re
import unicodedata
from typing import Any

from sphinx.application import Sphinx
from sphinx.search import SearchLanguage
from sphinx.search.en import SearchEnglish

PARTS = re.compile(r"(?P<hangul>[\uac00-\ud7a3]+)|[^\W\uac00-\ud7a3]+")

BETWEEN_HANGUL = re.compile(r"(?<=[\uac00-\ud7a3])\s+(?=[\uac00-\ud7a3])")

# The browser's half of `SearchKorean.split`; a query of one or two syllables stays whole.
# macOS may give Hangul in parts, which are put together first.
SPLIT_QUERY = r"""
function splitQuery(query) {
  const words = query.normalize("NFC").split(/[^\p{Letter}\p{Number}_]+/u);
  const parts = words.flatMap((word) => word.match(/[\uac00-\ud7a3]+|[^\uac00-\ud7a3]+/g) || []);
  return parts.flatMap((part) => {
    if (!/[\uac00-\ud7a3]/.test(part) || part.length < 3) return [part];
    return Array.from({ length: part.length - 1 }, (_, start) => part.slice(start, start + 2));
  });
}
"""


class SearchKorean(SearchLanguage):
    """Pairs of syllables for Korean, the English stemmer for Latin words."""

    lang = "ko"
    language_name = "Korean"
    stopwords = SearchEnglish.stopwords
    js_stemmer_code = SearchEnglish.js_stemmer_code
    js_splitter_code = SPLIT_QUERY

    def init(self, options: dict[str, str]) -> None:
        """Take the stemmer of Latin words."""
        self.english = SearchEnglish(options)

    def split(self, input: str) -> list[str]:
        """Return the words of the index; single syllables too, for queries such as 층."""
        words = []
        for part in PARTS.finditer(BETWEEN_HANGUL.sub("", unicodedata.normalize("NFC", input))):
            word = part[0]
            if part["hangul"]:
                words += [*word, *(word[start : start + 2] for start in range(len(word) - 1))]
            else:
                words.append(word)
        return words

    def stem(self, word: str) -> str:
        """Stem a Latin word; pairs of syllables stay as they are."""
        return self.english.stem(word)

    def word_filter(self, word: str) -> bool:
        """Tell whether a word is to be found at all."""
        return bool(word) and (ord(word[0]) > 255 or self.english.word_filter(word))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the language."""
    app.add_search_language(SearchKorean)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
