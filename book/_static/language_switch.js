// The switch keeps the reader's place and remembers the choice; without this script it is a plain link.
document.addEventListener("DOMContentLoaded", () => {
  // Sections, cells of code and terms are numbered alike in both languages, other anchors are not.
  const places = [...document.querySelectorAll("article :is([id^='section-'], [id^='cell-'], [id^='entry-'])")];

  const currentPlace = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const line = window.innerHeight / 4;
    // An address that names a place means it as long as it is in sight.
    const isThere = target && Math.abs(target.getBoundingClientRect().top - line) < window.innerHeight;
    if (isThere) return target.closest("section")?.querySelector(":scope > [id^='section-']");
    const passed = places.filter((place) => place.getBoundingClientRect().top < line);
    return window.scrollY > 0 ? passed.at(-1) : undefined;
  };

  for (const link of document.querySelectorAll("a.language-switch")) {
    link.addEventListener("click", () => {
      try {
        localStorage.setItem("lang", link.hreflang);
      } catch {
        // Storage is switched off: the choice holds for this click.
      }
      // What a movable figure keeps in the address, as #name=choice, means the same on the other side.
      const [, name] = location.hash.match(/^#(\w+)=/) ?? [];
      const { top, bottom } = document.getElementById(`widget-${name}`)?.getBoundingClientRect() ?? {};
      const anchor = top < window.innerHeight && bottom > 0 ? location.hash : currentPlace()?.id;
      if (anchor) link.hash = anchor;
    });
  }
});
