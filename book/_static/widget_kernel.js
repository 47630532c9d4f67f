// One kernel over one image: nine products and their sum, which is one square of the output.
"use strict";

window.alexnetWidgets?.start("kernel", (place, data, words) => {
  const { element, fill, choice, button, movable, recall, keep } = window.alexnetWidgets;
  // A house, as brightness; the first kernel is the chapter's.
  const IMAGE = ["1111111111", "1111881111", "1118888111", "1188888811", "1888888881",
    "1155555511", "1155225511", "1155225511", "1155225511", "3333333333"].map((row) => [...row].map(Number));
  const KERNELS = {
    columns: [-1, 0, 1, -2, 0, 2, -1, 0, 1],
    rows: [-1, -2, -1, 0, 0, 0, 1, 2, 1],
    ones: [1, 1, 1, 1, 1, 1, 1, 1, 1],
  };
  const BRIGHTEST = 9, KERNEL = 3;
  const places = IMAGE.length - KERNEL + 1;
  const fresh = () => ({ kernel: "columns", top: 0, left: 0, seen: Array(places ** 2).fill(false) });
  const state = recall("kernel", fresh());

  const sign = (value) => String(value).replace("-", "−");
  const grid = (name, side, count = side ** 2) => {
    const cells = Array.from({ length: count }, () => element("span"));
    return { cells, box: element("div", { class: `kernel-grid ${name}`, "aria-hidden": true, style: `--side: ${side}` }, ...cells) };
  };
  const image = grid("kernel-image", IMAGE.length), products = grid("kernel-products", KERNEL), output = grid("kernel-output", places);
  const frame = element("div", { class: "kernel-frame", tabindex: 0, role: "application" });
  const board = element("div", { class: "kernel-board" }, image.box, frame);
  const sum = element("p", { class: "kernel-sum", "aria-live": "polite" });
  const seen = element("p", { class: "widget-note" });

  const window3 = (top, left) => Array.from({ length: KERNEL ** 2 }, (_, i) => IMAGE[top + Math.floor(i / KERNEL)][left + (i % KERNEL)]);
  const sumAt = (top, left) => window3(top, left).reduce((total, value, i) => total + value * KERNELS[state.kernel][i], 0);
  // Grey is 0, white the largest that this kernel can make, black its negative.
  const paint = (cell, value, largest) => {
    const grey = Math.round(127.5 * (1 + value / largest));
    cell.style.cssText = `background: rgb(${grey} ${grey} ${grey}); color: ${grey > 120 ? "#000" : "#fff"}`;
  };

  const clamp = (value) => Math.min(places - 1, Math.max(0, value));
  const go = ({ top = state.top, left = state.left }) => {
    Object.assign(state, { top: clamp(top), left: clamp(left) });
    draw();
  };

  const draw = () => {
    const { top, left } = state;
    const kernel = KERNELS[state.kernel];
    const largest = BRIGHTEST * kernel.reduce((total, value) => total + Math.max(0, value), 0);
    state.seen[places * top + left] = true;
    keep("kernel", state);
    frame.style.top = `${(100 * top) / IMAGE.length}%`;
    frame.style.left = `${(100 * left) / IMAGE.length}%`;
    window3(top, left).forEach((value, i) => products.cells[i].replaceChildren(
      element("small", {}, `${value}×${sign(kernel[i])}`), element("b", {}, sign(value * kernel[i]))));
    output.cells.forEach((cell, i) => {
      const value = sumAt(Math.floor(i / places), i % places);
      cell.className = i === places * top + left ? "kernel-here" : "";
      cell.textContent = state.seen[i] ? sign(value) : "";
      if (state.seen[i]) paint(cell, value, largest);
      else cell.style.cssText = "";
    });
    sum.textContent = fill(words.sum, { sum: sign(sumAt(top, left)) });
    frame.setAttribute("aria-label", fill(words.frame, { top: top + 1, left: left + 1 }));
    seen.textContent = fill(words.seen, { seen: state.seen.filter(Boolean).length, all: places ** 2 });
  };

  image.cells.forEach((cell, i) => {
    const [row, column] = [Math.floor(i / IMAGE.length), i % IMAGE.length];
    cell.textContent = IMAGE[row][column];
    paint(cell, 2 * IMAGE[row][column] - BRIGHTEST, BRIGHTEST);
    cell.addEventListener("click", () => go({ top: row - 1, left: column - 1 })); // its middle comes there
  });
  output.cells.forEach((cell, i) => cell.addEventListener("click", () => go({ top: Math.floor(i / places), left: i % places })));
  movable(frame, () => board.clientWidth / IMAGE.length, () => state, go);

  const which = choice(words.which, Object.keys(KERNELS).map((name) => [name, words[name]]), state.kernel, (name) => {
    state.kernel = name;
    draw();
  });
  const reset = () => {
    Object.assign(state, fresh());
    which.set(state.kernel);
    draw();
  };
  const figure = (box, name, ...more) => element("figure", {}, element("figcaption", {}, name), box, ...more);
  place.append(
    element("div", { class: "widget-bar" }, which.line),
    element("div", { class: "kernel-body" },
      figure(board, words.image), figure(products.box, words.products, sum), figure(output.box, words.output)),
    element("div", { class: "widget-bar kernel-below" },
      button(words.fill, () => {
        state.seen.fill(true);
        draw();
      }), button(words.reset, reset), seen),
  );
  draw();
});
