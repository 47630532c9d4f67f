"""A PDF made smaller shows what it showed."""

import io

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from pictures import UNSEEN
from print_pdf import shrink

SIDE = 200


def with_picture(pixels):
    """Return a PDF of one page with one picture, as Chromium writes it: 24 bits, and its own name."""
    document = pikepdf.new()
    picture = Stream(document, pixels.tobytes())
    picture.update(
        Dictionary(
            Type=Name.XObject, Subtype=Name.Image, Width=SIDE, Height=SIDE, ColorSpace=Name.DeviceRGB,
            BitsPerComponent=8,
        )
    )  # fmt: skip
    document.add_blank_page()
    document.pages[0].Resources = Dictionary(XObject=Dictionary(Picture=picture))
    document.docinfo["/Title"] = "책"
    # Many small parts, such as the tags of the text.
    document.Root.Many = Array(
        [document.make_indirect(Dictionary(S=Name.P, K=number)) for number in range(2000)]
    )
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def shown(pdf):
    """Return the pixels of the picture, and whether a table gives their colours."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        picture = document.pages[0].Resources.XObject.Picture
        pixels = pikepdf.PdfImage(picture).as_pil_image().convert("RGB")
        return np.asarray(pixels).astype(int), "Indexed" in repr(picture.ColorSpace)


def chart():
    """Return lines with soft edges: more than 256 colours, most of them close to each other."""
    across = np.linspace(0, 1, SIDE)[None, :, None]
    pixels = np.full((SIDE, SIDE, 3), 255, dtype=np.uint8)
    pixels[80:84] = (255 - across * np.array([255, 141, 77]))[0]
    pixels[120:123] = (255 - across * np.array([25, 96, 255]))[0]
    return pixels


def test_a_chart_is_kept_with_few_colours_and_nobody_sees_it():
    pixels = chart()
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 256
    after, has_table = shown(shrink(with_picture(pixels)))
    assert has_table
    assert np.sqrt(((after - pixels) ** 2).mean()) <= UNSEEN


def test_small_parts_are_packed_and_the_title_stays():
    before = with_picture(chart())
    after = shrink(before)
    assert len(after) < len(before) / 3
    document = pikepdf.open(io.BytesIO(after))
    assert [str(part.K) for part in document.Root.Many] == [str(number) for number in range(2000)]
    assert {name: str(value) for name, value in document.docinfo.items()} == {"/Title": "책"}
