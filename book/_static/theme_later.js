// The theme's own scripts take longer than reading a page does, and nothing on it needs them before the
// reader moves: they are fetched beside all else, and run at the first move. A click on what they serve,
// or the keys for the search, that come before they are there are made again.
(() => {
  const signs = ["pointerdown", "pointermove", "keydown", "focusin", "wheel", "scroll", "touchstart"];
  const served = ".theme-switch-button, .search-button__button, .primary-toggle, .secondary-toggle";
  const scripts = document.currentScript.dataset.scripts.split(" ");
  let running = null;

  const load = (address) => new Promise((done) => {
    const script = document.createElement("script");
    script.onload = script.onerror = done;
    script.src = address;
    document.body.append(script);
  });

  function start() {
    running ??= scripts.reduce((before, address) => before.then(() => load(address)), Promise.resolve())
      .then(() => {
        window.removeEventListener("click", again, true);
        window.removeEventListener("keydown", again, true);
      });
    return running;
  }

  function again(event) {
    const control = event.type === "click" && event.target.closest(served);
    const search = event.type === "keydown" && (event.ctrlKey || event.metaKey) && event.key?.toLowerCase() === "k";
    if (!control && !search) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    start().then(() => (control ? control.click() : window.dispatchEvent(new KeyboardEvent("keydown", event))));
  }

  window.addEventListener("click", again, true);
  window.addEventListener("keydown", again, true);
  for (const sign of signs) window.addEventListener(sign, start, { once: true, passive: true, capture: true });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", start, { once: true });
})();
