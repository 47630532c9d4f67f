"""A printed PDF in a third of its bytes: nothing that can be seen is lost."""

import io
import zlib

import pikepdf
from pikepdf import Array, Name, ObjectStreamMode, Stream

from pictures import few_colours

EFFORT = 9  # of 9


def shrink(pdf: bytes) -> bytes:
    """Return a PDF packed; Chromium leaves each tag of the text by itself, and pictures in 24 bits."""
    pikepdf.settings.set_flate_compression_level(EFFORT)
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for part in document.objects:
            if isinstance(part, Stream) and part.get(Name.Subtype) == Name.Image:
                reduce_colours(part)
        document.save(file, object_stream_mode=ObjectStreamMode.generate, recompress_flate=True)
    return file.getvalue()


def reduce_colours(picture: Stream) -> None:
    """Give a picture a table of its colours where nobody can see the difference."""
    whole = pikepdf.PdfImage(picture).as_pil_image().convert("RGB")
    reduced = few_colours(whole)
    if reduced is None:
        return
    table = bytes(reduced.getpalette())
    picture.ColorSpace = Array([Name.Indexed, picture.ColorSpace, len(table) // 3 - 1, table])
    picture.write(zlib.compress(reduced.tobytes(), EFFORT), filter=Name.FlateDecode)
