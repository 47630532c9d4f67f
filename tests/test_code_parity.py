"""The code of two languages is the same but for its words: each broken twin is named."""

import re

import pytest

from code_parity import differences, number_format
from display_words import ChapterCode

# What stands in «Korean|English» differs; an empty line ends a cell.
TWINS = {
    "a sentence": ("print(f'«첫 손실 {loss:.4f}, 이미지 {n:,}장|{n:,} images, first loss {loss:.4f}»')"),
    "comments and docstrings": 'def f():\n    """«한 번|Once»."""\n    return 1  # «하나|one»',
    "width and alignment": "print(f'{\"«클래스|class»\":«>8|<12»} {x:«>8|12».2f}')",
    "a table": "rows = []\nrows.append(['«평균|mean»', x])\nshow_table(['', '«값|value»'], rows)",
    "an axis": "ax.set_xlabel('«에폭|epoch»')\nax.plot(x, label='«손실|loss»')",
    "a name": "title = '«손실|loss»'\nplt.title(title)",
    "a conditional in a placeholder": (
        'print(f\'«{"맞음" if right else "틀림"}: {n}|{n} {"right" if right else "wrong"}»\')'
    ),
    "values of a dictionary": "w = {'a': '«원래|raw»'}\nfor key in data:\n    print(w[key], data[key])",
    "pairs in a loop": "for name, x in (('«학습|training»', a),):\n    print(name, len(x))\n    use(x)",
    "zip": (
        "names = ['«하나|one»', '«둘|two»']\n"
        "for i, (name, x) in enumerate(zip(names, xs)):\n    axes[i].set_title(f'{name} {x:.2f}')"
    ),
    "keys that are drawn": (
        "curves = {'«이 실행|this run»': a}\nfor n, c in curves.items():\n    print(n)\nplot_it(curves)"
    ),
    "a function of the chapter": "def tell(w, x):\n    return f'{w}: {x}'\nprint(tell('«손실|loss»', 1))",
    "a template": "a = '«{n}의 손실 {x:.2f}|loss of {n}: {x:>6.2f}»'\nprint(a.format(n=n, x=x))",
    "an error": "raise ValueError(f'«{x}은 안 됩니다|{x} will not do».')",
    "a name used again for other things": (
        "for name in ('«학습|training»',):\n    print(name)\nfor name in ('a', 'b'):\n    load(name)"
    ),
    "words joined": "print('«, |; »'.join(['«하나|one»', x]))",
    "sorted by a number": (
        "for name, x in sorted([('«가|a»', 2)], key=lambda row: row[1]):\n    print(name)\n    use(x)"
    ),
    "the first that fits": "w = {'a': '«손실|loss»'}\nprint(next(w[k] for k in w if k in x))",
    "a function that calls itself": "def f(n):\n    print('«깊이|depth»', n)\n    return f(n - 1)\nf(3)",
    "words of another cell": "names = {'a': '«손실|loss»'}\n\nprint(names['a'])",
}
BROKEN = {
    "a number": ("x = «1|2»", "x = 1 and x = 2"),
    "a kind of number": ("x = «1|1.0»", "x = 1 and x = 1.0"),
    "a name": ("x = «a|b»", "x = a and x = b"),
    "an operator": ("x = a «+|-» b", "a + b and a - b"),
    "an order": ("«f(a)\ng(b)|g(b)\nf(a)»", "f(a) and g(b)"),
    "a statement": ("f(a)«|\ng(b)»", "g(b) stands in one"),
    "a keyword": ("f(«a|b»=1)", "a=1 and b=1"),
    "a format": ("print(f'«손실 {x:.2f}|loss {x:.3f}»')", "not hold the same: {x:.2f}, {x:.3f}"),
    "a kind of format": ("print(f'«몫 {x:.1%}|share {x:.1f}»')", "{x:.1%}, {x:.1f}"),
    "a sign": ("print(f'«변화 {x:+.1f}|change {x:.1f}»')", "{x:+.1f}, {x:.1f}"),
    "grouping": ("print(f'«{n:,}장|{n} images»')", "{n}, {n:,}"),
    "a conversion": ("print(f'«글 {x!r}|text {x}»')", "{x}, {x!r}"),
    "a dropped placeholder": ("print(f'«손실 {x} {y}|loss {x}»')", "not hold the same: {y}"),
    "another value": ("print(f'«손실 {x}|loss {y}»')", "not hold the same: {x}, {y}"),
    "another key in a placeholder": ('print(f\'«값 {d["a"]}|value {d["b"]}»\')', "not hold the same"),
    "a numeral": ("print('«이미지 10장|12 images»')", "not hold the same: 10, 12"),
    "a field of a template": ("a = '«{x}개|{y} of»'\nprint(a.format(x=1, y=2))", "{x}, {y}"),
    "a key": ("d = {'«손실|loss»': 1}\nprint(d['«손실|loss»'])", "a key of d, which is asked for a key"),
    "a key that is put in": ("d = {}\nd['«손실|loss»'] = 1", "used as a key in d"),
    "words used as a key": ("w = '«손실|loss»'\nprint(w)\nx = d[w]", "used as a key in d[w]"),
    "words of another cell used as a key": ("w = ['«손실|loss»']\n\nfor n in w:\n    x = d[n]", "in d[n]"),
    "words in a function that looks them up": (
        "def f(k):\n    print(k)\n    return d[k]\nf('«손실|loss»')",
        "used as a key in d[k]",
    ),
    "words used when a loop goes round": (
        "last = ''\nfor n in names:\n    x = d[last]\n    last = '«손실|loss»'",
        "used as a key in d[last]",
    ),
    "words that another branch leaves": ("w = '«손실|loss»'\nif c:\n    w = k\nx = d[w]", "as a key in d[w]"),
    "words out of a dictionary": ("w = {'a': '«손실|loss»'}\nx = d[w['a']]", "used as a key in d[w['a']]"),
    "words that a dictionary is asked for": ("w = {'«손실|loss»': 1}\nprint(w.get(k))", "a key in w.get(k)"),
    "words that a function handed on gives": (
        "def f(x):\n    return '«손실|loss»'\nuse(map(f, xs))",
        "handed to map",
    ),
    "words that an object keeps": ("model.name = '«손실|loss»'", "kept in model.name"),
    "letters of words": ("for c in '«손실|loss»':\n    print(c)", "letter by letter"),
    "a piece of words": ("w = '«손실|loss»'\nprint(w[:1])", "cut in w[:1]"),
    "another method of words": ("w = '«손실|loss»'\nprint(w.upper())", "used in w.upper()"),
    "words put into a list": ("w = []\nw.append('«가|a»')\nfor n in w:\n    x = d[n]", "as a key in d[n]"),
    "words of a longer list": ("w = [k] + ['«손실|loss»']\nx = d[w[1]]", "used as a key in d[w[1]]"),
    "rows put in order by words": ("print(sorted([('«나|a»', 2)], key=lambda row: row[0]))", "put in order"),
    "words compared": ("w = '«맞음|right»'\nprint(w)\ny = w == z", "compared in w == z"),
    "a path": ("torch.save(m, '«모델|model».pt')", "handed to save"),
    "where a legend stands": ("ax.legend(loc='«위|top»')", "handed to legend"),
    "the key of a sentence": ("say('«가|a»', x=1)", "handed to say"),
    "a recorded value": ("record('a', '«가|a»')", "handed to record"),
    "a format with a name": ("f = '«.2f|.2e»'\nprint(f'{x:{f}}')", "a format in"),
    "words put in order": ("for x in sorted(['«나|a»', '«가|b»']):\n    print(x)", "handed to sorted"),
    "words put in order by words": ("print(sorted(['«나|a»'], key=lambda w: w[0]))", "such a string is"),
    "a length of words": ("w = '«손실|loss»'\nprint(w, len(w))", "handed to len"),
    "words asked whether": ("w = '«손실|loss»'\nif w:\n    print(w)", "used in if w"),
    "words that are none": ("print('«손실|»')", "one of them is empty"),
    "words against a value": ("print(«'손실'|x»)", "print('손실') and print(x)"),
    "an old format": ("print('«%d개|%d things»' % x)", "used in"),
}


