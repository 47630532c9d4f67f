// Top-1 and Top-5: move ten scores, see what becomes of both errors, and of the word "right".
"use strict";

window.alexnetWidgets?.start("answers", (place, data, words) => {
  const { element, fill, percent, slider, choice, button, moveByKeys, mark, recall, keep } = window.alexnetWidgets;
  const ANSWERS = 5;
  const KINDS = ["first", "among", "never"];
  const SIGNS = { first: "✓", among: "•", never: "✗" };
  const fresh = () => data.scores.map((row) => [...row]);
  const START = { image: 1, allowed: 1, done: [false, false, false] }; // takes a leopard for a cheetah
  const state = recall("answers", { ...START, scores: fresh() });

  // Ties go to the class that comes first, as in the book's top_k_error.
  const order = (row) => row.map((_, i) => i).sort((a, b) => row[b] - row[a] || a - b);
  const rank = (row, name) => order(row).indexOf(name);
  const kindOf = (n) => {
    const found = rank(state.scores[n], data.labels[n]);
    return found === 0 ? "first" : found < ANSWERS ? "among" : "never";
  };

  const chips = data.labels.map((label, n) =>
    element("button", { type: "button", role: "radio", onclick: () => choose(n) }, String(n + 1), element("span", { "aria-hidden": true })));
  const images = element("div", {
    class: "answers-images", role: "radiogroup", "aria-label": words.images, onkeydown: moveByKeys(chips, 10, (n) => choose(n)),
  }, ...chips);

  const heading = element("p", { class: "answers-heading" });
  const lines = data.names.map((name, i) => {
    const made = slider(name, {
      min: 0, max: 100, value: 0, spoken: (score) => fill(words.spoken, { score, rank: rank(state.scores[state.image], i) + 1 }),
      change: (score) => {
        state.scores[state.image][i] = score;
        judge();
      },
    });
    made.place = element("span", { class: "answers-rank", "aria-hidden": true });
    made.line.append(made.place);
    return made;
  });
  const sliders = element("div", { class: "answers-scores", role: "group" }, ...lines.map(({ line }) => line));

  const errors = ["top1", "top5"].map((name) => ({ name, value: element("b") }));
  const readout = element("div", { class: "answers-errors" },
    ...errors.map(({ name, value }) => element("p", {}, element("span", {}, words[name]), value)));
  const summary = element("p", { class: "widget-summary", "aria-live": "polite" });

  // A bar of three parts: first answer right, right among five, never right.
  const bar = (name) => {
    const parts = KINDS.map((kind) => element("span", { class: `answers-part answers-${kind}` }, element("span")));
    const right = element("b");
    return { parts, right, line: element("div", { class: "answers-bar" }, element("p", {}, name, right), element("div", {}, ...parts)) };
  };
  const ours = bar(words.ours), paper = bar(words.paper);
  const verdict = element("p", { class: "widget-summary answers-verdict", "aria-live": "polite" });
  const counting = choice(words.count, [["1", words.one], ["5", words.five]], String(state.allowed), (value) => {
    state.allowed = Number(value);
    draw();
  });
  const legend = element("p", { class: "answers-legend" },
    ...KINDS.map((kind) => element("span", {}, element("i", { class: `answers-${kind}` }, SIGNS[kind]), words[kind])));

  const drawBar = ({ parts, right }, shares) => {
    parts.forEach((part, i) => {
      part.style.width = `${100 * shares[i]}%`;
      part.firstChild.textContent = shares[i] > 0.06 ? percent(shares[i], 1) : "";
      part.classList.toggle("answers-counted", i === 0 || (i === 1 && state.allowed === ANSWERS));
    });
    right.textContent = fill(words.right, { share: percent(shares[0] + (state.allowed === ANSWERS ? shares[1] : 0)) });
  };

  // What a reader may try to bring about, and how far the errors have then moved from where they began.
  const marks = START.done.map(() => element("b", { role: "img" }));
  const missions = element("ul", { class: "answers-missions", "aria-label": words.missions },
    ...marks.map((each, i) => element("li", {}, each, ` ${words[`mission${i + 1}`]}`)));
  const wrong = (scores) => [1, ANSWERS].map((most) => scores.filter((row, n) => rank(row, data.labels[n]) >= most).length);
  const judge = () => {
    const [before, after] = [wrong(data.scores), wrong(state.scores)];
    const [one, five] = after.map((each, i) => Math.sign(each - before[i]));
    const moved = state.scores.flatMap((row, n) => row.filter((score, i) => score !== data.scores[n][i])).length;
    const reached = [one < 0 && five === 0, five < 0 && one === 0, one < 0 && five < 0 && moved === 1];
    state.done = state.done.map((done, i) => done || reached[i]);
    draw();
  };

  const draw = () => {
    keep("answers", state);
    marks.forEach((each, i) => {
      each.textContent = state.done[i] ? "✓" : "○";
      each.setAttribute("aria-label", state.done[i] ? words.done : words.todo);
    });
    const kinds = data.labels.map((_, n) => kindOf(n));
    const shares = KINDS.map((kind) => kinds.filter((each) => each === kind).length / kinds.length);
    chips.forEach((chip, n) => {
      chip.className = `answers-${kinds[n]}`;
      chip.lastChild.textContent = SIGNS[kinds[n]];
      chip.setAttribute("aria-label", fill(words.image, { number: n + 1, name: data.names[data.labels[n]], place: words[kinds[n]] }));
    });
    mark(chips, state.image);
    const ranking = order(state.scores[state.image]);
    const about = { number: state.image + 1, name: data.names[data.labels[state.image]] };
    heading.textContent = fill(words.scores, about);
    sliders.setAttribute("aria-label", heading.textContent);
    lines.forEach(({ line, place: rankPlace, set }, i) => {
      const at = ranking.indexOf(i);
      const isTrue = i === data.labels[state.image];
      set(state.scores[state.image][i]);
      rankPlace.textContent = `${at + 1}`;
      line.classList.toggle("answers-within", at < ANSWERS);
      line.classList.toggle("answers-top", at === 0);
      line.classList.toggle("answers-true", isTrue);
      line.querySelector("label").replaceChildren(data.names[i], ...(isTrue ? [element("em", {}, words.true)] : []));
    });
    errors[0].value.textContent = percent(1 - shares[0], 0);
    errors[1].value.textContent = percent(shares[2], 0);
    summary.textContent = fill(words.text, {
      wrong1: kinds.filter((kind) => kind !== "first").length, wrong5: kinds.filter((kind) => kind === "never").length });
    const { top1, top5 } = data.paper;
    const paperShares = [100 - top1, top1 - top5, top5].map((share) => share / 100);
    drawBar(ours, shares);
    drawBar(paper, paperShares);
    verdict.textContent = fill(state.allowed === 1 ? words.accuracy : words.not_accuracy, {
      paper: percent(paperShares[0] + (state.allowed === 1 ? 0 : paperShares[1])), among: percent(paperShares[1]) });
    verdict.classList.toggle("widget-warning", state.allowed !== 1);
  };

  const choose = (n) => {
    state.image = n;
    draw();
  };
  const reset = button(words.reset, () => {
    Object.assign(state, { scores: fresh(), done: [...START.done] });
    draw();
  });
  place.append(
    element("div", { class: "answers-top-line" }, images, reset), legend,
    element("div", { class: "answers-body" },
      element("div", {}, heading, sliders), element("div", { class: "answers-state" }, readout, summary), missions),
    element("div", { class: "answers-unmask" },
      element("p", { class: "answers-question" }, words.count), counting.line, ours.line, paper.line, verdict),
  );
  draw();
});
