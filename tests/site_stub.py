"""A book of two pages a language, small enough to be built and looked at within the tests."""

import base64
import io
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from PIL import Image

from notebook_files import FOLDED, LANGUAGES, ROOT, as_text

BORROWED = (
    "_config.yml", "alexnet_lib", "book/_ext", "book/_static", "book/_templates", "book/locale", "book/node",
    "book/references.bib",
)  # fmt: skip
ALT = {
    "ko": "에폭마다 손실이 줄어드는 꺾은선 그래프",
    "en": "A line chart of the loss, falling from epoch to epoch",
}
TITLE = {"ko": "학습의 손실", "en": "The loss of a training"}
FORMULA = "$$L = -\\frac{1}{N}\\sum_i \\log p_i$$"
ROWS = "| ---: | ---: |\n| 1 | 2.30 |\n| 2 | 1.87 |"
TABLE = ":::{practice-table}\n:::"
CONTENTS = "### stub\n\n:::{chapters} stub\n:::"
NUMBER = "{glue:text}`../../notebooks/%s/01_stub.ipynb::last_loss:.2f`"

# By language: the paragraphs of the first page, then the Markdown of the notebook's cells.
INDEX = {
    "ko": (
        "# AlexNet on CIFAR-10",
        "CIFAR-10으로 AlexNet을 배우는 책의 첫 페이지입니다. 합성곱을 보고, 손실이 줄어드는 모습을 봅니다.",
        ":::{container} begin\n[1장부터](../../notebooks/ko/01_stub.ipynb)\n:::",
        ":::{container} resume\n이 브라우저만 기억합니다.\n\n이어서:\n\n지우기\n:::",
        "## 어떻게 시작하나요?",
        "[1장](../../notebooks/ko/01_stub.ipynb#손실은-어디까지-줄어들까요)을 여세요.",
        f"마지막 손실은 {NUMBER % 'ko'}입니다.",
        CONTENTS,
        TABLE,
    ),
    "en": (
        "# AlexNet on CIFAR-10",
        "The first page of a book on AlexNet: see a convolution at work, watch the loss go down.",
        ":::{container} begin\n[Chapter 1](../../notebooks/en/01_stub.ipynb)\n:::",
        ":::{container} resume\nThis browser remembers.\n\nGo on:\n\nForget\n:::",
        "## How do I start?",
        "Open [chapter 1](../../notebooks/en/01_stub.ipynb#how-far-does-the-loss-fall).",
        f"The last loss is {NUMBER % 'en'}.",
        CONTENTS,
        TABLE,
    ),
}
CELLS = {
    "ko": {
        "title": "# 1장. 합성곱은 무엇을 볼까요? · 합성곱",
        "time": "> 읽고 실행하는 데 약 20분(어림)",
        "opening": "이미지가 **합성곱**(convolution)을 지나면 무엇이 남을까요? 학습률이 크면 어떻게 될까요?",
        "formula": "## 손실은 어디까지 줄어들까요?\n\n"
        "학습합니다. 처음 손실은 $\\ln 10$ 근처이고, 과적합이 오면 혼동 행렬이 달라집니다.",
        "closing": "## 해 보기\n\n[첫 페이지](../../book/ko/index.md)로 돌아가 보세요.",
        "question": "**질문.** 손실은 줄어들까요?\n\n"
        "1. 아니요\n2. 예\n\n"
        "<details class=\"question\">\n<summary>답과 까닭</summary>\n\n"
        "1. ✗ 표를 보세요.\n2. ✓ 줄어듭니다. $\\ln 10$부터입니다.\n\n"
        "</details>",
        "task": "### 연습 1. 가운데 찾기\n\n평균을 구해 보세요.",
        "answer": "# @title 답\nmean_answer = 1.0",
        "said": "`alexnet_lib` 0.1.0, PyTorch 2.14.1, 장치: 종이와 연필",
        "table": f"| 에폭 | 손실 |\n{ROWS}",
    },
    "en": {
        "title": "# Chapter 1. What does a convolution see? · convolution",
        "time": "> About 20 minutes to read and run (an estimate)",
        "opening": "An image passes through a **convolution**. What is left of it afterwards?",
        "formula": "## How far does the loss fall?\n\nWe train. The first loss is near $\\ln 10$.",
        "closing": "## Try it\n\nGo back to the [first page](../../book/en/index.md).",
        "question": "**Question.** Does the loss fall?\n\n"
        "1. No\n2. Yes\n\n"
        "<details class=\"question\">\n<summary>Answer and reasons</summary>\n\n"
        "1. ✗ See the table.\n2. ✓ It falls, from $\\ln 10$.\n\n"
        "</details>",
        "task": "### Exercise 1. The middle\n\nFind the mean.",
        "answer": "# @title Answer\nmean_answer = 1.0",
        "said": "`alexnet_lib` 0.1.0, PyTorch 2.14.1, device: pencil and paper",
        "table": f"| epoch | loss |\n{ROWS}",
    },
}


