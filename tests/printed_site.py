"""A built site of three pages a language, written by hand: what there is to print, within a second."""

from pathlib import Path

from PIL import Image, ImageOps

from notebook_files import LANGUAGES, ROOT

BORROWED = ("_config.yml", "alexnet_lib", "book/_static", "book/_templates")
TITLES = {
    "ko": {
        "index": "AlexNet on CIFAR-10",
        "01_first": "1장. 합성곱은 무엇을 볼까요?",
        "02_second": "2장. 손실은 어디까지 줄어들까요?",
    },
    "en": {
        "index": "AlexNet on CIFAR-10",
        "01_first": "Chapter 1. What does a convolution see?",
        "02_second": "Chapter 2. How far does the loss fall?",
    },
}
LONG_LINE = "x = " + "0123456789" * 10
ALT = {"ko": "회색에서 흰색으로 가는 그림", "en": "A picture from grey to white"}
OFFER = '<p>Colab. <a href="../alexnet-notebooks.zip">notebooks</a>.</p>'
INDEX = (
    f'{OFFER}<p><a href="02_second.html">2</a></p>'
    '<section id="doors"><h2>doors</h2><p>Which one?</p><section id="list"><h3>list</h3>'
    '<ul class="contents-list"><li><a href="01_first.html">1</a></li></ul></section></section>'
)
# As myst-nb writes them: a folded cell, a movable figure, a picture that links to itself, code, a formula.
FIRST = """<p>{words} <a href="02_second.html#%EC%86%90%EC%8B%A4">next</a>,
<a href="https://example.org/paper">paper</a>, <a href="_sources/01_first.ipynb">source</a></p>
<div class="cell tag_hide-input"><details class="hide above-input"><summary>unfold</summary>
<div class="cell_input"><pre>folded_away()</pre></div></details></div>
<div class="cell tag_predict"><details class="hide below-input"><summary>
<span class="collapsed">guess</span><span class="expanded">guess</span></summary>
guessed</details></div>
<div class="cell tag_answer tag_hide-input"><details class="hide above-input"><summary>
<span class="collapsed">answer</span><span class="expanded">unfold</span></summary>
answered</details></div><section id="practice"><h2>practice</h2>
<details class="question"><summary>reasons</summary>reasoned</details></section>
<div class="widget" id="widget-crops"><script>nothing.here()</script>movable</div>
<div class="cell"><div class="cell_input"><div class="highlight-python"><div class="highlight">
<pre><span class="n">x</span> <span class="o">=</span> {code}</pre></div></div></div></div>
<a class="image-reference" href="_images/a.webp">
<img alt="{alt}" height="400" src="_images/a.webp" width="640"/></a>
<div class="math"><math display="block"><mi>L</mi><mo>=</mo><mn>2</mn></math></div>
""" + "<p>paragraph</p>" * 120  # fmt: skip
SECOND = '<section id="손실"><h2>{words}<a class="headerlink" href="#손실">#</a></h2></section>'


def page(language: str, name: str, body: str) -> str:
    """Return a page of the site, with what stands around the article."""
    title = TITLES[language][name]
    return (
        f'<!doctype html><html lang="{language}"><head><title>{title}</title></head><body><nav>around</nav>'
        f'<article class="bd-article"><section id="id1"><h1>{title}'
        '<a class="headerlink" href="#id1">#</a></h1>'
        f"{body}</section></article></body></html>"
    )


def write_site(root: Path) -> Path:
    """Write the book's files that a print needs, and its built site; return the site."""
    site = root / "_build/site"
    (root / "book").mkdir(parents=True)
    for name in BORROWED:
        (root / name).symlink_to(ROOT / name)
    entries = [f"{{file: book/{language}/{name}}}" for language in LANGUAGES for name in TITLES[language]]
    (root / "_toc.yml").write_text(
        f"format: jb-book\nroot: book/index\nparts: [{{caption: toy, chapters: [{', '.join(entries)}]}}]\n",
        "utf-8",
    )
    for language in LANGUAGES:
        folder = site / language
        for place in (folder / "_images", folder / "_static", root / "book" / language):
            place.mkdir(parents=True)
        (folder / "_static/favicon.svg").symlink_to(ROOT / "book/_static/favicon.svg")
        shades = Image.linear_gradient("L").resize((1280, 800))
        colours = Image.merge("RGB", (shades, ImageOps.invert(shades), Image.new("L", shades.size, 64)))
        colours.save(folder / "_images/a.webp", lossless=True)
        first = FIRST.format(words=TITLES[language]["01_first"], code=LONG_LINE, alt=ALT[language])
        second = SECOND.format(words=ALT[language])
        (folder / "teachers.html").write_text(OFFER, "utf-8")
        for name, body in (("index", INDEX), ("01_first", first), ("02_second", second)):
            (root / "book" / language / f"{name}.md").touch()
            (folder / f"{name}.html").write_text(page(language, name, body), "utf-8")
    (site / "index.html").touch()
    return site
