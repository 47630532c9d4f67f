"""The blog post's network as a picture to scale: what leaves each layer is a box, as in the paper's figure 2.

It is drawn twice, wide and for a phone, and stands without scripts too; ``book/_static/widget_blocks.js``
lets a reader press its boxes.
"""

from dataclasses import dataclass
from html import escape
from typing import Any

from alexnet_lib.models import AlexNet
from alexnet_lib.summary import layer_table
from languages import words

SLANT = (0.32, 0.2)  # of the third direction: to the right and up, for each pixel of a side
KERNEL = 3  # pixels, of every convolution
BLUE, ORANGE = ("#0072b2", "#56b4e9", "#004f7c"), ("#e69f00", "#f5c767", "#a67200")  # front, top, side


@dataclass(frozen=True)
class Scale:
    """How large things are drawn: pixels of an image, feature maps and outputs to a unit of the drawing."""

    kind: str
    side: float
    maps: float
    outputs: float
    thick: float
    gap: float
    letters: float
    letter: float


WIDE = Scale("network-wide", side=5, maps=4, outputs=23, thick=16, gap=15, letters=14, letter=8.4)
# Printed pages take the wide one.
PHONE = "network-narrow d-print-none"
NARROW = Scale(PHONE, side=2.6, maps=12, outputs=42, thick=9, gap=5, letters=11.5, letter=6.9)


@dataclass(frozen=True)
class Box:
    """A box seen from the front, from above and from the right; ``x`` and ``y`` are its front's corner."""

    x: float
    y: float
    width: float
    height: float
    deep: float

    def on_side(self, inwards: float, down: float) -> tuple[float, float]:
        """Return where a place of its right side is drawn."""
        return self.x + self.width + inwards * SLANT[0], self.y + down - inwards * SLANT[1]

    def drawn(self, colours: tuple[str, str, str]) -> str:
        """Return it as SVG, in the colours of front, top and side."""
        across, up = self.deep * SLANT[0], self.deep * SLANT[1]
        corner, width, height = point((self.x, self.y)), f"{self.width:.1f}", f"{self.height:.1f}"
        slant = f"l{across:.1f} -{up:.1f}"
        back = f"l-{across:.1f} {up:.1f}z"
        faces = (
            f"M{corner}h{width}v{height}h-{width}z",
            f"M{corner}{slant}h{width}{back}",
            f"M{point((self.x + self.width, self.y))}{slant}v{height}{back}",
        )
        return "".join(f'<path fill="{fill}" d="{face}"/>' for fill, face in zip(colours, faces, strict=True))


def blocks(language: str) -> dict[str, Any]:
    """Return the layers of the drawing, and both drawings as what stands there without scripts."""
    model, said = AlexNet(), words(language)["widgets"]
    before = (model.in_channels, model.input_size, model.input_size)
    layers: list[dict[str, Any]] = [{"name": said["blocks_input"], "kind": "", "shape": before}]
    for row in layer_table(model, before):
        if row.parameters:
            layers.append({"name": row.name, "kind": row.kind, "before": before, "shape": row.output_shape})
            layers[-1] |= {"parameters": row.parameters, "macs": row.macs}
        before = row.output_shape
    told = ", ".join(f"{layer['name']} {shape_words(layer)}" for layer in layers)
    name = said["blocks_drawn"].format(layers=told)
    drawings = "".join(drawn(layers, scale, name) for scale in (WIDE, NARROW))
    note = escape(said["blocks_scale"])
    return {
        "layers": layers,
        "still": f'<figure class="network-drawing">{drawings}<figcaption>{note}</figcaption></figure>\n',
    }


def shape_words(layer: dict[str, Any]) -> str:
    """Return a shape as it is read: 96×32×32."""
    return "×".join(map(str, layer["shape"]))


def drawn(layers: list[dict[str, Any]], scale: Scale, told: str) -> str:
    """Return one drawing as SVG."""
    middle = scale.side * layers[0]["shape"][1] * (1 + SLANT[1]) / 2
    first_line = 2 * middle + 1.5 * scale.letters
    bottom = first_line + (1.8 if scale is WIDE else 0.5) * scale.letters
    left, before, parts = scale.gap / 2, None, []
    for number, layer in enumerate(layers):
        width, height, deep = size_of(layer["shape"], scale)
        texts = [layer["name"], shape_words(layer)] if scale is WIDE else [layer["name"]]
        whole = width + deep * SLANT[0]
        column = max(whole, scale.letter * max(map(len, texts)))
        box = Box(left + (column - whole) / 2, middle - (height - deep * SLANT[1]) / 2, width, height, deep)
        if before:
            parts.append(lines(before, box, layer, scale))
        # All of the column can be pressed.
        x, wide = left - scale.gap / 2, column + scale.gap
        room = f'<rect fill="none" x="{x:.1f}" width="{wide:.1f}" height="{bottom:.1f}" rx="4"/>'
        middle_x = left + column / 2
        label = "".join(
            f'<text x="{middle_x:.1f}" y="{first_line + line * scale.letters:.1f}">{escape(each)}</text>'
            for line, each in zip((0, 1.25), texts, strict=False)
        )
        colours = BLUE if len(layer["shape"]) > 1 else ORANGE
        parts.append(f'<g data-layer="{number}">{room}{box.drawn(colours)}{label}</g>')
        before = box
        left += column + scale.gap
    return (
        f'<svg class="{scale.kind}" viewBox="0 0 {left - scale.gap / 2:.0f} {bottom:.0f}" role="img" '
        f'aria-label="{escape(told)}" font-size="{scale.letters}" text-anchor="middle" fill="currentColor">'
        f"{''.join(parts)}</svg>"
    )


def size_of(shape: tuple[int, ...], scale: Scale) -> tuple[float, float, float]:
    """Return width, height and depth of what leaves a layer: maps of a side, or a bar of outputs."""
    if len(shape) == 1:
        return scale.thick / 2, max(3, shape[0] / scale.outputs), scale.thick
    return max(2, shape[0] / scale.maps), scale.side * shape[1], scale.side * shape[2]


def lines(end: Box, start: Box, layer: dict[str, Any], scale: Scale) -> str:
    """Return what joins two boxes: a kernel that looks at one place, or everything to everything."""
    if layer["kind"] == "Conv2d":
        # Pooling lies between: a pixel that comes in may be several of those that are drawn.
        side = KERNEL * end.deep / layer["before"][1]
        near, far = ((end.deep + sign * side) / 2 for sign in (-1, 1))
        high, low = ((end.height + sign * side) / 2 for sign in (-1, 1))
        corners = [end.on_side(u, v) for u, v in ((near, high), (far, high), (far, low), (near, low))]
        target = start.x, start.y + start.height / 2
        window = f'<path fill="{ORANGE[0]}" d="M{"L".join(map(point, corners))}z"/>'
        rays = "".join(f"M{point(corner)}L{point(target)}" for corner in corners[1:3])
        return f'{window}<path stroke="{ORANGE[0]}" fill="none" d="{rays}"/>'
    above = point(end.on_side(end.deep, 0)), point((start.x, start.y))
    below = point(end.on_side(0, end.height)), point((start.x, start.y + start.height))
    rays = "".join(f"M{here}L{there}" for here, there in (above, below))
    return f'<path stroke="currentColor" opacity="0.35" fill="none" d="{rays}"/>'


def point(place: tuple[float, float]) -> str:
    """Return a place as SVG writes it."""
    return f"{place[0]:.1f} {place[1]:.1f}"
