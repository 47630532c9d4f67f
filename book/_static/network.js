// A trained network in the page: AlexNet's forward pass on typed arrays, from the image to ten logits.
// A plain script, so that it works from file:// too.
"use strict";

window.alexnetModel = (() => {
  // All that computes. It runs in a worker, and so knows nothing of what stands around it.
  const arithmetic = () => {
    // Abramowitz and Stegun, 7.1.26: off by less than 2e-7.
    const erf = (x) => {
      const t = 1 / (1 + 0.3275911 * Math.abs(x));
      const sum = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
      return Math.sign(x) * (1 - sum * Math.exp(-x * x));
    };

    // Add to the sums of one output channel what a 3x3 kernel makes of one input channel with its border.
    const slide = (padded, from, kernel, at, sums, to, side) => {
      const wide = side + 2;
      const a = kernel[at], b = kernel[at + 1], c = kernel[at + 2];
      const d = kernel[at + 3], e = kernel[at + 4], f = kernel[at + 5];
      const g = kernel[at + 6], h = kernel[at + 7], i = kernel[at + 8];
      for (let y = 0; y < side; y += 1) {
        let p = from + y * wide, q = p + wide, r = q + wide, sum = to + y * side;
        for (const end = sum + side; sum < end; sum += 1, p += 1, q += 1, r += 1) {
          sums[sum] +=
            a * padded[p] + b * padded[p + 1] + c * padded[p + 2] +
            d * padded[q] + e * padded[q + 1] + f * padded[q + 2] +
            g * padded[r] + h * padded[r + 1] + i * padded[r + 2];
        }
      }
    };

    // Each takes and gives { values, channels, side }, the values channel after channel, row after row.
    // After each output channel the work may rest.
    const LAYERS = {
      *convolution({ values, side }, { inputs, outputs, weights }) {
        const wide = side + 2;
        const padded = new Float32Array(inputs * wide * wide); // a border of zeros
        for (let row = 0; row < inputs * side; row += 1) {
          const place = (Math.floor(row / side) * wide + (row % side) + 1) * wide + 1;
          padded.set(values.subarray(row * side, (row + 1) * side), place);
        }
        const sums = new Float32Array(outputs * side * side);
        for (let output = 0; output < outputs; output += 1) {
          for (let input = 0; input < inputs; input += 1) {
            const kernel = 9 * (output * inputs + input);
            slide(padded, input * wide * wide, weights, kernel, sums, output * side * side, side);
          }
          yield;
        }
        return { values: sums, channels: outputs, side };
      },

      // The largest of each two by two.
      *pooling({ values, channels, side }) {
        const half = side / 2;
        const largest = new Float32Array(channels * half * half);
        for (let i = 0; i < largest.length; i += 1) {
          const corner = 2 * side * Math.floor(i / half) + 2 * (i % half);
          largest[i] = Math.max(values[corner], values[corner + 1], values[corner + side], values[corner + side + 1]);
        }
        return { values: largest, channels, side: half };
      },

      *normalization({ values, channels, side }, { scale, shift }) {
        const channel = (i) => Math.floor(i / (side * side));
        return { values: values.map((value, i) => scale[channel(i)] * value + shift[channel(i)]), channels, side };
      },

      *gelu({ values, ...size }) {
        return { values: values.map((x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2))), ...size };
      },

      *linear({ values }, { inputs, outputs, weights }) {
        const sums = new Float32Array(outputs);
        for (let output = 0; output < outputs; output += 1) {
          let sum = 0;
          for (let input = 0, w = output * inputs; input < inputs; input += 1, w += 1) sum += weights[w] * values[input];
          sums[output] = sum;
          yield;
        }
        return { values: sums, channels: outputs, side: 1 };
      },
    };

    // As zlib.crc32 of Python counts it.
    const checksum = (bytes) => {
      const table = Int32Array.from({ length: 256 }, (_, n) => {
        for (let bit = 0; bit < 8; bit += 1) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
        return n;
      });
      let sum = -1;
      for (let i = 0; i < bytes.length; i += 1) sum = (sum >>> 8) ^ table[(sum ^ bytes[i]) & 255];
      return ~sum >>> 0;
    };

    // Give each layer its numbers: 8-bit weights times the scale of their output channel, or scales and shifts.
    const unpack = ({ layers, checksum: expected }, text) => {
      const letters = atob(text);
      const bytes = new Uint8Array(letters.length);
      for (let i = 0; i < bytes.length; i += 1) bytes[i] = letters.charCodeAt(i);
      if (checksum(bytes) !== expected) throw new Error("the weights are not intact");
      let place = 0;
      const take = (Numbers, count) => {
        const start = place;
        place += count * Numbers.BYTES_PER_ELEMENT;
        return new Numbers(bytes.buffer.slice(start, place));
      };
      return layers.map((layer) => {
        const { kind, inputs, outputs } = layer;
        if (kind === "normalization") return { ...layer, scale: take(Float32Array, outputs), shift: take(Float32Array, outputs) };
        if (!inputs) return layer;
        const each = kind === "convolution" ? 9 * inputs : inputs;
        const weights = new Float32Array(take(Int8Array, outputs * each));
        const scale = take(Float32Array, outputs);
        for (let i = 0; i < weights.length; i += 1) weights[i] *= scale[Math.floor(i / each)];
        return { ...layer, weights };
      });
    };

    // The logits, and what the named layers gave on the way: the feature maps.
    function* forward(layers, pixels) {
      let x = { values: pixels, channels: 3, side: Math.sqrt(pixels.length / 3) };
      const maps = [];
      for (const layer of layers) {
        x = yield* LAYERS[layer.kind](x, layer);
        if (layer.name) maps.push({ name: layer.name, ...x });
      }
      return { logits: x.values, maps };
    }

    return { unpack, forward };
  };

  // In the worker: first come the weights, then images with a number.
  const serve = ({ unpack, forward }) => {
    let layers;
    onmessage = ({ data: { network, text, number, pixels } }) => {
      try {
        if (text) layers = unpack(network, text);
        const steps = pixels && forward(layers, pixels);
        let step = { done: !steps };
        while (!step.done) step = steps.next();
        postMessage({ number, result: step.value });
      } catch (error) {
        postMessage({ number, failure: error.message });
      }
    };
  };

  const inWorker = (network, text) => {
    const code = `(${serve})((${arithmetic})());`;
    const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    const waiting = new Map();
    const ask = (message, number) => new Promise((resolve, reject) => {
      waiting.set(number, { resolve, reject });
      worker.postMessage({ ...message, number });
    });
    worker.onmessage = ({ data: { number, result, failure } }) => {
      const { resolve, reject } = waiting.get(number);
      waiting.delete(number);
      if (failure) reject(new Error(failure));
      else resolve(result);
    };
    worker.onerror = () => waiting.forEach(({ reject }) => reject(new Error("the worker has failed")));
    let asked = 0;
    return ask({ network, text }, 0).then(() => (pixels) => ask({ pixels }, (asked += 1)));
  };

  // Where there is no worker: some milliseconds at a time, so that the page still answers.
  const inSlices = async (network, text) => {
    const { unpack, forward } = arithmetic();
    const layers = unpack(network, text);
    return async (pixels) => {
      const steps = forward(layers, pixels);
      for (;;) {
        for (const rest = performance.now() + 12; performance.now() < rest; ) {
          const { done, value } = steps.next();
          if (done) return value;
        }
        await new Promise((resolve) => setTimeout(resolve));
      }
    };
  };

  // The weights come as a script of their own, which a page opened as a file may load as well.
  const fetchWeights = (address) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.onload = () => {
      script.remove();
      const { weights } = window.alexnetData;
      delete window.alexnetData.weights;
      if (weights) resolve(weights);
      else reject(new Error("the weights are not whole"));
    };
    script.onerror = () => {
      script.remove();
      reject(new Error("the weights are not there"));
    };
    script.src = address;
    document.head.append(script);
  });

  const prepare = async () => {
    const { network, rows } = window.alexnetData.model;
    const text = await fetchWeights(`${rows}/${network.script}`);
    try {
      return await inWorker(network, text);
    } catch {
      return inSlices(network, text);
    }
  };

  let ready = null;
  // Load the network once; what failed may be tried again.
  const load = () => (ready ??= prepare().catch((error) => {
    ready = null;
    throw error;
  }));

  // pixels: 3x32x32 values in [0, 1], the planes red, green, blue; gives { logits, maps }.
  const look = async (pixels) => {
    const run = await load();
    return run(Float32Array.from(pixels));
  };
  const logits = async (pixels) => Array.from((await look(pixels)).logits);

  return { load, look, logits };
})();
