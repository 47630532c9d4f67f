// Twenty images: say what each shows, then see what people, the label and the network say.
"use strict";

window.alexnetWidgets?.start("quiz", (place, data, words) => {
  const { element, fill, percent, button, moveByKeys, mark, recall, keep } = window.alexnetWidgets;
  const { classes, labels, people, shares, network } = data;
  const fresh = () => ({ at: 0, answers: labels.map(() => null), scored: false });
  const state = recall("quiz", fresh());
  const count = labels.length;

  const picture = (i, name) => element("div", { class: "quiz-picture", role: "img", "aria-label": name,
    style: `background-image: url("${data.rows}/${data.strip}"); background-size: 100% ${100 * count}%; ` +
      `background-position-y: ${(100 * i) / (count - 1)}%` });

  const chips = labels.map((_, i) => element("button", { type: "button", role: "radio", onclick: () => go(i) }, String(i + 1)));
  const images = element("div", {
    class: "quiz-images", role: "radiogroup", "aria-label": words.images, onkeydown: moveByKeys(chips, count, (i) => go(i)),
  }, ...chips);
  const shown = element("div", { class: "quiz-shown" });
  // The second press of a double one, or a key that is held, would answer an image that nobody has looked at.
  const names = classes.map((name, answer) =>
    button("", ({ detail }) => detail < 2 && choose(answer), { "aria-pressed": "false" }));
  names.forEach((each, answer) => each.append(element("small", { "aria-hidden": true }, String(answer)), ` ${classes[answer]}`));
  const choices = element("div", { class: "quiz-answers", role: "group" }, ...names);

  const score = button("", () => {
    state.scored = true;
    draw();
    result.scrollIntoView({ block: "nearest" });
  });
  const reset = button(words.reset, () => {
    Object.assign(state, fresh());
    draw();
  });
  const result = element("div", { class: "quiz-result" });
  const summary = element("p", { class: "widget-summary", "aria-live": "polite", hidden: true });

  const go = (i) => {
    state.at = i;
    draw();
  };
  // On to the next image that has no answer yet; a change of mind stays where it is.
  const choose = (answer) => {
    const isNew = state.answers[state.at] === null;
    state.answers[state.at] = answer;
    const next = labels.map((_, i) => (state.at + i) % count).find((i) => state.answers[i] === null);
    if (isNew && next !== undefined) state.at = next;
    draw();
  };
  place.addEventListener("keydown", (event) => {
    if (!/^\d$/.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (!event.repeat) choose(Number(event.key));
  });

  const agree = (answers, truth) => answers.filter((answer, i) => answer === truth[i]).length;

  const table = () => {
    const lines = [
      [words.you, agree(state.answers, labels), agree(state.answers, people)],
      [words.one, data.one_person.toFixed(1), "—"],
      [words.majority, agree(people, labels), count],
      [words.network, agree(network, labels), agree(network, people)],
    ];
    return element("table", { class: "widget-table" },
      element("thead", {}, element("tr", {}, ...["count", "by_label", "by_people"].map((name) => element("th", { scope: "col" }, words[name])))),
      element("tbody", {}, ...lines.map(([name, ...values]) => element("tr", {}, element("th", { scope: "row" }, name),
        ...values.map((value) => element("td", {}, String(value)))))));
  };

  const card = (i) => {
    const line = (name, answer, more = "") => element("span", { class: answer === labels[i] ? "" : "quiz-other" },
      element("small", {}, name), ` ${classes[answer]}${more}`);
    return element("li", {}, picture(i, fill(words.picture, { number: i + 1 })),
      element("b", {}, String(i + 1)), line(words.label, labels[i]),
      line(words.you, state.answers[i]), line(words.people, people[i], ` ${percent(shares[i], 0)}`), line(words.network, network[i]));
  };

  const draw = () => {
    keep("quiz", state);
    const { at, answers } = state;
    const left = answers.filter((answer) => answer === null).length;
    const isScored = state.scored && !left;
    mark(chips, at);
    chips.forEach((chip, i) => {
      const answer = answers[i] === null ? words.open : classes[answers[i]];
      chip.setAttribute("aria-label", fill(words.image, { number: i + 1, answer }));
      chip.classList.toggle("quiz-done", answers[i] !== null);
    });
    shown.replaceChildren(picture(at, fill(words.picture, { number: at + 1 })));
    choices.setAttribute("aria-label", fill(words.answers, { number: at + 1 }));
    names.forEach((each, answer) => each.setAttribute("aria-pressed", String(answers[at] === answer)));
    score.textContent = left ? fill(words.left, { left }) : words.score;
    score.disabled = left > 0;
    summary.hidden = !isScored;
    summary.textContent = isScored ? fill(words.text, { label: agree(answers, labels), people: agree(answers, people) }) : "";
    result.replaceChildren(...(isScored ? [table(), element("ol", { class: "quiz-cards" }, ...labels.map((_, i) => card(i)))] : []));
  };

  place.append(images,
    element("div", { class: "quiz-body" }, shown, choices),
    element("div", { class: "widget-bar" }, score, reset),
    summary, result, element("p", { class: "widget-note" }, words.cite));
  draw();
});
