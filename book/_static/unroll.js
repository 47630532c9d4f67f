// A long page is laid out down to where the reader sees, and the rest in pieces while nothing else is to do
// (see .unrolling in book.css), so that it answers from the beginning. When all of it is there, what scrolls
// by itself becomes a stop of the Tab key; the theme sees to that only from the reader's first move on.
window.addEventListener("load", () => {
  const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 20));
  const root = document.documentElement;
  const waiting = [...document.querySelectorAll(".unrolling article section > section")];
  const unroll = () => {
    const section = waiting.shift();
    if (section) {
      section.style.contentVisibility = "visible";
      idle(unroll);
      return;
    }
    const parts = [...document.querySelectorAll("pre, .cell_output > .output, .pst-scrollable-table-container")];
    const scrolling = parts.filter((part) => part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight);
    for (const part of scrolling) part.tabIndex = 0;
    root.classList.remove("unrolling");
  };
  idle(unroll);
});
