// A press on a figure shows it large, with its caption, to be made larger still and moved about. Without scripts it
// is a link to the picture.
(({ close, larger, smaller }) => {
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const picture = make("img", {});
  const stage = make("div", { className: "figure-stage", tabIndex: 0 }, picture);
  const words = make("p", {});
  let fit, start, zoom;

  // What is in the middle stays there.
  const resize = (wanted) => {
    const middle = ["Left", "Top"].map((side, n) => {
      const [seen, whole] = n ? ["clientHeight", "scrollHeight"] : ["clientWidth", "scrollWidth"];
      const share = (stage[`scroll${side}`] + stage[seen] / 2) / stage[whole];
      return () => (stage[`scroll${side}`] = share * stage[whole] - stage[seen] / 2);
    });
    zoom = Math.min(Math.max(wanted, 1), 8);
    picture.style.width = `${zoom * fit}px`;
    for (const move of middle) move();
  };
  const button = (sign, name, act) => {
    const control = make("button", { type: "button", ariaLabel: name, title: name }, sign);
    control.addEventListener("click", act);
    return control;
  };
  const view = make(
    "dialog",
    { className: "figure-view" },
    make(
      "div",
      {},
      words,
      button("−", smaller, () => resize(zoom / 1.5)),
      button("+", larger, () => resize(zoom * 1.5)),
      button("✕", close, () => view.close()),
    ),
    stage,
  );
  picture.addEventListener("click", () => resize(zoom > start ? start : 2 * start));
  // A screen that is turned has another least zoom; what is in the middle stays there.
  addEventListener("resize", () => {
    if (!view.open) return;
    const wide = zoom * fit;
    measure();
    resize(wide / fit);
  });
  view.addEventListener("keydown", ({ key, ctrlKey, metaKey }) => {
    if (ctrlKey || metaKey) return; // the browser's own
    if ("+=".includes(key)) resize(zoom * 1.5);
    if (key === "-") resize(zoom / 1.5);
    if (key === "Escape") view.close(); // by itself it would, if Sphinx did not take the key away
  });
  document.querySelector("article").append(view); // where its colours are those of the page

  let shape;
  // The whole picture fits in at the least zoom; begin larger than in the page, if need be larger than the screen.
  const measure = () => {
    const [width, height] = shape;
    fit = Math.min(stage.clientWidth, (stage.clientHeight * width) / height);
    start = Math.max(1, (1.25 * width) / fit);
  };
  const show = (link) => {
    const image = link.querySelector("img");
    const caption = link.closest("figure").querySelector(".caption-text");
    words.textContent = view.ariaLabel = caption ? caption.textContent : image.alt;
    Object.assign(picture, { src: link.href, alt: image.alt, className: image.className });
    picture.style.width = 0;
    view.showModal();
    stage.focus();
    shape = ["width", "height"].map((name) => Number(image.getAttribute(name)));
    measure();
    resize(start);
    stage.scrollTo(0, 0);
  };
  for (const link of document.querySelectorAll("figure a.image-reference")) {
    link.ariaHasPopup = "dialog";
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      show(link);
    });
  }
})(document.currentScript.dataset);
