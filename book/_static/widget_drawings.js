// Twelve small drawings for readers without a photo at hand: one of each class, in the order of CIFAR-10, and
// two of things that are none of the ten. Each is the inside of an SVG of 96 by 96.
"use strict";

window.alexnetDrawings = (() => {
  const box = (x, y, width, height, fill, more = "") => `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}" ${more}/>`;
  const oval = (x, y, rx, ry, fill, more = "") => `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${fill}" ${more}/>`;
  const path = (d, fill, more = "") => `<path d="${d}" fill="${fill}" ${more}/>`;
  const line = (d, stroke, width) => path(d, "none", `stroke="${stroke}" stroke-width="${width}" stroke-linecap="round"`);
  const back = (above, below, horizon = 96) =>
    `<linearGradient id="g" x2="0" y2="1"><stop stop-color="${above}"/><stop offset="1" stop-color="#fff" stop-opacity=".5"/></linearGradient>` +
    box(0, 0, 96, 96, above) + box(0, 0, 96, horizon, "url(#g)") + box(0, horizon, 96, 96 - horizon, below);
  const wheel = (x, y, r) => oval(x, y, r, r, "#222") + oval(x, y, r / 2, r / 2, "#aaa");
  const eye = (x, y, r = 2.5) => oval(x, y, r, r, "#111") + oval(x + r / 3, y - r / 3, r / 3, r / 3, "#fff");
  const legs = (places, top, fill) => places.map((x) => box(x, top, 5, 82 - top, fill)).join("");

  return {
    airplane: back("#5b9bd8", "#fff") + path("M8 54Q14 44 30 45L80 40L88 26L93 27L91 50Q60 60 22 58Z", "#e8ecf0") +
      path("M40 48L60 84L69 82L63 48Z", "#b4bec8") + path("M46 45L54 20L60 21L61 44Z", "#c8d0d8") +
      line("M24 50L76 46", "#37506b", 2) + path("M8 54Q14 47 22 48L20 53Z", "#37506b"),
    automobile: back("#b8cbd8", "#777b7e", 60) + path("M6 66V54Q8 49 22 47L34 33Q37 30 60 30Q66 31 76 46Q90 48 91 56V66Z", "#c4201f") +
      path("M28 46L37 35H48V46ZM52 35H60Q64 36 70 46H52Z", "#cfe4ee") + wheel(25, 67, 9) + wheel(73, 67, 9) + box(86, 52, 5, 5, "#ffe9a0"),
    bird: back("#9cc6a2", "#6b8f5a", 96) + line("M4 78Q50 70 92 80", "#5e4630", 5) + path("M24 40Q30 24 46 32Q74 38 88 66Q66 64 56 70Q32 70 28 46Z", "#8a5a34") +
      path("M30 48Q36 66 54 66Q52 54 36 44Z", "#e8b07a") + path("M26 36L10 42L26 44Z", "#d99a20") + path("M46 42Q70 46 78 62Q56 62 46 42Z", "#5d3b20") +
      eye(34, 37) + line("M46 69V76M54 69V76", "#c07a2a", 2.5),
    cat: back("#c9b79c", "#8d6e4f", 70) + path("M28 92Q24 56 48 56Q72 56 70 92Z", "#d98c3a") + path("M24 22L36 32Q48 27 60 32L72 22L70 46Q68 64 48 64Q28 64 26 46Z", "#e39a48") +
      path("M28 28L34 34L29 38ZM68 28L62 34L67 38Z", "#f3c9b0") + oval(39, 44, 4, 5, "#bfd35a") + oval(57, 44, 4, 5, "#bfd35a") +
      oval(39, 44, 1.5, 5, "#111") + oval(57, 44, 1.5, 5, "#111") + path("M45 52H51L48 55Z", "#d36a6a") +
      line("M42 55L18 52M42 57L19 60M54 55L78 52M54 57L77 60", "#fff", 1) + line("M43 34V40M48 33V39M53 34V40", "#a85f20", 2),
    deer: back("#b9c9a0", "#6f8a4a", 62) + legs([30, 38, 60, 68], 58, "#8a5a30") + oval(50, 54, 25, 12, "#a9713f") + path("M26 54L22 28L34 28L40 48Z", "#a9713f") +
      path("M12 34L24 22L36 24L34 34L20 38Z", "#b37c48") + path("M32 24L42 20L36 30Z", "#8a5a30") + line("M28 22Q22 12 26 3M27 14L18 8M33 22Q40 12 38 3M36 13L45 8", "#5e4528", 2.5) +
      eye(24, 29, 2) + oval(13, 36, 2, 2, "#222") + oval(75, 50, 3, 5, "#f2e6d4"),
    dog: back("#a8c3a0", "#7ba05a", 72) + path("M26 94Q22 60 48 60Q74 60 70 94Z", "#8b5f3c") + oval(48, 40, 22, 22, "#9c6c44") + path("M27 26Q14 30 17 56Q28 58 32 36ZM69 26Q82 30 79 56Q68 58 64 36Z", "#5f3c22") +
      oval(48, 51, 12, 11, "#d9b58f") + oval(48, 46, 5, 3.5, "#1c1512") + eye(39, 36, 3) + eye(57, 36, 3) + line("M48 50V54Q42 58 40 54M48 54Q54 58 56 54", "#3a2415", 1.5) + path("M45 57H51V63Q48 67 45 63Z", "#d9707c"),
    frog: back("#7d9a6a", "#5b6f42", 50) + oval(48, 62, 34, 22, "#5ea03a") + oval(48, 68, 24, 13, "#b9cf7a") + oval(30, 40, 10, 10, "#5ea03a") + oval(66, 40, 10, 10, "#5ea03a") +
      oval(30, 39, 6, 6, "#e8d84a") + oval(66, 39, 6, 6, "#e8d84a") + oval(30, 39, 4, 2, "#111") + oval(66, 39, 4, 2, "#111") + line("M26 60Q48 70 70 60", "#2f5a1c", 2) +
      path("M16 70Q4 84 8 88L34 84ZM80 70Q92 84 88 88L62 84Z", "#4c8a2e"),
    horse: back("#a9cbe4", "#7da050", 64) + legs([30, 38, 62, 69], 58, "#5a371f") + oval(52, 52, 25, 13, "#7b4a28") + path("M28 54L22 26L36 20L46 46Z", "#7b4a28") + path("M8 38L22 20L36 18L34 30L16 42Z", "#85522e") +
      path("M32 20Q46 26 48 46L40 42Q40 30 30 24Z", "#2c1a0f") + path("M26 20L28 12L33 18Z", "#7b4a28") + line("M76 48Q88 54 84 74", "#2c1a0f", 5) + eye(24, 27, 2) + oval(11, 38, 1.5, 1.5, "#222"),
    ship: back("#bcd7ea", "#2f6a94", 62) + path("M6 56H90L80 76H18Z", "#23313f") + path("M6 56H90L88 61H9Z", "#b5332b") + box(28, 42, 44, 14, "#f2f2f2") + box(38, 31, 26, 11, "#e2e4e6") + box(46, 16, 9, 15, "#c8502a") +
      line("M32 49H68", "#37506b", 3) + line("M0 80Q12 76 24 80T48 80T72 80T96 80", "#7fb0cf", 2),
    truck: back("#c3d2da", "#6c6f72", 66) + box(4, 24, 56, 42, "#e4e4dc") + path("M60 36H76Q82 38 90 52V68H60Z", "#2467a8") + path("M66 41H75Q79 43 83 52H66Z", "#cfe4ee") + box(4, 64, 87, 6, "#2b2b2b") +
      wheel(20, 72, 9) + wheel(42, 72, 9) + wheel(76, 72, 9) + line("M4 36H60M4 48H60", "#bcbcb0", 1.5),
    apple: back("#e6dccb", "#b08a5a", 70) + path("M48 36Q64 22 78 36Q86 56 66 80Q56 86 48 81Q40 86 30 80Q10 56 18 36Q32 22 48 36Z", "#c8202c") + oval(32, 46, 6, 10, "#ee8a80") +
      line("M48 36Q48 24 54 16", "#5a3a1c", 3) + path("M52 24Q66 10 76 20Q64 30 52 24Z", "#5a9a34"),
    house: back("#9cc4e6", "#6f9a4a", 74) + box(20, 44, 56, 36, "#e9d7b4") + path("M12 46L48 16L84 46Z", "#a5452e") + box(42, 56, 13, 24, "#6b4326") + box(25, 53, 11, 11, "#9fc6dc") + box(61, 53, 11, 11, "#9fc6dc") + box(62, 20, 8, 16, "#8a5a44"),
  };
})();
