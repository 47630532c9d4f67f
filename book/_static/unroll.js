// A long page is laid out down to where the reader sees, and the rest in pieces while nothing else is to do
// (see .unrolling in book.css), so that it answers from the beginning. When all of it is there, what scrolls
// by itself becomes a stop of the Tab key; the theme sees to that only from the reader's first move on. It also
// fades at its edge as long as there is more behind it: a table that is merely cut shows wrong numbers.
window.addEventListener("load", () => {
  const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 20));
  const root = document.documentElement;
  const waiting = [...document.querySelectorAll(".unrolling article section > section")];
  const scrolling = "pre, .cell_output > .output, .pst-scrollable-table-container, .widget-scroll, div.math";
  const parts = [...document.querySelectorAll(scrolling)];
  // All are measured before any is changed, or the page would be laid out anew for each.
  const fade = (some) => {
    const hidden = some.map((part) => ({
      "scrolls-on": part.scrollWidth - part.clientWidth - part.scrollLeft > 1,
      "scrolls-down": part.scrollHeight - part.clientHeight - part.scrollTop > 1,
    }));
    some.forEach((part, n) => Object.entries(hidden[n]).forEach((each) => part.classList.toggle(...each)));
  };
  const unroll = () => {
    const section = waiting.shift();
    if (section) {
      section.style.contentVisibility = "visible";
      idle(unroll);
      return;
    }
    for (const part of parts) part.addEventListener("scroll", () => fade([part]), { passive: true });
    const measure = () => {
      for (const part of parts) {
        if (part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight) part.tabIndex = 0;
      }
      fade(parts);
    };
    measure();
    window.addEventListener("resize", measure);
    document.addEventListener("toggle", measure, true); // what lay in a fold had no width before
    root.classList.remove("unrolling");
  };
  idle(unroll);
});
// Paper has no folds.
window.addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((fold) => (fold.open = true)));
