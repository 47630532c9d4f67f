"""What a page can read stays, what nothing reads goes, and everything else is as it was."""

from custom_properties import without_unread

SHEET = """
:root { --read: var(--behind); --behind: 1px; --unread: var(--unread-too); --unread-too: 2px; --script: 3px }
.none { --unread: 4px }
a { margin: var(--read) !important; background: url("data:image/svg+xml;utf8,<svg a=';'/>"); --unread: 5px }
@media print { a { --unread: 6px; top: var(--kept, 7px) } .none { --unread: 8px } }
@supports (top: 0) { .none { --unread: 9px } }
:root { --kept: 10px }
@keyframes turn { to { top: var(--turned) } }
b { --turned: 11px }
"""
KEPT = """:root{--read: var(--behind);--behind: 1px;--script: 3px}
a{margin: var(--read) !important;background: url("data:image/svg+xml;utf8,<svg a=';'/>")}
@media print {
a{top: var(--kept, 7px)}
}
:root{--kept: 10px}
@keyframes turn { to { top: var(--turned) } }
b{--turned: 11px}"""


def test_what_is_read_stays_with_what_that_reads():
    assert without_unread(SHEET, ["style.getPropertyValue('--script')"]) == KEPT


def test_nothing_goes_where_all_is_read():
    names = ["--read --behind --unread --unread-too --script"]
    assert without_unread(SHEET, names).count("--unread") == SHEET.count("--unread")
