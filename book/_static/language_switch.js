// The switch keeps the reader's place and remembers the choice; without this script it is a plain link.
document.addEventListener("DOMContentLoaded", () => {
  const sections = [...document.querySelectorAll("section")];

  // Sections are numbered alike in both languages, other anchors are not.
  const place = (section) => section?.querySelector(":scope > [id^='section-']")?.id;

  const currentSection = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target) return target.closest("section");
    const passed = sections.filter((section) => section.getBoundingClientRect().top < window.innerHeight / 4);
    return window.scrollY > 0 ? passed.at(-1) : undefined;
  };

  for (const link of document.querySelectorAll("a.language-switch")) {
    link.addEventListener("click", () => {
      try {
        localStorage.setItem("lang", link.hreflang);
      } catch {
        // Storage is switched off: the choice holds for this click.
      }
      const section = currentSection();
      // What a movable figure keeps in the address, as #name=choice, means the same on the other side.
      const hasChoice = location.hash.includes("=") && section?.querySelector(".widget");
      const anchor = hasChoice ? location.hash : place(section);
      if (anchor) link.hash = anchor;
    });
  }
});