def picture(width: int, height: int) -> str:
    """Return a PNG, twice as large as it is to be shown."""
    file = io.BytesIO()
    Image.linear_gradient("L").resize((2 * width, 2 * height)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def notebook(language: str) -> NotebookNode:
    """Return the stub's notebook as it would be committed."""
    words = CELLS[language]
    links = "[Colab](https://colab.research.google.com/) · [Kaggle](https://kaggle.com/)"
    markdown, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    setup = "import alexnet_lib\n\nalexnet_lib.setup(LANG)"
    mock = {"tags": ["parameters"], "nbmake": {"mock": {"EPOCHS": 2}}}
    cells = [
        markdown(f"{words['title']}\n\n{links}\n\n{words['time']}\n\n{words['opening']}", id="title"),
        code(f'LANG = "{language}"\nEPOCHS: int = 10', id="parameters", metadata=mock),
        code(setup, id="setup", metadata={"tags": ["hide-input"]}),
        markdown(f"{words['formula']}\n\n{FORMULA}", id="formula"),
        code('record("last_loss", 1.8749)', id="train"),
        code('plot()', id="figure", metadata={"tags": ["predict"]}),
        markdown(words["task"], id="task"),
        code('mean = ...\ncheck("01_mean", mean)', id="exercise", metadata={"tags": ["exercise"]}),
        code(words["answer"], id="answer", metadata=FOLDED),
        markdown(words["question"], id="question"),
        markdown(words["closing"], id="closing"),
    ]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=kernel)


def executed(language: str, root: Path) -> NotebookNode:
    """Return the stub's notebook as the runner would leave it."""
    done = notebook(language)
    output = nbformat.v4.new_output
    prefix = "application/papermill.record/"
    scrap = {"scrapbook": {"name": "last_loss", "mime_prefix": prefix}}
    size = {"width": 640, "height": 400}
    about = {"alt": ALT[language], "title": TITLE[language], "photo": False, **size}
    about["narrow"] = picture(355, 284)
    figure = {"image/png": picture(**size), "text/plain": ALT[language]}
    said = output("display_data", {"text/markdown": CELLS[language]["said"]})
    outputs = {
        "setup": [said, output("stream", name="stdout", text=f"{root}/data\n")],
        "train": [
            output("display_data", {f"{prefix}text/plain": "1.8749"}, metadata=scrap),
            output("display_data", {"text/markdown": CELLS[language]["table"]}),
        ],
        "figure": [output("display_data", figure, metadata={"image/png": about})],
    }
    for number, cell in enumerate((cell for cell in done.cells if cell.cell_type == "code"), 1):
        cell.outputs, cell.execution_count = outputs.get(cell.id, []), number
    done.metadata["run"] = {
        "date": "2026-11-24", "seconds": 1234.5, "commit": "0123abcdef",
        "versions": {"Python": "3.11.7", "torch": "2.14.1"},
    }  # fmt: skip
    values = {"tags": ["injected-parameters"]}
    done.cells.insert(2, nbformat.v4.new_code_cell("# Parameters\nEPOCHS = 2", metadata=values))
    return done


def write_book(root: Path) -> Path:
    """Write the stub's sources; return the folder of its executed notebooks."""
    done = root / "_build/executed"
    (root / "book").mkdir(parents=True)
    for name in BORROWED:
        (root / name).symlink_to(ROOT / name)
    entries = []
    for language in LANGUAGES:
        for folder in (f"book/{language}", f"notebooks/{language}", f"_build/executed/{language}"):
            (root / folder).mkdir(parents=True)
        (root / f"book/{language}/index.md").write_text("\n\n".join(INDEX[language]), "utf-8")
        (root / f"notebooks/{language}/01_stub.ipynb").write_text(as_text(notebook(language)), "utf-8")
        (done / language / "01_stub.ipynb").write_text(as_text(executed(language, root)), "utf-8")
        entries += [f"{{file: book/{language}/index}}", f"{{file: notebooks/{language}/01_stub}}"]
    chapters = ", ".join(entries)
    contents = f"format: jb-book\nroot: book/index\nparts: [{{caption: stub, chapters: [{chapters}]}}]\n"
    (root / "_toc.yml").write_text(contents, "utf-8")
    return done
