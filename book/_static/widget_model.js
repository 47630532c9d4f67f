// One's own photo: cut out a square, see it shrink to 32x32, hear what the network says, cover a part of it.
"use strict";

window.alexnetWidgets?.start("model", (place, data, words) => {
  const { element, fill, count, percent, slider, choice, button, moveByKeys, mark } = window.alexnetWidgets;
  const { classes } = data;
  const { layers } = data.network;
  const SIDE = 32;
  const LARGEST = 1024, SMALLEST = 256; // of the longer side of the picture that is kept
  const MOST_PIXELS = 120e6;
  const STEPS = [256, 128, 64, SIDE]; // on the way down
  const state = { thing: null, left: 0, top: 0, side: 0, cover: null, layer: "", ratio: 1 };
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  const canvas = (width, height = width) => element("canvas", { width, height, "aria-hidden": true });
  const picture = canvas(SMALLEST), small = canvas(SIDE), sheet = canvas(1);
  const pen = picture.getContext("2d", { willReadFrequently: true });

  // --- Bring a picture ---

  const said = element("p", { class: "widget-summary widget-warning", role: "alert", hidden: true });
  const complain = (name, values = {}) => {
    said.textContent = name ? fill(words[name], values) : "";
    said.hidden = !name;
  };

  // The picture as it is meant: turned as its metadata say, the first of several frames, on white. It is decoded
  // beside the page's own work, and only the last one that was asked for is shown.
  let asked = 0;
  const bring = async (file, thing = null) => {
    const number = (asked += 1);
    const address = URL.createObjectURL(file);
    const image = new Image();
    try {
      await new Promise((resolve, reject) => Object.assign(image, { onload: resolve, onerror: reject, src: address }));
      const { naturalWidth: width, naturalHeight: height } = image;
      if (!width || !height) throw new Error("nothing to see");
      if (width * height > MOST_PIXELS) {
        return complain("too_large", { pixels: count(Math.round(width * height / 1e6)), most: count(MOST_PIXELS / 1e6) });
      }
      const longer = Math.max(width, height);
      const scale = longer > LARGEST ? LARGEST / longer : longer < SMALLEST ? Math.ceil(SMALLEST / longer) : 1;
      const size = [width, height].map((each) => Math.max(1, Math.round(each * scale)));
      await image.decode();
      if (number === asked) show(image, size, 1 / scale, thing);
    } catch {
      if (number === asked) complain("not_picture");
    } finally {
      URL.revokeObjectURL(address);
    }
  };

  const show = (image, [width, height], ratio, thing) => {
    complain(null);
    Object.assign(picture, { width, height });
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, width, height);
    Object.assign(pen, { imageSmoothingEnabled: ratio >= 1, imageSmoothingQuality: "high" });
    pen.drawImage(image, 0, 0, width, height);
    const side = Math.min(width, height);
    Object.assign(state, { thing, ratio, side, left: (width - side) >> 1, top: (height - side) >> 1, cover: null });
    mark(drawings, Object.keys(window.alexnetDrawings).indexOf(thing));
    if (!thing) drawings[0].tabIndex = 0;
    pictures.hidden = answers.hidden = false;
    shrinkSlowly();
  };

  const bringFrom = (transfer) => {
    const file = [...(transfer?.files ?? [])][0];
    if (file) bring(file);
    else complain("no_file");
  };
  place.addEventListener("dragover", (event) => {
    event.preventDefault();
    place.classList.add("model-over");
  });
  place.addEventListener("dragleave", () => place.classList.remove("model-over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    place.classList.remove("model-over");
    bringFrom(event.dataTransfer);
  });
  document.addEventListener("paste", (event) => {
    const isElsewhere = event.target.closest?.("input, textarea");
    if (!isElsewhere && event.clipboardData?.files.length) bringFrom(event.clipboardData);
    else if (place.contains(event.target)) complain("no_file");
  });

  const input = element("input", { type: "file", accept: "image/*", class: "model-file", "aria-label": words.choose, tabindex: -1 });
  input.addEventListener("change", () => {
    if (input.files.length) bring(input.files[0]);
    input.value = ""; // the same file may be chosen again
  });

  // --- The camera ---

  const video = element("video", { muted: true, playsinline: true, "aria-label": words.camera });
  let isOpen = false; // from the press on: a second one would leave the first camera running
  const stop = () => {
    const hadFocus = camera.contains(document.activeElement);
    video.srcObject?.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
    isOpen = false;
    camera.hidden = true;
    if (hadFocus) opener.focus(); // what was pressed is gone
  };
  const shoot = () => {
    const still = canvas(video.videoWidth, video.videoHeight);
    still.getContext("2d").drawImage(video, 0, 0);
    stop();
    still.toBlob((file) => bring(file));
  };
  const camera = element("div", { class: "model-camera", hidden: true }, video,
    element("div", { class: "widget-bar" }, button(words.shoot, shoot), button(words.stop, stop)));
  const openCamera = async () => {
    if (isOpen) return;
    isOpen = true;
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      await video.play();
      complain(null);
      camera.hidden = false;
      camera.querySelector("button").focus();
    } catch {
      stop();
      complain("camera_refused");
    }
  };
  const opener = button(words.camera, openCamera);

  // --- The drawings ---

  const things = Object.keys(window.alexnetDrawings);
  const nameOf = (thing) => classes[things.indexOf(thing)] ?? words[thing];
  const asSvg = (thing, size) =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 96 96">${window.alexnetDrawings[thing]}</svg>`;
  const choose = (n) => bring(new Blob([asSvg(things[n], 384)], { type: "image/svg+xml" }), things[n]);
  const drawings = things.map((thing, n) => element("button", {
    type: "button", role: "radio", "aria-label": nameOf(thing), title: nameOf(thing), onclick: () => choose(n),
    style: `background-image: url("data:image/svg+xml,${encodeURIComponent(asSvg(thing, 96))}")`,
  }));
  mark(drawings, -1);
  drawings[0].tabIndex = 0;

  // --- The square that is cut out ---

  const square = element("div", { class: "model-square", tabindex: 0, role: "application" }, element("i"));
  const board = element("div", { class: "model-board" }, picture, square);
  const shorter = () => Math.min(picture.width, picture.height);
  const cut = (next) => {
    const side = Math.round(clamp(next.side ?? state.side, Math.min(8, shorter()), shorter()));
    state.side = side;
    state.left = Math.round(clamp(next.left ?? state.left, 0, picture.width - side));
    state.top = Math.round(clamp(next.top ?? state.top, 0, picture.height - side));
    draw();
  };
  // Larger or smaller about its middle.
  const resize = (side) => {
    const less = (state.side - side) / 2;
    cut({ side, left: state.left + less, top: state.top + less });
  };

  let grip = null;
  square.addEventListener("pointerdown", (event) => {
    grip = { x: event.clientX, y: event.clientY, isCorner: event.target !== square, ...state };
    square.setPointerCapture(event.pointerId);
  });
  square.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const pixel = board.clientWidth / picture.width;
    const right = (event.clientX - grip.x) / pixel, down = (event.clientY - grip.y) / pixel;
    if (!grip.isCorner) return cut({ left: grip.left + right, top: grip.top + down });
    const room = Math.min(picture.width - grip.left, picture.height - grip.top);
    cut({ side: Math.min(room, grip.side + Math.max(right, down)) });
  });
  for (const end of ["pointerup", "pointercancel"]) square.addEventListener(end, () => (grip = null));

  const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  const isPlain = (event) => !(event.ctrlKey || event.metaKey || event.altKey);
  square.addEventListener("keydown", (event) => {
    const step = Math.max(1, Math.round(shorter() / 32));
    const grow = { "+": 2 * step, "=": 2 * step, "-": -2 * step }[event.key];
    if (!isPlain(event) || !(grow || event.key in ARROWS)) return;
    event.preventDefault();
    if (grow) return resize(clamp(state.side + grow, 8, shorter()));
    const [right, down] = ARROWS[event.key];
    cut({ left: state.left + right * step, top: state.top + down * step });
  });
  const size = slider(words.size, { min: 5, max: 100, value: 100, change: (share) => resize((shorter() * share) / 100) });

  // --- What is left of it ---

  // Average what falls into each of n by n equal fields of the square: three planes of levels from 0 to 255.
  const shrunk = (n) => {
    const { side, left, top } = state;
    const levels = pen.getImageData(left, top, side, side).data;
    const planes = new Float32Array(3 * n * n);
    const field = side / n;
    const share = (from, place) => Math.min(from + field, place + 1) - Math.max(from, place);
    for (let row = 0; row < n; row += 1) {
      for (let column = 0; column < n; column += 1) {
        const sums = [0, 0, 0];
        const above = row * field, before = column * field;
        for (let y = Math.floor(above); y < Math.min(side, above + field); y += 1) {
          for (let x = Math.floor(before); x < Math.min(side, before + field); x += 1) {
            const part = share(above, y) * share(before, x), at = 4 * (y * side + x);
            for (let plane = 0; plane < 3; plane += 1) sums[plane] += part * levels[at + plane];
          }
        }
        sums.forEach((sum, plane) => (planes[(plane * n + row) * n + column] = Math.round(sum / field ** 2)));
      }
    }
    return planes;
  };

  const paint = (to, planes, n) => {
    Object.assign(to, { width: n, height: n });
    const image = new ImageData(n, n);
    for (let i = 0; i < n * n; i += 1) {
      image.data.set([planes[i], planes[n * n + i], planes[2 * n * n + i], 255], 4 * i);
    }
    to.getContext("2d").putImageData(image, 0, 0);
  };

  let shrinking = null;
  const shrinkSlowly = () => {
    clearInterval(shrinking);
    draw();
    const left = matchMedia("(prefers-reduced-motion: reduce)").matches ? [] : STEPS.filter((n) => n <= state.side || n === SIDE);
    const step = () => {
      if (!left.length) return clearInterval(shrinking);
      const n = left.shift();
      if (n === SIDE) paint(small, covered(), SIDE);
      else paint(small, shrunk(n), n);
    };
    shrinking = setInterval(step, 400);
    step();
  };

  // --- Cover a part ---

  const PATCH = 8;
  let planes = new Float32Array(3 * SIDE * SIDE);
  // What is covered has the mean colour of CIFAR-10, for the network a value of zero.
  const covered = (by = state.cover) => {
    if (!by) return planes;
    const { x, y } = by;
    return planes.map((level, i) => {
      const isUnder = i % SIDE >= x && i % SIDE < x + PATCH && Math.floor(i / SIDE) % SIDE >= y && Math.floor(i / SIDE) % SIDE < y + PATCH;
      return isUnder ? Math.round(255 * data.mean[Math.floor(i / SIDE ** 2)]) : level;
    });
  };
  const cover = (x, y) => {
    clearInterval(shrinking);
    state.cover = x === null ? null : { x: clamp(Math.round(x), 0, SIDE - PATCH), y: clamp(Math.round(y), 0, SIDE - PATCH) };
    paint(small, covered(), SIDE);
    ask();
  };
  const seen = element("div", { class: "model-seen", tabindex: 0, role: "application", "aria-label": words.seen_text }, small);
  const coverAt = (event) => {
    const { left, top, width } = seen.getBoundingClientRect();
    cover(((event.clientX - left) * SIDE) / width - PATCH / 2, ((event.clientY - top) * SIDE) / width - PATCH / 2);
  };
  seen.addEventListener("pointerdown", (event) => {
    seen.setPointerCapture(event.pointerId);
    coverAt(event);
  });
  seen.addEventListener("pointermove", (event) => {
    if (seen.hasPointerCapture(event.pointerId)) coverAt(event);
  });
  seen.addEventListener("keydown", (event) => {
    if (!isPlain(event)) return;
    if (["Delete", "Backspace", "Escape"].includes(event.key) && state.cover) cover(null);
    else if (event.key in ARROWS) {
      const middle = (SIDE - PATCH) / 2;
      const { x, y } = state.cover ?? { x: middle, y: middle };
      const [right, down] = state.cover ? ARROWS[event.key] : [0, 0];
      cover(x + 2 * right, y + 2 * down);
    } else return;
    event.preventDefault();
  });

  // --- The answer ---

  const softmax = (logits) => {
    const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / sum);
  };
  const lines = classes.map((name) => {
    const bar = element("i"), before = element("s"), share = element("b");
    return { bar, before, share, line: element("li", {}, element("span", {}, name), element("div", {}, bar, before), share) };
  });
  const summary = element("p", { class: "widget-summary", "aria-live": "polite" }, fill(words.begin, { size: (data.network.bytes / 1e6).toFixed(1) }));
  const note = element("p", { class: "widget-note" });
  const mapsNote = element("p", { class: "widget-note" });
  const mapsBox = element("div", { class: "model-maps", role: "img", hidden: true }, sheet);
  const layer = choice(words.maps, [["", words.no_maps], ...layers.filter(({ name }) => name).map(({ name }) => [name, name])], "", (name) => {
    state.layer = name;
    drawMaps();
  });

  let maps = [], uncovered = null;
  let isBusy = false, isStale = false;
  // One image at a time; of those that come meanwhile, the last.
  const ask = async () => {
    isStale = true;
    if (isBusy) return;
    isBusy = true;
    try {
      while (isStale) {
        const { cover: wanted, thing } = state, from = planes;
        // What a cover takes away is seen beside the whole: that is asked for first.
        const at = uncovered && wanted;
        isStale = at !== wanted;
        if (!maps.length) summary.textContent = words.loading;
        const result = await window.alexnetModel.look(covered(at).map((level) => level / 255));
        ({ maps } = result);
        const shares = softmax([...result.logits]);
        if (!at && planes === from) uncovered = shares;
        if (!isStale) answer(shares, at, thing);
      }
    } catch {
      summary.textContent = "";
      complain("failed");
    } finally {
      isBusy = false;
    }
  };

  const answer = (shares, at, thing) => {
    const order = shares.map((_, i) => i).sort((a, b) => shares[b] - shares[a]);
    lines.forEach(({ bar, before, share, line }, i) => {
      bar.style.width = `${100 * shares[i]}%`;
      before.style.left = `${100 * (uncovered?.[i] ?? 0)}%`;
      before.hidden = !at || !uncovered;
      share.textContent = percent(shares[i]);
      line.className = i === order[0] ? "model-first" : "";
    });
    const [first, second] = order;
    const was = uncovered ? uncovered.indexOf(Math.max(...uncovered)) : first;
    const about = {
      name: classes[first], share: percent(shares[first]), second: classes[second], second_share: percent(shares[second]),
      thing: thing && nameOf(thing), was: classes[was], before: percent(uncovered?.[was] ?? 0), after: percent(shares[was]),
    };
    const isOutside = thing && things.indexOf(thing) >= classes.length;
    summary.textContent = [fill(words.answer, about), at && uncovered ? fill(words.covered, about) : isOutside ? fill(words.outside, about) : ""].join(" ");
    drawMaps();
  };

  // All maps of a layer beside each other, with one scale of brightness.
  const drawMaps = () => {
    const shown = maps.find(({ name }) => name === state.layer);
    mapsBox.hidden = mapsNote.hidden = !shown;
    if (!shown) return;
    const { values, channels, side } = shown;
    const columns = 4 * Math.ceil(Math.sqrt(channels) / 4);
    const rows = Math.ceil(channels / columns), wide = side + 1;
    const zoom = Math.floor(640 / (columns * wide));
    const strongest = values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
    Object.assign(sheet, { width: columns * wide, height: rows * wide });
    sheet.style.width = `${columns * wide * zoom}px`;
    const image = new ImageData(sheet.width, sheet.height);
    values.forEach((value, i) => {
      const channel = Math.floor(i / side ** 2), y = Math.floor(i / side) % side, x = i % side;
      // The root shows weak responses too.
      const light = 255 * Math.sqrt(Math.max(0, value) / values[strongest]);
      const place = (Math.floor(channel / columns) * wide + y) * sheet.width + (channel % columns) * wide + x;
      image.data.set([light, light, light, 255], 4 * place);
    });
    sheet.getContext("2d").putImageData(image, 0, 0);
    const about = { layer: shown.name, count: count(channels), side, strongest: Math.floor(strongest / side ** 2) + 1 };
    mapsBox.setAttribute("aria-label", fill(words.maps_text, about));
    mapsNote.textContent = `${fill(words.maps_text, about)} ${words.maps_note}`;
  };

  const draw = () => {
    clearInterval(shrinking);
    Object.assign(state, { cover: null });
    uncovered = null;
    planes = shrunk(SIDE);
    paint(small, planes, SIDE);
    const { width, height } = picture;
    Object.assign(square.style, {
      left: `${(100 * state.left) / width}%`, top: `${(100 * state.top) / height}%`,
      width: `${(100 * state.side) / width}%`, height: `${(100 * state.side) / height}%`,
    });
    size.set(Math.round((100 * state.side) / shorter()));
    const real = (length) => count(Math.round(length * state.ratio));
    const about = { side: real(state.side), left: real(state.left), top: real(state.top), each: count(Math.round((state.side * state.ratio / SIDE) ** 2)) };
    square.setAttribute("aria-label", fill(words.square_text, about));
    note.textContent = fill(state.side * state.ratio > SIDE ? words.shrunk : words.not_shrunk, about);
    ask();
  };

  const figure = (box, name, ...more) => element("figure", {}, box, element("figcaption", {}, name), ...more);
  const pictures = element("div", { class: "model-pictures", hidden: true },
    figure(board, words.square, size.line, note),
    figure(seen, words.seen, element("div", { class: "widget-bar" }, button(words.again, () => shrinkSlowly()), button(words.uncover, () => cover(null)))));
  const answers = element("div", { hidden: true },
    element("ol", { class: "model-answers", "aria-label": words.answers }, ...lines.map(({ line }) => line)),
    layer.line, mapsBox, mapsNote);
  place.append(
    element("div", { class: "widget-bar" }, button(words.choose, () => input.click()), input, opener,
      element("span", { class: "widget-note" }, words.paste)),
    camera, said,
    element("div", { class: "model-drawings", role: "radiogroup", "aria-label": words.drawings, onkeydown: moveByKeys(drawings, things.length, choose) }, ...drawings),
    pictures, summary, answers,
    element("p", { class: "widget-note" }, fill(words.only, { words: classes.join(", ") }), " ", fill(words.accuracy, { accuracy: percent(data.accuracy), images: count(data.images) })),
  );
});
