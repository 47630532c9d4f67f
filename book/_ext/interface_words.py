"""The interface in Korean, where Sphinx and the themes leave it English or translate it badly."""

import json
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.locale import translators

from languages import words

KOREAN = {
    "Back to top": "맨 위로",
    "Breadcrumb": "현재 위치",
    "Color mode": "색상 모드",
    "Contents": "차례",
    "Dark": "어둡게",
    "Download notebook file": "노트북 파일 내려받기",
    "Download source file": "원본 파일 내려받기",
    "Download this page": "이 페이지 내려받기",
    "Fullscreen mode": "전체 화면",
    "Launch interactive content": "노트북 실행",
    "Launch on": "실행:",
    "Light": "밝게",
    "Link to this heading": "이 제목의 링크",
    "Link to this term": "이 용어의 링크",
    "On this page": "이 페이지에서",
    "Open an issue": "이슈 열기",
    "Open issue": "이슈 열기",
    "Please activate JavaScript to enable the search functionality.": "검색하려면 JavaScript를 켜 주세요.",
    "Print to PDF": "PDF로 인쇄",
    "Repository": "저장소",
    "Search": "검색",
    "Search this book": "이 책에서 검색",
    "Section Navigation": "목차",
    "Show source": "원본 보기",
    "Site navigation": "사이트 메뉴",
    "Skip to main content": "본문으로 건너뛰기",
    "Source repositories": "소스 저장소",
    "Source repository": "소스 저장소",
    "Suggest edit": "수정 제안",
    "System Settings": "시스템 설정",
    "Toggle primary sidebar": "목차 여닫기",
    "Toggle secondary sidebar": "차례 여닫기",
    "next page": "다음 페이지",
    "previous page": "이전 페이지",
}
PROMPTS = {
    "nb_code_prompt_show": "코드 펼치기",
    "nb_code_prompt_hide": "코드 접기",
    "togglebutton_hint": "펼치기",
    "togglebutton_hint_hide": "접기",
}
COPY_BUTTON = {
    "copy": "복사", "copy_to_clipboard": "클립보드에 복사", "copy_success": "복사했습니다",
    "copy_failure": "복사하지 못했습니다",
}  # fmt: skip
class KoreanFirst(NullTranslations):
    """The words above; what is not among them comes from the catalogues added as fallbacks."""

    def gettext(self, message: str) -> str:
        """Translate one message."""
        return KOREAN.get(message) or super().gettext(message)


def speak_korean(app: Sphinx, config: Config) -> None:
    """Put the words above before the catalogues of Sphinx and the themes."""
    if config.language != "ko":
        return
    for catalogue in (("general", "sphinx"), ("general", "booktheme")):
        korean = KoreanFirst()
        korean.add_fallback(translators[catalogue])
        translators[catalogue] = korean
    app.translator = translators["general", "sphinx"]
    for name, prompt in PROMPTS.items():
        config[name] = prompt


def add_words(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the templates the words that no catalogue holds."""
    context["theme_search_bar_text"] = app.translator.gettext("Search this book")
    context["theme_extra_footer"] = words(context["language"])["site"]["licence"]


def teach_copy_button(app: Sphinx, problem: Exception | None) -> None:
    """Add Korean to the languages of the copy button, whose script knows no other way."""
    script = Path(app.outdir) / "_static/copybutton.js"
    if problem is None and script.is_file():
        begin = "const messages = {"
        words = json.dumps({"ko": COPY_BUTTON}, ensure_ascii=False)[1:-1]
        script.write_text(script.read_text("utf-8").replace(begin, f"{begin}\n  {words},", 1), "utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    # Before the extensions that read their prompts from the configuration.
    app.connect("config-inited", speak_korean, priority=100)
    # After the page's language is known, before the theme removes the footer's empty parts.
    app.connect("html-page-context", add_words, priority=450)
    app.connect("build-finished", teach_copy_button)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
