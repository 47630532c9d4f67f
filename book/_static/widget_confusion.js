// The confusion explorer: a recorded run's matrix, and the images behind each of its cells.
"use strict";

window.alexnetWidgets?.start("confusion", (place, data, words) => {
  const { element, fill, count, percent, choice, toggle, button, moveByKeys, mark } = window.alexnetWidgets;
  const { classes, runs } = data;
  const n = classes.length;
  const SORTS = ["high", "low", "order"];
  const state = { run: 0, cell: null, sort: "high", only: false, guess: false };
  // Where one begins: the mistake that the run makes most often.
  const worst = (run) => runs[run].matrix.flatMap((row, i) => row.map((number, j) => (i === j ? 0 : number)))
    .reduce((best, number, cell, all) => (number > all[best] ? cell : best), 1);

  // The choice is kept in the address: #confusion=baseline-0,3,5,high
  const readAddress = () => {
    const [id, row, column, sort] = (location.hash.match(/^#confusion=(.+)$/)?.[1] ?? "").split(",");
    const run = runs.findIndex((each) => each.id === id);
    if (run < 0) return false;
    const cell = n * Number(row) + Number(column);
    const isCell = [row, column].every((part) => /^\d$/.test(part ?? "") && Number(part) < n);
    Object.assign(state, { run, cell: isCell ? cell : worst(run), sort: SORTS.includes(sort) ? sort : "high" });
    return true;
  };
  const writeAddress = () => {
    const where = [runs[state.run].id, rowOf(state.cell), columnOf(state.cell), state.sort];
    try {
      history.replaceState(null, "", `#confusion=${where}`);
    } catch {
      // Safari refuses more than a hundred in half a minute, as of a held arrow key.
    }
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

  const only = toggle(words.only, (on) => {
    state.only = on;
    drawMatrix();
  });
  // The two ways of one mistake, side by side.
  const ways = element("div", { class: "confusion-ways", role: "group", "aria-label": words.ways });
  const guess = toggle(words.guess, (on) => {
    state.guess = on;
    drawWays();
    drawImages();
  });

  const choose = async (cell) => {
    state.cell = cell;
    writeAddress();
    await draw();
    // Below the matrix on a phone; who goes through it by keys would lose the cell from sight.
    if (!table.querySelector(":focus-visible")) images.scrollIntoView({ block: "nearest" });
  };

  const drawMatrix = () => {
    const { matrix } = runs[state.run];
    const sums = matrix.map((row) => row.reduce((a, b) => a + b, 0) || 1);
    const isHidden = (cell) => state.only && rowOf(cell) === columnOf(cell);
    const shares = matrix.flatMap((row, i) => row.map((number) => number / sums[i]));
    const most = state.only ? Math.max(...shares.filter((share, cell) => !isHidden(cell)), 1e-9) : 1;
    buttons.forEach((each, cell) => {
      const number = matrix[rowOf(cell)][columnOf(cell)];
      const share = shares[cell];
      each.textContent = number && !isHidden(cell) ? Math.round(100 * share) || "·" : "";
      // The root shows small shares too, which are what one looks for here.
      each.style.setProperty("--share", `${isHidden(cell) ? 0 : (100 * Math.sqrt(share / most)).toFixed(0)}%`);
      each.setAttribute("aria-label", fill(words.cell, {
        true: classes[rowOf(cell)], predicted: classes[columnOf(cell)], count: count(number), share: percent(share) }));
    });
    mark(buttons, state.cell);
  };

  const isGuessed = () => state.guess && !guess.line.hidden;

  const drawWays = () => {
    const { matrix } = runs[state.run];
    const [row, column] = [rowOf(state.cell), columnOf(state.cell)];
    const cells = row === column ? [] : [state.cell, n * column + row].sort((a, b) => a - b);
    const hadFocus = ways.contains(document.activeElement);
    ways.replaceChildren(...cells.map((cell) => button(
      fill(words.way, { true: classes[rowOf(cell)], predicted: classes[columnOf(cell)],
        count: count(matrix[rowOf(cell)][columnOf(cell)]) }),
      () => choose(cell), { "aria-pressed": String(cell === state.cell) })));
    if (hadFocus) ways.querySelector("[aria-pressed=true]").focus(); // the one that was pressed is gone
    guess.line.hidden = !data.images || row === column;
    sort.line.hidden = isGuessed();
  };

  // An image with its ten probabilities as small bars; the label and the prediction stand out.
  const card = ({ number, scores, place: at }, row, column, strip) => {
    const confidence = percent(scores[column]);
    const about = { number, share: confidence, predicted: classes[column], true_share: percent(scores[row]), true: classes[row] };
    const kinds = (i) => (i === row ? "confusion-is-true" : i === column ? "confusion-is-predicted" : "");
    const bars = scores.map((score, i) =>
      element("i", { class: kinds(i), title: `${classes[i]} ${percent(score)}`, style: `height: ${Math.max(2, 100 * score)}%` }));
    return element("li", {},
      data.images ? picture({ place: at }, strip, fill(words.image, about)) : null,
      element("p", {}, element("b", {}, confidence), ` ${classes[column]}`,
        row === column ? null : element("small", {}, `${percent(scores[row])} ${classes[row]}`)),
      element("div", { class: "confusion-bars", role: "img", "aria-label": fill(words.scores, about) }, ...bars),
      element("small", {}, fill(words.number, about)));
  };

  const picture = ({ place: at }, strip, label) => element("div", { class: "confusion-image", role: "img",
    "aria-label": label, style: `background-image: url("${strip.address}"); ` +
      `background-size: 100% ${100 * strip.length}%; ` +
      `background-position-y: ${(100 * at) / Math.max(1, strip.length - 1)}%` });

  // An image of which the reader is to say which of two classes it shows, and then sees what the model said.
  const question = ([each, row, column, strip], names, answered) => {
    const item = element("li", {}, picture(each, strip, fill(words.number, each)), ...names.map((name) =>
      button(classes[name], () => {
        answered(name === row);
        const sign = element("p", { class: "confusion-sign" }, name === row ? `✓ ${classes[row]}` : `✗ ${classes[row]}`);
        const byKeys = item.querySelector(":focus-visible");
        item.replaceWith(card(each, row, column, strip));
        images.children[item.dataset.place].prepend(sign);
        if (byKeys) images.querySelector("button")?.focus(); // what they pressed is gone
      })));
    return item;
  };

  const filesOf = async (cell) => {
    const name = `${runs[state.run].id}/${rowOf(cell)}`;
    const cells = await rowsOf(name);
    return { found: [...cells[columnOf(cell)]], strip: { address: `${data.rows}/${name}.webp`, length: cells.flat().length } };
  };

  const bothWays = (cell) => [cell, n * columnOf(cell) + rowOf(cell)];

  const drawGuesses = (cell, files) => {
    const both = bothWays(cell);
    const asked = files.flatMap(({ found, strip }, i) => found.slice(0, 6).map((each) =>
      [each, rowOf(both[i]), columnOf(both[i]), strip])).sort((a, b) => a[0].number - b[0].number);
    const names = [rowOf(cell), columnOf(cell)].sort((a, b) => a - b);
    const score = { right: 0, asked: 0, all: asked.length };
    const tell = () => (heading.textContent = fill(words.score, score));
    tell();
    images.replaceChildren(...asked.map((each, i) => {
      const item = question(each, names, (isRight) => {
        score.asked += 1;
        score.right += isRight;
        tell();
      });
      item.dataset.place = i;
      return item;
    }));
  };

  const drawImages = async () => {
    const { cell, run: chosen, sort: by } = state;
    const [row, column] = [rowOf(cell), columnOf(cell)];
    const about = { true: classes[row], predicted: classes[column], all: count(runs[chosen].matrix[row][column]), most: data.most };
    const asks = isGuessed();
    const files = await Promise.all((asks ? bothWays(cell) : [cell]).map(filesOf)).catch(() => null);
    // The reader may have gone on while the rows were on their way.
    if (state.cell !== cell || state.run !== chosen || state.sort !== by || isGuessed() !== asks) return;
    if (!files) {
      heading.textContent = words.failed;
      return images.replaceChildren(); // not those of another cell
    }
    if (asks) return drawGuesses(cell, files);
    const [{ found, strip }] = files;
    if (by === "low") found.reverse();
    if (by === "order") found.sort((a, b) => a.number - b.number);
    about.shown = found.length;
    const isEvery = found.length === runs[chosen].matrix[row][column];
    const kind = !found.length ? "none" : row === column ? "right" : isEvery ? "every" : "wrong";
    heading.textContent = fill(words[kind], about);
    images.replaceChildren(...found.map((each) => card(each, row, column, strip)));
    place.style.minHeight = 0; // room was kept for the first twelve; fewer take less
  };

  const draw = () => {
    drawMatrix();
    drawWays();
    return drawImages();
  };
  place.append(
    element("div", { class: "widget-bar" }, run.line, only.line),
    element("div", { class: "confusion-body" }, table,
      element("div", { class: "confusion-panel" }, ways, guess.line, heading, sort.line, images)),
    note,
  );
  const follow = () => {
    if (!readAddress()) return;
    run.set(String(state.run));
    sort.set(state.sort);
    draw();
    place.scrollIntoView();
  };
  window.addEventListener("hashchange", follow);
  state.cell = worst(state.run);
  drawMatrix();
  drawWays();
  // The images are fetched when the reader comes near, and not before the page is there.
  const near = new IntersectionObserver(([seen]) => {
    if (!seen.isIntersecting) return;
    near.disconnect();
    drawImages();
  }, { rootMargin: "300px" });
  const idle = window.requestIdleCallback ?? setTimeout;
  window.addEventListener("load", () => idle(() => near.observe(place)));
  follow();
});
