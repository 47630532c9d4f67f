"""A PDF made smaller shows what it showed."""

import io

import pikepdf
from pikepdf import Array, Dictionary, Name

from print_pdf import shrink

PARTS = range(2000)  # as small as the tags of the text


def test_small_parts_are_packed_and_the_title_stays():
    document = pikepdf.new()
    document.add_blank_page()
    document.docinfo["/Title"] = "책"
    parts = [document.make_indirect(Dictionary(S=Name.P, K=number)) for number in PARTS]
    document.Root.Many = Array(parts)
    before = io.BytesIO()
    document.save(before)
    after = shrink(before.getvalue())
    assert len(after) < len(before.getvalue()) / 3
    packed = pikepdf.open(io.BytesIO(after))
    assert [int(part.K) for part in packed.Root.Many] == list(PARTS)
    assert {name: str(value) for name, value in packed.docinfo.items()} == {"/Title": "책"}
