// What the movable figures share. A plain script, so that it works from file:// too.
"use strict";

window.alexnetWidgets = (() => {
  const language = document.documentElement.lang || "en";
  const data = window.alexnetData ?? {};

  // A new element; attributes that begin with "on" listen, false and null leave an attribute out.
  const element = (tag, attributes, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value !== false && value != null) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child != null));
    return made;
  };

  const fill = (words, values) => words.replace(/\{(\w+)\}/g, (braces, name) => values[name] ?? braces);

  const count = (value) => value.toLocaleString(language);
  const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)}%`;

  let numbered = 0;

  // A slider with its name and its value; returns the line and a function that moves it from outside.
  const slider = (name, { min, max, value, step = 1, spoken, change }) => {
    const id = `widget-input-${(numbered += 1)}`;
    const output = element("output", { for: id });
    const input = element("input", { type: "range", id, min, max, step, value });
    const show = () => {
      output.textContent = input.value;
      if (spoken) input.setAttribute("aria-valuetext", spoken(Number(input.value)));
    };
    input.addEventListener("input", () => {
      show();
      change(Number(input.value));
    });
    show();
    const set = (next, limits = {}) => {
      Object.assign(input, limits);
      input.value = next;
      show();
    };
    // A finger that comes down on a slider moves it at once, though it only wants to scroll the page.
    let before;
    input.addEventListener("pointerdown", () => (before = input.value));
    input.addEventListener("pointercancel", () => {
      set(before);
      change(Number(before));
    });
    return { line: element("div", { class: "widget-slider" }, element("label", { for: id }, name), input, output), input, set };
  };

  // One of a few: the browser's own radio buttons, so that keys and screen readers know them.
  const choice = (name, options, chosen, change) => {
    const group = `widget-choice-${(numbered += 1)}`;
    const inputs = options.map(([value]) =>
      element("input", {
        type: "radio", name: group, id: `${group}-${value}`, value,
        checked: value === chosen, onchange: () => change(value),
      }));
    const parts = inputs.flatMap((input, i) => [input, element("label", { for: input.id }, options[i][1])]);
    const set = (value) => inputs.forEach((input) => (input.checked = input.value === String(value)));
    return { line: element("fieldset", { class: "widget-choice" }, element("legend", {}, name), ...parts), set };
  };

  // On or off.
  const toggle = (name, change) => {
    const input = element("input", { type: "checkbox", onchange: () => change(input.checked) });
    return { line: element("label", { class: "widget-toggle" }, input, ` ${name}`) };
  };

  const button = (name, act, more) =>
    element("button", { type: "button", class: "widget-button", onclick: act, ...more }, name);

  // Arrow keys move within a group of buttons in rows; Tab goes past it. Moving chooses, as with radio buttons.
  const moveByKeys = (buttons, columns, choose) => (event) => {
    const down = buttons.length > columns ? columns : 1; // of a single row the next one, as with radio buttons
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: down, ArrowUp: -down };
    const here = buttons.indexOf(event.target.closest("[role=radio]"));
    const ends = { Home: here - (here % columns), End: here - (here % columns) + columns - 1 };
    if (columns === 1) Object.assign(ends, { Home: 0, End: buttons.length - 1 });
    const next = ends[event.key] ?? here + steps[event.key];
    const leavesRow = columns > 1 && Math.abs(steps[event.key]) === 1 &&
      Math.floor(next / columns) !== Math.floor(here / columns);
    if (here < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!(event.key in ends) && !(event.key in steps)) return;
    event.preventDefault();
    if (!buttons[next] || leavesRow) return;
    choose(next);
    buttons[next].focus();
  };

  // Only one of the buttons is a stop of Tab.
  const mark = (buttons, chosen) =>
    buttons.forEach((each, i) => {
      each.setAttribute("aria-checked", String(i === chosen));
      each.tabIndex = i === chosen ? 0 : -1;
    });

  // A frame on a board: dragged in whole cells, and moved by the arrow keys; "cell" tells how large one is.
  const movable = (frame, cell, position, go) => {
    let grip = null;
    frame.addEventListener("pointerdown", (event) => {
      if (!event.isPrimary || event.button) return; // a second finger, or the other button of a mouse
      grip = { x: event.clientX, y: event.clientY, ...position() };
      frame.setPointerCapture(event.pointerId);
    });
    frame.addEventListener("pointermove", (event) => {
      if (!grip || !event.isPrimary) return;
      go({
        top: Math.round(grip.top + (event.clientY - grip.y) / cell()),
        left: Math.round(grip.left + (event.clientX - grip.x) / cell()),
      });
    });
    for (const end of ["pointerup", "pointercancel"]) frame.addEventListener(end, () => (grip = null));
    frame.addEventListener("keydown", (event) => {
      const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
      if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const [down, right] = steps[event.key];
      go({ top: position().top + down, left: position().left + right });
    });
  };

  // What a reader has done stays while the tab is open, for a reload and for the other language; null is
  // not known yet. What does not look like "fresh", as after an update of the book, is not taken.
  const isLike = (kept, fresh) => {
    if (kept === null || fresh === null) return true;
    if (typeof fresh !== "object") return typeof kept === typeof fresh;
    const names = Object.keys(fresh);
    return Object.keys(kept).length === names.length && names.every((name) => name in kept && isLike(kept[name], fresh[name]));
  };
  const recall = (name, fresh) => {
    try {
      const kept = JSON.parse(sessionStorage.getItem(`widget-${name}`));
      return kept && isLike(kept, fresh) ? kept : fresh;
    } catch {
      return fresh; // storage is switched off, or holds something else
    }
  };
  const keep = (name, state) => {
    try {
      sessionStorage.setItem(`widget-${name}`, JSON.stringify(state));
    } catch {
      // Storage is switched off: the state lasts as long as the page.
    }
  };

  // Build a widget where the page has a place for it; a page without its data stays as it is.
  const start = (name, build) => {
    const place = document.querySelector(`.widget[data-widget="${name}"]`);
    if (!place || !data[name]) return;
    const { words } = data[name];
    const above = place.closest("section")?.querySelector(":is(h1, h2, h3, h4)");
    place.classList.add("widget-alive");
    place.setAttribute("role", "region");
    place.setAttribute("aria-label", words.title);
    place.append(
      element("p", { class: "widget-title", role: "heading", "aria-level": above ? Number(above.tagName[1]) + 1 : 2 }, words.title),
      element("p", { class: "widget-lead" }, words.lead),
    );
    build(place, data[name], words);
  };

  return { element, fill, count, percent, slider, choice, toggle, button, moveByKeys, mark, movable, recall, keep, start };
})();
