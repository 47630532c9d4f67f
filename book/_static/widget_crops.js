// Augmentation: drag the crop window over the padded image, flip, normalize and back.
"use strict";

window.alexnetWidgets?.start("crops", (place, data, words) => {
  const { element, fill, slider, choice, button, movable, recall, keep } = window.alexnetWidgets;
  const { size, padding, mean, std } = data;
  const side = size + 2 * padding;
  const places = 2 * padding + 1;
  const pixels = Uint8Array.from(atob(data.pixels), (letter) => letter.charCodeAt(0));
  const START = { top: padding, left: padding, flip: false };
  const kept = recall("crops", { ...START, view: "pixels", seen: null });
  const { seen: seenBefore, ...state } = kept;
  let seen = new Set(seenBefore);
  let tour = null;

  // The padded image's value at a place; what lies outside of the image is black.
  const at = (row, column, channel) => {
    const y = row - padding, x = column - padding;
    const isInside = y >= 0 && y < size && x >= 0 && x < size;
    return isInside ? pixels[(y * size + x) * 3 + channel] : 0;
  };
  const normalized = (level, channel) => (level / 255 - mean[channel]) / std[channel];
  // What a screen can show of a value: nothing below 0, nothing above 1.
  const shown = (value) => Math.round(255 * Math.min(1, Math.max(0, value)));
  const VALUES = {
    pixels: (level) => level,
    normalized,
    restored: (level, channel) => Math.round(255 * (normalized(level, channel) * std[channel] + mean[channel])),
  };

  const paint = (canvas, n, colour) => {
    const context = canvas.getContext("2d");
    const picture = context.createImageData(n, n);
    for (let row = 0; row < n; row += 1) {
      for (let column = 0; column < n; column += 1) {
        const start = 4 * (row * n + column);
        for (let channel = 0; channel < 3; channel += 1) picture.data[start + channel] = colour(row, column, channel);
        picture.data[start + 3] = 255;
      }
    }
    context.putImageData(picture, 0, 0);
  };
  const canvas = (n) => element("canvas", { width: n, height: n, "aria-hidden": true });

  const padded = canvas(side), result = canvas(size);
  const frame = element("div", { class: "crops-window", tabindex: 0, role: "application" });
  const board = element("div", { class: "crops-board" }, padded, frame);
  const resultBox = element("div", { class: "crops-board", role: "img" }, result);

  const clamp = (value) => Math.min(places - 1, Math.max(0, value));
  const stop = () => {
    clearInterval(tour);
    summary.setAttribute("aria-live", "polite");
  };
  const go = (next) => {
    stop();
    move(next);
  };
  const move = (next) => {
    Object.assign(state, next, { top: clamp(next.top ?? state.top), left: clamp(next.left ?? state.left) });
    draw();
  };

  movable(frame, () => board.clientWidth / side, () => state, go);

  const sliders = ["top", "left"].map((name) => slider(words[name], {
    min: 0, max: places - 1, value: state[name], change: (value) => go({ [name]: value }),
  }));
  const flip = element("input", { type: "checkbox", onchange: () => go({ flip: flip.checked }) });
  const view = choice(words.view, Object.keys(VALUES).map((name) => [name, words[name]]), state.view, (name) => move({ view: name }));

  const maps = [false, true].map((isFlipped) => {
    const cells = Array.from({ length: places ** 2 }, () => element("i"));
    return { isFlipped, cells, box: element("div", { class: "crops-map", "aria-hidden": true }, ...cells) };
  });
  const range = element("p", { class: "widget-note" });
  const summary = element("p", { class: "widget-summary" });
  const total = 2 * places ** 2;

  const key = ({ top, left, flip: isFlipped }) => `${top},${left},${isFlipped}`;
  const draw = () => {
    seen.add(key(state));
    keep("crops", { ...state, seen: [...seen] });
    const value = VALUES[state.view];
    const column = (x) => state.left + (state.flip ? size - 1 - x : x);
    let low = Infinity, high = -Infinity;
    paint(result, size, (y, x, channel) => {
      const found = value(at(state.top + y, column(x), channel), channel);
      low = Math.min(low, found);
      high = Math.max(high, found);
      return state.view === "normalized" ? shown(found) : found;
    });
    frame.style.top = `${(100 * state.top) / side}%`;
    frame.style.left = `${(100 * state.left) / side}%`;
    sliders[0].set(state.top);
    sliders[1].set(state.left);
    flip.checked = state.flip;
    const digits = state.view === "normalized" ? 2 : 0;
    const about = {
      top: state.top, left: state.left, flip: state.flip ? words.flipped : words.plain,
      low: low.toFixed(digits).replace("-", "−"), high: high.toFixed(digits), padding, places, total,
      seen: seen.size, distinct: data.distinct,
    };
    range.textContent = fill(words[`range_${state.view}`], about);
    frame.setAttribute("aria-label", fill(words.window_text, about));
    resultBox.setAttribute("aria-label", fill(words.result_text, about));
    summary.textContent = fill(seen.size === total ? words.all : words.seen, about);
    for (const { isFlipped, cells } of maps) {
      cells.forEach((cell, i) => {
        const here = { top: Math.floor(i / places), left: i % places, flip: isFlipped };
        cell.className = key(here) === key(state) ? "crops-here" : seen.has(key(here)) ? "crops-seen" : "";
      });
    }
  };

  // All of them, one after the other; for readers who do not want motion, at once.
  const showAll = () => {
    stop();
    const left = [false, true].flatMap((isFlipped) =>
      Array.from({ length: places ** 2 }, (_, i) => ({ top: Math.floor(i / places), left: i % places, flip: isFlipped })));
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      left.forEach((each) => seen.add(key(each)));
      draw();
      return;
    }
    // Read out once, at its end.
    summary.setAttribute("aria-live", "off");
    tour = setInterval(() => {
      if (left.length === 1) stop();
      move(left.shift());
    }, 40);
  };
  const reset = () => {
    seen = new Set();
    view.set("pixels");
    go({ ...START, view: "pixels" });
  };

  paint(padded, side, at);
  const figure = (box, name) => element("figure", {}, box, element("figcaption", {}, name));
  place.append(
    element("div", { class: "crops-pictures" }, figure(board, words.window), figure(resultBox, words.result)),
    element("div", { class: "widget-bar" }, button(words.show_all, showAll), button(words.reset, reset)),
    element("div", { class: "crops-below" },
      ...maps.map(({ box }, i) => figure(box, i ? words.flipped : words.plain)), summary),
    element("div", { class: "crops-controls" },
      element("div", {}, ...sliders.map(({ line }) => line), element("label", { class: "crops-flip" }, flip, words.flip)),
      element("div", {}, view.line, range)),
  );
  stop();
  draw();
});
