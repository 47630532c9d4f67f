// What a term or a reference means, on a card beside it: where the mouse rests, where the keyboard is, and at the first
// tap of a finger; the second tap, like a click, follows the link. Without this script its title says the same.
(() => {
  const card = document.createElement("div");
  const more = document.createElement("a");
  const words = document.createElement("p");
  Object.assign(card, { className: "page-card", id: "page-card", hidden: true });
  card.append(more, words);
  let shown = null, timer, byFinger = false;

  const hide = () => {
    clearTimeout(timer);
    if (!shown) return;
    shown.title = words.textContent;
    shown.removeAttribute("aria-describedby");
    shown = null;
    card.hidden = true;
  };
  // Below the link, or above it where only there is room.
  const place = () => {
    const [line] = shown.getClientRects();
    if (!line) return hide();
    card.style.left = 0; // or it would be as narrow as the room beside its last place
    const { clientWidth, clientHeight } = document.documentElement;
    const left = Math.max(8, Math.min(line.left, clientWidth - card.offsetWidth - 8));
    const above = line.top - card.offsetHeight - 6;
    const isAbove = line.bottom + card.offsetHeight + 12 >= clientHeight && above > 0;
    Object.assign(card.style, { left: `${left + scrollX}px`, top: `${(isAbove ? above : line.bottom + 6) + scrollY}px` });
  };
  const show = (link) => {
    clearTimeout(timer);
    if (shown === link) return;
    hide();
    shown = link;
    words.textContent = link.title;
    more.textContent = `${link.textContent} →`;
    more.href = link.href;
    link.removeAttribute("title"); // or the browser would show it as well
    link.setAttribute("aria-describedby", card.id);
    document.body.append(card); // not before: a link that leads nowhere is none
    card.hidden = false;
    place();
  };
  const later = (act, wait) => {
    clearTimeout(timer);
    timer = setTimeout(act, wait);
  };

  for (const link of document.querySelectorAll("a:is(.glossary-term, .citation-link, .bibtex-citation a)[title]")) {
    link.addEventListener("pointerenter", ({ pointerType }) => pointerType === "mouse" && later(() => show(link), 250));
    link.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && later(hide, 250));
    link.addEventListener("pointerdown", ({ pointerType }) => (byFinger = pointerType !== "mouse"));
    link.addEventListener("focus", () => link.matches(":focus-visible") && !byFinger && show(link));
    link.addEventListener("blur", ({ relatedTarget }) => card.contains(relatedTarget) || hide());
    link.addEventListener("click", (event) => {
      if (byFinger && event.detail && shown !== link) {
        event.preventDefault();
        show(link);
      }
    });
  }
  card.addEventListener("pointerenter", () => clearTimeout(timer));
  card.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && later(hide, 250));
  addEventListener("resize", () => shown && place()); // the screen was turned, or its letters grew
  addEventListener("pagehide", hide); // or who comes back would find it open
  addEventListener("pointerdown", ({ target }) => shown && !card.contains(target) && !shown.contains(target) && hide());
  addEventListener("keydown", ({ key }) => {
    byFinger = false;
    if (key === "Escape") hide();
  });
})();
