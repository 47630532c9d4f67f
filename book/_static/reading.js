// How the book is read: with its code folded or not, and large for a room. The menu in the header keeps what is chosen
// in this browser; book/_templates/layout.html has put it in force before the page was seen.
for (const field of document.querySelectorAll(".reading-menu input")) {
  const root = document.documentElement;
  field.checked = root.getAttribute(field.name) === field.value;
  field.addEventListener("change", () => {
    const seen = [...document.querySelectorAll("article section > *")].find(
      (part) => part.tagName !== "SECTION" && part.getBoundingClientRect().bottom > innerHeight / 8,
    );
    const top = seen?.getBoundingClientRect().top;
    const chosen = field.checked ? field.value : "";
    root.setAttribute(field.name, chosen);
    localStorage.setItem(field.name, chosen);
    foldCode();
    if (seen) scrollBy({ top: seen.getBoundingClientRect().top - top, behavior: "instant" });
  });
}

// Paper is white.
let theme;
addEventListener("beforeprint", () => {
  theme = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
});
addEventListener("afterprint", () => (document.documentElement.dataset.theme = theme));