def found(text):
    """Return what differs in the two cells or more that a text stands for."""
    ko, en = (re.sub(r"«([^|»]*)\|([^»]*)»", rf"\{i}", text) for i in (1, 2))
    codes = ChapterCode(ko.split("\n\n")), ChapterCode(en.split("\n\n"))
    pairs = zip(codes[0].cells, codes[1].cells, strict=True)
    return [phrase for pair in pairs for phrase in differences(*pair, codes)]


@pytest.mark.parametrize("name", TWINS)
def test_words_may_differ(name):
    assert found(TWINS[name]) == []
    assert found(re.sub(r"«([^|»]*)\|([^»]*)»", r"«\2|\1»", TWINS[name])) == []


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_twin_is_named(name):
    text, named = BROKEN[name]
    assert named in found(text)[0]
    assert found(re.sub(r"«([^|»]*)\|([^»]*)»", r"«\2|\1»", text))


FORMATS = {
    "": "", ".2f": ".2f", ">8.2f": ".2f", "08.3f": ".3f", "+,.0f": "+,.0f", "z.4f": "z.4f", ">{width}": "",
    "*^12": "", ".1%": ".1%", "<6,": ",", " d": " d", "_": "_",
}  # fmt: skip


@pytest.mark.parametrize("spec", FORMATS)
def test_only_width_and_alignment_of_a_format_are_free(spec):
    assert number_format(spec) == FORMATS[spec]
