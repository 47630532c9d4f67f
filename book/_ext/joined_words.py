"""Places where a line must not end.

Before a Korean particle or a comma behind a bracket, code or a formula; within CIFAR-10, 2026-11-30, t-SNE,
0.25–0.30 or n = 1; behind an arrow to a link.
"""

import re

from english_words import between_tags

JOINER = "\u2060"  # no width, no break
PLACES = re.compile(r"(?<=[)\]%’”…])(?=[가-힣])|(?<=\d–)(?=\d)|(?<=Ctrl-)|(?<=×)(?=[가-힣])")
# A joiner within a name would be copied with it.
HYPHENED = re.compile(r"[A-Za-z가-힣]+-[\d가-힣]+|\b\d{4}-\d\d-\d\d\b|\bt-SNE[가-힣]*")
COUNT = re.compile(r"\bn = (?=\d)")
SIGN = re.compile(r" ([±−]) (?=\S)|(?<=\d) (→) (?=\d)")
HYPHEN = re.compile(r"(?<![\w.-])-(?=\d)")  # what Python writes before a negative number
# A Korean numeral and what it counts, a verb and its bound noun, a number and its unit.
NEAR = re.compile(
    r"(?<=(?<![가-힣])[몇한두세네열]) (?=[가-힣])|(?<=[는은을한할된될]) (?=것(?![가-힣]{3}))"
    r"|(?<=\d) (?=[KMG]B\b)|(?<=그림) (?=\d)|(?<=^[Cc]hapter) (?=\d+$)|(?<=몇) (?=%)|(?<=→) $"
)
# Code or a formula, and behind it what must not begin a line, up to the next space. A joiner alone would not
# do: browsers break behind a formula, and behind code that does not break itself, all the same.
BEHIND = re.compile(
    r"(?P<first><(?P<tag>code|math)\b(?:(?!</?(?P=tag)\b).)*</(?P=tag)>)(?P<rest>[가-힣.,;:!?)\]%’”…][^\s<]*)",
    re.DOTALL,
)
# The same with a link or the like around the code.
BEHIND_LINK = re.compile(r"(</(?:code|math)>(?:</\w+>)+)(?=[가-힣.,;:!?)\]%’”…])")
SHORT = 24  # letters: together with what follows it, longer code would not fit on a phone


def joined(text: str) -> str:
    """Return the words of a page with joiners between those that belong together."""
    text = COUNT.sub("n\u00a0=\u00a0", PLACES.sub(JOINER, text))
    text = SIGN.sub(lambda sign: f"\u00a0{sign[1] or sign[2]}\u00a0", text)
    text = HYPHENED.sub(r'<span class="together">\g<0></span>', text)
    return HYPHEN.sub("−", NEAR.sub("\u00a0", text))


def together(found: re.Match[str]) -> str:
    """Return code or a formula and what follows it as one word."""
    if len(re.sub(r"<annotation.*?</annotation>|<[^>]*>|\s", "", found["first"])) > SHORT:
        return f"{found['first']}{JOINER}{found['rest']}"
    return f'<span class="together">{found[0]}</span>'


def join_words(body: str) -> str:
    """Return the HTML of a page with its words joined, between its tags."""
    return BEHIND.sub(together, BEHIND_LINK.sub(rf"\1{JOINER}", between_tags(body, joined)))
