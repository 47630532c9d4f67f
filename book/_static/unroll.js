// A long page is laid out down to where the reader sees, and the rest in pieces while nothing else is to do
// (see .unrolling in book.css), so that it answers from the beginning. When all of it is there, what scrolls
// by itself becomes a stop of the Tab key. It also fades at its edge as long as there is more behind it: a table
// that is merely cut shows wrong numbers.
window.addEventListener("load", () => {
  const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 20));
  const root = document.documentElement;
  const waiting = [...document.querySelectorAll(".unrolling article section > section")];
  const scrolling = "pre, .cell_output > .output, .pst-scrollable-table-container, .widget-scroll, div.math";
  const parts = [...document.querySelectorAll(scrolling)];
  // All are measured before any is changed, or the page would be laid out anew for each. What lies in a closed
  // fold has no width, and to ask for it would have the fold laid out.
  const measure = (some) => {
    const open = some.filter((part) => !part.closest("details:not([open])"));
    const behind = open.map((part) => [part.scrollWidth - part.clientWidth, part.scrollHeight - part.clientHeight]);
    const scrolled = open.map((part) => [part.scrollLeft, part.scrollTop]);
    open.forEach((part, n) => {
      if (Math.max(...behind[n]) > 0) part.tabIndex = 0;
      else part.removeAttribute("tabindex");
      part.classList.toggle("scrolls-on", behind[n][0] - scrolled[n][0] > 1);
      part.classList.toggle("scrolls-down", behind[n][1] - scrolled[n][1] > 1);
    });
  };
  const unroll = () => {
    const section = waiting.shift();
    if (section) {
      section.style.contentVisibility = "visible";
      idle(unroll);
      return;
    }
    for (const part of parts) part.addEventListener("scroll", () => measure([part]), { passive: true });
    measure(parts);
    window.addEventListener("resize", () => measure(parts));
    const opened = ({ target }) => measure(parts.filter((part) => target.contains(part)));
    document.addEventListener("toggle", opened, true);
    root.classList.remove("unrolling");
  };
  idle(unroll);
});
// Paper has no folds.
window.addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((fold) => (fold.open = true)));
