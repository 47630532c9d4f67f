"""Whether the figures that a reader can move do move: by mouse, by keyboard, on a phone, and not at all."""

from collections.abc import Callable, Iterator

from browser import Browser

PHONE = 390
CONTENT = "document.querySelector('.widget').innerHTML"
# What the arrow keys move: the chosen one of a group, or the crop window.
KEYS_MOVE = ".widget :is([role=radio][tabindex='0'], [role=application])"
MOUSE_CHANGES = ".widget :is([role=radio]:not([aria-checked=true]), .crops-below button)"
MIDDLE = """(() => {{ const element = document.querySelector("{selector}");
  element.scrollIntoView({{ block: "center" }});
  const box = element.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2]; }})()"""
ARROWS = {"ArrowRight": 39, "ArrowDown": 40}


def widget_problems(chromium: Browser, address: str, place: str) -> Iterator[str]:
    """Yield what is wrong with the widget of a page that has one."""
    chromium.allow_scripts(False)
    chromium.open(f"{address}/{place}")
    if chromium.value("document.querySelector('.widget').offsetHeight"):
        yield f"{place}: without scripts the widget leaves a gap"
    chromium.allow_scripts(True)
    chromium.resize(PHONE)
    chromium.open(f"{address}/{place}")
    if not chromium.value("!!document.querySelector('.widget-alive .widget-title')"):
        yield f"{place}: the widget does not appear"
        return
    if not changes(chromium, lambda: click(chromium, MOUSE_CHANGES)):
        yield f"{place} at {PHONE} px: the widget ignores the mouse"
    chromium.value(f'document.querySelector("{KEYS_MOVE}").focus()')
    if not changes(chromium, lambda: press_arrows(chromium)):
        yield f"{place} at {PHONE} px: the widget ignores the keyboard"
    if choice := chromium.value("location.hash"):
        chromium.value("document.querySelector('.widget').scrollIntoView()")
        chromium.click("a.language-switch")
        if (arrived := chromium.value("location.hash")) != choice:
            yield f"{place}: the language switch leads from {choice} to {arrived or 'no choice'}"


def changes(chromium: Browser, act: Callable[[], None]) -> bool:
    """Tell whether what is done changes the widget, at once or within a moment."""
    before = chromium.value(CONTENT)
    act()
    chromium.value("new Promise((resolve) => setTimeout(resolve, 200))")
    return chromium.value(CONTENT) != before


def click(chromium: Browser, selector: str) -> None:
    """Press and let go of the mouse in the middle of an element."""
    x, y = chromium.value(MIDDLE.format(selector=selector))
    for kind in ("mousePressed", "mouseReleased"):
        chromium.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)


def press_arrows(chromium: Browser) -> None:
    """Press two arrow keys."""
    for name, code in ARROWS.items():
        for kind in ("keyDown", "keyUp"):
            key = {"key": name, "code": name, "windowsVirtualKeyCode": code}
            chromium.ask("Input.dispatchKeyEvent", type=kind, **key)
