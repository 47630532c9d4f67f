// The network drawn: each box, or its name, tells what comes in, what goes out, and what it costs.
"use strict";

window.alexnetWidgets?.start("blocks", (place, data, words) => {
  const { element, fill, count, moveByKeys, mark, recall, keep } = window.alexnetWidgets;
  const { layers } = data;
  const state = recall("blocks", { chosen: 1 });
  const shapeWords = ({ shape }) => shape.join("×");
  const size = (shape) => shape.reduce((a, b) => a * b);
  const share = (part) => part.toLocaleString(document.documentElement.lang, { style: "percent", maximumSignificantDigits: 2 });
  const all = (name) => layers.reduce((total, layer) => total + (layer[name] ?? 0), 0);

  const detail = element("div", { class: "network-detail blocks-detail", "aria-live": "polite" });
  // One drawing is for wide pages, one for phones; the other is not shown, and not heard either.
  const drawings = [...place.previousElementSibling.querySelectorAll("svg")].map((drawing) => {
    const boxes = [...drawing.querySelectorAll("g")];
    drawing.setAttribute("role", "radiogroup");
    drawing.setAttribute("aria-label", words.layers);
    boxes.forEach((box, i) => {
      box.setAttribute("role", "radio");
      box.setAttribute("aria-label", fill(words.layer_text, { name: layers[i].name, shape: shapeWords(layers[i]) }));
      box.addEventListener("click", () => choose(i));
    });
    drawing.addEventListener("keydown", moveByKeys(boxes, 1, (i) => choose(i)));
    drawing.addEventListener("keydown", (event) => event.key === " " && event.preventDefault()); // no page further
    return boxes;
  });

  const about = (layer) => {
    const [channels, side] = layer.shape;
    if (layer.kind === "Conv2d") return fill(words.conv, { outputs: channels, inputs: layer.before[0] });
    if (layer.kind === "Linear") return fill(words.fc, { outputs: count(channels), inputs: count(size(layer.before)) });
    return fill(words.image, { channels, side });
  };

  const draw = () => {
    keep("blocks", state);
    drawings.forEach((boxes) => mark(boxes, state.chosen));
    const layer = layers[state.chosen];
    const lines = layer.kind ? [
      [words.in, layer.before.join("×")], [words.out, shapeWords(layer)],
      ...["parameters", "macs"].map((name) => [words[name], count(layer[name]), fill(words.share, { share: share(layer[name] / all(name)) })]),
    ] : [[words.out, shapeWords(layer)]];
    detail.replaceChildren(
      element("p", {}, element("b", {}, layer.name), ` ${about(layer)}`),
      element("dl", {}, ...lines.flatMap(([name, value, more]) => [
        element("dt", {}, name), element("dd", {}, element("b", {}, value), more ? ` (${more})` : null)])));
  };
  const choose = (i) => {
    state.chosen = i;
    draw();
  };
  place.append(detail);
  draw();
});
