// The options of a question become buttons, and the reason for the chosen one opens beside it. Without scripts, and
// on paper, the fold below the options holds all of it.
for (const fold of document.querySelectorAll("details.question")) {
  const options = fold.previousElementSibling;
  const reasons = fold.querySelectorAll("ol > li");
  options.classList.add("question-options");
  fold.classList.add("asked");
  [...options.children].forEach((option, n) => {
    const button = document.createElement("button");
    const reason = document.createElement("div");
    const right = reasons[n].textContent.trim().startsWith("✓");
    button.type = "button";
    button.ariaExpanded = "false";
    button.append(...(option.querySelector(":scope > p") ?? option).childNodes);
    button.querySelectorAll("a").forEach((link) => link.replaceWith(...link.childNodes)); // a button holds no other
    reason.role = "status"; // read out when it appears
    option.replaceChildren(button, reason);
    button.addEventListener("click", () => {
      const shown = button.ariaExpanded === "true";
      button.ariaExpanded = String(!shown);
      option.className = shown ? "" : right ? "right" : "wrong";
      reason.replaceChildren(...(shown ? [] : [...reasons[n].childNodes].map((node) => node.cloneNode(true))));
    });
  });
}
