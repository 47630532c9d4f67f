// A long page is laid out down to where the reader sees, and the rest in pieces while nothing else is to do
// (see .unrolling in book.css), so that it answers from the beginning.
window.addEventListener("load", () => {
  const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 20));
  const waiting = [...document.querySelectorAll(".unrolling article section > section")];
  const unroll = () => {
    const section = waiting.shift();
    if (!section) return;
    section.style.contentVisibility = "visible";
    idle(unroll);
  };
  unroll();
});
