// The network: its layers as opposite bars on a fixed scale, each with the formulas that give its numbers.
"use strict";

window.alexnetWidgets?.start("network", (place, data, words) => {
  const { element, fill, count, percent, slider, choice, button, moveByKeys, mark, recall, keep } = window.alexnetWidgets;
  const BYTES = 4; // float32
  const LIMITS = { kernel_size: [1, 13], stride: [1, 4], padding: [0, 6] };
  const NAMES = { kernel_size: words.kernel, stride: words.stride, padding: words.padding };
  const IS_MOVABLE = { Conv2d: true, MaxPool2d: true };
  const bytes = (n) => (n < 1e6 ? `${(n / 1e3).toFixed(1)} KB` : `${count(Number((n / 1e6).toFixed(n < 1e8 ? 1 : 0)))} MB`);
  const shapeWords = (shape) => shape.join("×");

  const fresh = (network) => ({ input: network.input, settings: network.layers.map((layer) => ({ ...layer.settings })) });
  // Of each network; and which layer is looked at, at first Conv2, which the chapter counts by hand.
  const state = recall("network", { current: 0, chosen: [2, 2], networks: data.networks.map(fresh) });
  const { chosen, networks: states } = state;
  // Bars are absolute, so that a layer that keeps its parameters keeps its bar; a vertical line is 1,000 times
  // the one before.
  const [LOWEST, HIGHEST] = [3, 11]; // powers of ten
  const lengthOf = (value) => (100 * (Math.log10(Math.max(value, 10 ** LOWEST)) - LOWEST)) / (HIGHEST - LOWEST);
  const short = (value) => value.toLocaleString(document.documentElement.lang, { notation: "compact", maximumSignificantDigits: 3 });

  // Follow one image through the network; after the layer where nothing is left of it, all is null.
  const compute = (network, { input, settings }) => {
    let shape = [network.channels, input, input];
    return network.layers.map(({ name, kind, in_place: inPlace }, i) => {
      const { kernel_size: k, stride: s, padding: p, groups: g, out_channels: out, out_features: features } = settings[i];
      const before = shape;
      let parameters = 0, macs = 0;
      if (shape && kind === "ZeroPad2d") shape = [shape[0], shape[1] + p, shape[2] + p];
      if (shape && IS_MOVABLE[kind]) {
        const side = Math.floor((shape[1] + 2 * p - k) / s) + 1;
        shape = shape[1] + 2 * p < k ? null : [out ?? shape[0], side, side];
      }
      if (shape && kind === "Conv2d") {
        parameters = out * ((before[0] / g) * k * k + 1);
        macs = shape[1] * shape[2] * out * (before[0] / g) * k * k;
      }
      if (shape && kind === "Linear") {
        const inputs = before.reduce((a, b) => a * b);
        shape = [features];
        parameters = features * (inputs + 1);
        macs = features * inputs;
      }
      const size = shape ? BYTES * shape.reduce((a, b) => a * b) : 0;
      return { i, name, kind, before, shape, parameters, macs, bytes: size, kept: inPlace ? 0 : size };
    });
  };
  const sum = (rows, name) => rows.reduce((total, row) => total + row[name], 0);
  const isShown = ({ kind }) => IS_MOVABLE[kind] || kind === "Linear";
  const originals = data.networks.map((network) =>
    network.layers.map((layer) => ({ ...layer, kept: layer.in_place ? 0 : layer.bytes })));
  const totals = (rows) => ({
    parameters: sum(rows, "parameters"), macs: sum(rows, "macs"), kept: sum(rows, "kept"),
    inFc: (name) => sum(rows.filter(({ kind }) => kind === "Linear"), name) / (sum(rows, name) || 1),
  });

  const chart = element("div", { class: "network-chart", role: "radiogroup", "aria-label": words.layers });
  const detail = element("div", { class: "network-detail" });
  const controls = element("div", { class: "network-controls" });
  const summary = element("p", { class: "widget-summary", "aria-live": "polite" });
  const table = element("table", { class: "widget-table network-totals" });
  const inputSlider = slider(words.input, {
    min: 8, max: 256, value: states[state.current].input, change: (value) => change(() => (states[state.current].input = value)),
  });
  const which = choice(words.which, data.networks.map(({ name }, i) => [String(i), name]), String(state.current), (value) => {
    state.current = Number(value);
    inputSlider.set(states[state.current].input);
    drawAll();
  });

  const change = (act) => {
    act();
    draw();
  };

  // A layer's bars are made once and then changed, so that they can slide to their new length.
  let buttons = [];
  let bars = [];
  const drawChart = () => {
    const shown = compute(data.networks[state.current], states[state.current]).filter(isShown);
    bars = shown.map(() => ["parameters", "macs"].map(() => ({
      bar: element("span", { class: "network-bar" }), thin: element("span", { class: "network-thin" }),
      label: element("span", { class: "network-share" }),
    })));
    buttons = shown.map((row, n) => {
      const [left, right] = bars[n].map(({ bar, thin, label }, side) =>
        element("span", { class: side ? "network-side network-right" : "network-side", "aria-hidden": true },
          element("span", { class: "network-line" }, bar, label), element("span", { class: "network-line" }, thin)));
      const name = element("span", { class: "network-name", "aria-hidden": true },
        element("b", {}, row.name), element("small", {}));
      return element("button", { type: "button", role: "radio", class: "network-layer", onclick: () => select(n) }, left, name, right);
    });
    const head = element("div", { class: "network-head", "aria-hidden": true },
      element("span", {}, words.parameters), element("span", {}), element("span", {}, words.macs));
    const axis = element("div", { class: "network-head network-axis", "aria-hidden": true }, ...[0, 1].flatMap((side) => [
      side ? element("span", {}) : null,
      element("span", { class: side ? "network-side network-right" : "network-side" }, element("span", { class: "network-ticks" },
        ...[3, 6, 9].map((power) => element("span", { style: `--at: ${lengthOf(10 ** power) / 100}` }, short(10 ** power))))),
    ]).filter(Boolean));
    chart.replaceChildren(head, ...buttons, axis);
    chart.onkeydown = moveByKeys(buttons, 1, select);
  };

  const select = (n) => {
    chosen[state.current] = n;
    drawControls();
    draw();
  };

  const drawControls = () => {
    const row = compute(data.networks[state.current], states[state.current]).filter(isShown)[chosen[state.current]];
    const settings = states[state.current].settings[row.i];
    const limit = (name) => (row.kind === "MaxPool2d" && name === "padding" ? Math.floor(settings.kernel_size / 2) : LIMITS[name][1]);
    const sliders = {};
    const lines = Object.keys(IS_MOVABLE[row.kind] ? LIMITS : {}).map((name) => {
      sliders[name] = slider(NAMES[name], {
        min: LIMITS[name][0], max: limit(name), value: settings[name],
        change: (value) => change(() => {
          settings[name] = value;
          // PyTorch pads a pooling window by half its side at most.
          settings.padding = Math.min(settings.padding, limit("padding"));
          sliders.padding.set(settings.padding, { max: limit("padding") });
        }),
      });
      return sliders[name].line;
    });
    controls.replaceChildren(...(lines.length ? lines : [element("p", { class: "widget-note" }, words.fixed)]));
  };

  // How many rows of zeros a layer of their own has added before this one.
  const zeros = (row) => {
    const before = data.networks[state.current].layers[row.i - 1];
    return before?.kind === "ZeroPad2d" ? before.settings.padding : 0;
  };

  // The formula that gives each number: its name, its value, how it comes about.
  const formulas = (row) => {
    const { kernel_size: k, stride: s, padding: p, groups: g, out_channels: out } = states[state.current].settings[row.i];
    const lines = [];
    const [channels, size] = row.before;
    if (IS_MOVABLE[row.kind]) {
      const pad = zeros(row);
      lines.push([words.side, count(row.shape[1]), `⌊(${pad ? `${size - pad} + ${pad}` : size} + 2×${p} − ${k}) / ${s}⌋ + 1`]);
    }
    if (row.kind === "Conv2d") {
      const inputs = g > 1 ? `${channels}/${g}` : channels;
      lines.push([words.parameters, count(row.parameters), `${out} × (${inputs}×${k}² + 1)`]);
      lines.push([words.macs, count(row.macs), `${row.shape[1]}×${row.shape[2]} × ${out} × ${inputs}×${k}²`]);
      lines.push([words.uses, count(row.shape[1] * row.shape[2]), `${row.shape[1]}×${row.shape[2]}`]);
    } else if (row.kind === "Linear") {
      const inputs = count(row.before.reduce((a, b) => a * b));
      const from = row.before.length > 1 ? `${shapeWords(row.before)} = ${inputs}; ` : "";
      lines.push([words.parameters, count(row.parameters), `${from}${count(row.shape[0])} × (${inputs} + 1)`]);
      lines.push([words.macs, count(row.macs), `${count(row.shape[0])} × ${inputs}`]);
      lines.push([words.uses, "1", ""]);
    } else {
      lines.push([words.parameters, "0", words.no_parameters]);
    }
    const weights = row.parameters ? `${bytes(BYTES * row.parameters)} + ` : "";
    const counted = row.parameters ? `${BYTES} × ${count(row.parameters)} + ` : "";
    lines.push([words.memory, `${weights}${bytes(row.bytes)}`, `${counted}${BYTES} × ${shapeWords(row.shape)}`]);
    return lines;
  };

  const drawDetail = (row) => {
    const kind = { Conv2d: words.conv, MaxPool2d: words.pool, Linear: words.fc }[row.kind];
    const shapes = row.shape ? `${shapeWords(row.before)} → ${shapeWords(row.shape)}` : "—";
    const lines = row.shape ? formulas(row) : [];
    detail.replaceChildren(...[
      element("p", { class: "network-kind" }, element("b", {}, row.name), ` ${kind}`, element("span", {}, shapes)),
      element("dl", {}, ...lines.flatMap(([name, value, formula]) => [
        element("dt", {}, name), element("dd", {}, element("b", {}, value), formula ? element("small", {}, formula) : null)])),
      zeros(row) ? element("p", { class: "widget-note" }, fill(words.zeros, { rows: zeros(row) })) : null,
    ].filter(Boolean));
  };

  const drawTable = (mine) => {
    const columns = [mine, ...originals.map(totals)];
    const titles = [[words.yours], ...data.networks.map(({ name, input }) => [name, element("small", {}, `${input}×${input}`)])];
    const lines = [
      [words.parameters, ({ parameters }) => count(parameters)], [words.macs, ({ macs }) => count(macs)],
      [words.weights, ({ parameters }) => bytes(BYTES * parameters)], [words.activations, ({ kept }) => bytes(kept)],
    ];
    table.replaceChildren(
      element("thead", {}, element("tr", {}, element("td"), ...titles.map((title) => element("th", { scope: "col" }, ...title)))),
      element("tbody", {}, ...lines.map(([name, cell]) => element("tr", {},
        element("th", { scope: "row" }, name), ...columns.map((column) => element("td", {}, column ? cell(column) : "—"))))),
    );
  };

  const draw = () => {
    const rows = compute(data.networks[state.current], states[state.current]);
    const shown = rows.filter(isShown);
    const others = originals[1 - state.current].filter(isShown);
    const mine = totals(rows);
    keep("network", state);
    const gone = rows.find((row) => !row.shape);
    shown.forEach((row, n) => {
      bars[n].forEach(({ bar, thin, label }, side) => {
        const name = side ? "macs" : "parameters";
        bar.style.width = `${lengthOf(row[name])}%`;
        thin.style.width = `${lengthOf(others[n][name])}%`;
        label.textContent = row[name] ? short(row[name]) : "";
      });
      buttons[n].querySelector("small").textContent = row.shape ? shapeWords(row.shape) : "—";
      buttons[n].classList.toggle("network-gone", !row.shape);
      buttons[n].setAttribute("aria-label", row.shape
        ? fill(words.layer_text, {
          name: row.name, shape: shapeWords(row.shape), parameters: count(row.parameters), macs: count(row.macs) })
        : `${row.name}: ${words.gone_from}`);
    });
    mark(buttons, chosen[state.current]);
    drawDetail(shown[chosen[state.current]]);
    drawTable(gone ? null : mine);
    summary.textContent = gone
      ? fill(words.gone, { layer: gone.name, size: gone.before[1], padding: states[state.current].settings[gone.i].padding,
        kernel: states[state.current].settings[gone.i].kernel_size })
      : fill(words.text, { parameters: count(mine.parameters), macs: count(mine.macs),
        parameter_share: percent(mine.inFc("parameters")), mac_share: percent(mine.inFc("macs")) });
    summary.classList.toggle("widget-warning", Boolean(gone));
    legend.textContent = fill(words.scale, { name: data.networks[1 - state.current].name });
  };

  const drawAll = () => {
    drawChart();
    drawControls();
    draw();
  };
  const reset = button(words.reset, () => {
    states[state.current] = fresh(data.networks[state.current]);
    inputSlider.set(states[state.current].input);
    drawAll();
  });
  const legend = element("p", { class: "widget-note network-legend" });
  // Above the sliders what they move, below them the layer that is pressed: all in one sight of a phone.
  place.append(
    element("div", { class: "widget-bar" }, which.line, reset),
    chart,
    element("div", { class: "network-sliders" }, inputSlider.line, controls),
    detail,
    element("div", { class: "widget-scroll" }, table),
    legend, summary,
  );
  drawAll();
});
