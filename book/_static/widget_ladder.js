// The ladder: a guess for each rung, then what was measured beside it.
"use strict";

window.alexnetWidgets?.start("ladder", (place, data, words) => {
  const { element, fill, slider, button, recall, keep } = window.alexnetWidgets;
  const { steps } = data;
  const LOWEST = -10, HIGHEST = 20, STEP = 0.5; // points
  const fresh = () => ({ guesses: steps.map(() => null), shown: false });
  const state = recall("ladder", fresh());
  const signed = (points) => `${points < 0 ? "−" : points > 0 ? "+" : ""}${Math.abs(points).toFixed(1)}`;
  const isGuessed = (guess) => guess !== null;
  // Where a number of points lies on the line.
  const at = (points) => (100 * (Math.min(HIGHEST, Math.max(LOWEST, points)) - LOWEST)) / (HIGHEST - LOWEST);

  const rows = steps.map(({ name, points, doubt }, i) => {
    const guess = slider(name, {
      min: LOWEST, max: HIGHEST, step: STEP, value: 0, change: (value) => {
        state.guesses[i] = value;
        draw();
      },
    });
    let before; // a finger that scrolled over the slider has guessed nothing
    guess.input.addEventListener("pointerdown", () => (before = state.guesses[i]));
    guess.input.addEventListener("pointercancel", () => {
      state.guesses[i] = before;
      draw();
    });
    // What has not been moved is no guess; a press where the handle stands makes it one.
    guess.input.addEventListener("click", () => {
      state.guesses[i] = Number(guess.input.value);
      draw();
    });
    const [low, high] = [at(points - doubt), at(points + doubt)];
    const [from, to] = [at(0), at(points)].sort((a, b) => a - b);
    const diamond = element("i", { class: "ladder-guess" });
    const measured = element("div", { class: "ladder-measured" },
      element("div", { class: "ladder-line", "aria-hidden": true },
        element("i", { class: "ladder-bar", style: `left: ${from}%; width: ${to - from}%` }),
        element("i", { class: "ladder-doubt", style: `left: ${low}%; width: ${high - low}%` }),
        element("i", { class: "ladder-zero", style: `left: ${at(0)}%` }), diamond),
      element("p", {}));
    return { guess, measured, diamond, line: element("li", {}, guess.line, measured) };
  });

  const left = element("p", { class: "widget-note" });
  // The rows above grow, and the button stays where the finger is.
  const show = button(words.show, () => {
    const { top } = show.getBoundingClientRect();
    state.shown = !state.shown;
    draw();
    scrollBy({ top: show.getBoundingClientRect().top - top, behavior: "instant" });
  });
  const reset = button(words.reset, () => {
    Object.assign(state, fresh());
    draw();
  });
  const summary = element("p", { class: "widget-summary", "aria-live": "polite" });
  const legend = element("p", { class: "widget-note" }, words.legend);

  const draw = () => {
    keep("ladder", state);
    rows.forEach(({ guess, measured, diamond, line }, i) => {
      const value = state.guesses[i];
      guess.set(value ?? 0);
      line.classList.toggle("ladder-open", !isGuessed(value));
      const output = guess.line.querySelector("output");
      output.textContent = isGuessed(value) ? signed(value) : "—";
      guess.input.setAttribute("aria-valuetext", isGuessed(value) ? fill(words.unit, { points: signed(value) }) : words.none);
      measured.hidden = !state.shown;
      diamond.hidden = !isGuessed(value);
      diamond.style.left = `${at(value ?? 0)}%`;
      const { points, doubt } = steps[i];
      measured.querySelector("p").textContent = [
        fill(words.measured, { points: signed(points), doubt: doubt.toFixed(1) }),
        isGuessed(value) ? fill(words.off, { points: Math.abs(value - points).toFixed(1) }) : words.none].join(" · ");
    });
    const guessed = steps.map((step, i) => [step.points, state.guesses[i]]).filter(([, guess]) => isGuessed(guess));
    const total = (off) => guessed.reduce((sum, pair) => sum + Math.abs(off(pair)), 0).toFixed(1);
    const about = { done: guessed.length, total: total(([points, guess]) => points - guess), zero: total(([points]) => points) };
    left.textContent = fill(words.left, about);
    show.textContent = state.shown ? words.hide : words.show;
    summary.textContent = !state.shown ? "" : guessed.length ? fill(words.total, about) : words.nothing;
    for (const each of [summary, legend]) each.hidden = !state.shown;
  };

  place.querySelector(".widget-lead").textContent = fill(words.lead, { start: data.start.toFixed(1) });
  place.append(
    element("ol", { class: "ladder-steps", "aria-label": words.steps }, ...rows.map(({ line }) => line)),
    element("div", { class: "widget-bar" }, show, reset, left),
    summary, legend);
  draw();
});
