// The confusion explorer: a recorded run's matrix, and the images behind each of its cells.
"use strict";

window.alexnetWidgets?.start("confusion", (place, data, words) => {
  const { element, fill, count, percent, choice, moveByKeys, mark } = window.alexnetWidgets;
  const { classes, runs } = data;
  const n = classes.length;
  const SORTS = ["high", "low", "order"];
  const state = { run: 0, cell: null, sort: "high" };

  // The choice is kept in the address: #confusion=baseline-0,3,5,high
  const readAddress = () => {
    const [id, row, column, sort] = (location.hash.match(/^#confusion=(.+)$/)?.[1] ?? "").split(",");
    const run = runs.findIndex((each) => each.id === id);
    if (run < 0) return false;
    const cell = n * Number(row) + Number(column);
    const isCell = [row, column].every((part) => /^\d$/.test(part ?? "") && Number(part) < n);
    Object.assign(state, { run, cell: isCell ? cell : null, sort: SORTS.includes(sort) ? sort : "high" });
    return true;
  };
  const writeAddress = () => {
    const where = state.cell === null ? "" : `,${rowOf(state.cell)},${columnOf(state.cell)},${state.sort}`;
    history.replaceState(null, "", `#confusion=${runs[state.run].id}${where}`);
  };
  const rowOf = (cell) => Math.floor(cell / n);
  const columnOf = (cell) => cell % n;

  const buttons = Array.from({ length: n * n }, (_, cell) =>
    element("button", { type: "button", role: "radio", onclick: () => choose(cell) }));
  const table = element("div", {
    class: "confusion-matrix", role: "radiogroup", "aria-label": words.matrix, onkeydown: moveByKeys(buttons, n, (cell) => choose(cell)),
  });
  table.append(
    element("span", { class: "confusion-corner", "aria-hidden": true }, `${words.true} ↓`, element("br"), `${words.predicted} →`),
    ...classes.map((name) => element("span", { class: "confusion-column", "aria-hidden": true }, element("span", {}, name))),
    ...classes.flatMap((name, row) => [
      element("span", { class: "confusion-row", "aria-hidden": true }, name), ...buttons.slice(n * row, n * (row + 1))]),
  );

  const heading = element("p", { class: "confusion-heading", "aria-live": "polite" });
  const images = element("ul", { class: "confusion-images" });
  const note = element("p", { class: "widget-note" }, fill(data.images ? words.cite : words.absent, { most: data.most }));

  // The cells of a row come as a script of their own, which a page opened as a file may load as well.
  const waiting = {};
  const rowsOf = (name) => (waiting[name] ??= new Promise((resolve, reject) => {
    const arrived = () => window.alexnetData.rows?.[name];
    if (arrived()) return resolve(arrived());
    document.head.append(element("script", {
      src: `${data.rows}/${name}.js`, onload: () => resolve(arrived()),
      onerror: () => {
        delete waiting[name];
        reject(new Error(name));
      },
    }));
  }));

  const run = choice(words.run, runs.map(({ name }, i) => [String(i), name]), String(state.run), (value) => {
    state.run = Number(value);
    writeAddress();
    draw();
  });
  const sort = choice(words.sort, SORTS.map((name) => [name, words[name]]), state.sort, (value) => {
    state.sort = value;
    writeAddress();
    drawImages();
  });

  const choose = (cell) => {
    state.cell = cell;
    writeAddress();
    draw();
  };

  const drawMatrix = () => {
    const { matrix } = runs[state.run];
    const sums = matrix.map((row) => row.reduce((a, b) => a + b, 0) || 1);
    buttons.forEach((each, cell) => {
      const number = matrix[rowOf(cell)][columnOf(cell)];
      const share = number / sums[rowOf(cell)];
      each.textContent = number ? Math.round(100 * share) || "·" : "";
      // The root shows small shares too, which are what one looks for here.
      each.style.setProperty("--share", `${(100 * Math.sqrt(share)).toFixed(0)}%`);
      each.setAttribute("aria-label", fill(words.cell, {
        true: classes[rowOf(cell)], predicted: classes[columnOf(cell)], count: count(number), share: percent(share) }));
    });
    mark(buttons, state.cell ?? 0);
    if (state.cell === null) buttons[0].setAttribute("aria-checked", "false");
  };

  // An image with its ten probabilities as small bars; the label and the prediction stand out.
  const card = ({ number, scores, place: at }, row, column, strip) => {
    const confidence = percent(scores[column]);
    const about = { number, share: confidence, predicted: classes[column], true_share: percent(scores[row]), true: classes[row] };
    const kinds = (i) => (i === row ? "confusion-is-true" : i === column ? "confusion-is-predicted" : "");
    const bars = scores.map((score, i) =>
      element("i", { class: kinds(i), title: `${classes[i]} ${percent(score)}`, style: `height: ${Math.max(2, 100 * score)}%` }));
    return element("li", {},
      data.images ? element("div", { class: "confusion-image", role: "img", "aria-label": fill(words.image, about),
        style: `background-image: url("${strip.address}"); background-size: 100% ${100 * strip.length}%; ` +
          `background-position-y: ${(100 * at) / Math.max(1, strip.length - 1)}%` }) : null,
      element("p", {}, element("b", {}, confidence), ` ${classes[column]}`,
        row === column ? null : element("small", {}, `${percent(scores[row])} ${classes[row]}`)),
      element("div", { class: "confusion-bars", role: "img", "aria-label": fill(words.scores, about) }, ...bars),
      element("small", {}, fill(words.number, about)));
  };

  const drawImages = async () => {
    if (state.cell === null) {
      heading.textContent = words.begin;
      images.replaceChildren();
      return;
    }
    const { cell, run: chosen, sort: by } = state;
    const [row, column] = [rowOf(cell), columnOf(cell)];
    const about = { true: classes[row], predicted: classes[column], all: count(runs[chosen].matrix[row][column]), most: data.most };
    const name = `${runs[chosen].id}/${row}`;
    let found, strip;
    try {
      const cells = await rowsOf(name);
      found = [...cells[column]];
      strip = { address: `${data.rows}/${name}.webp`, length: cells.flat().length };
    } catch {
      heading.textContent = words.failed;
      return;
    }
    // The reader may have gone on while the row was on its way.
    if (state.cell !== cell || state.run !== chosen || state.sort !== by) return;
    if (by === "low") found.reverse();
    if (by === "order") found.sort((a, b) => a.number - b.number);
    about.shown = found.length;
    const kind = !found.length ? "none" : row === column ? "right" : "wrong";
    heading.textContent = fill(words[kind], about);
    images.replaceChildren(...found.map((each) => card(each, row, column, strip)));
  };

  const draw = () => {
    drawMatrix();
    drawImages();
  };
  place.append(
    element("div", { class: "widget-bar" }, run.line, sort.line),
    element("div", { class: "confusion-body" }, table),
    heading, images, note,
  );
  const follow = () => {
    if (!readAddress()) return;
    run.set(String(state.run));
    sort.set(state.sort);
    draw();
    place.scrollIntoView();
  };
  window.addEventListener("hashchange", follow);
  draw();
  follow();
});
