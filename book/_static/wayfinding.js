// Where the reader is: the entry of the page's contents, how far the page has been read, and which chapters have been
// read. Only this browser keeps it; where it refuses, nothing is kept.
(() => {
  const KEY = "alexnet-on-cifar-10.read";
  const kept = (() => {
    try {
      return { pages: {}, ...JSON.parse(localStorage.getItem(KEY)) };
    } catch {
      return { pages: {} };
    }
  })();
  const keep = (content) => {
    try {
      if (content) localStorage.setItem(KEY, JSON.stringify(content));
      else localStorage.removeItem(KEY);
    } catch {
      // Storage is switched off, or full.
    }
  };
  const nameOf = ({ pathname }) => pathname.split("/").pop().replace(/\.html$/, "");
  const isRead = (name) => {
    const { seen, all } = kept.pages[name] ?? {};
    return all > 0 && seen.length === all;
  };

  // What has been read is ticked wherever it is listed.
  const tick = () => {
    for (const link of document.querySelectorAll(".bd-links a, .contents-list a")) {
      link.classList.toggle("was-read", isRead(nameOf(link)));
    }
  };
  tick();

  // The first page leads back to where the reader was.
  const resume = document.querySelector(".resume");
  if (resume) {
    const make = (tag, textContent, more) => Object.assign(document.createElement(tag), { textContent, ...more });
    const [note, words, forget] = resume.children;
    const { page, place } = kept.last ?? {};
    const chapter = [...document.querySelectorAll(".contents-list a")].find((link) => nameOf(link) === page);
    const show = (shown) => [note, words].forEach((each) => each.classList.toggle("shown", each === shown));
    if (chapter) {
      const { seen, all } = kept.pages[page];
      const link = make("a", chapter.textContent, { href: chapter.href, hash: place ?? "" });
      const button = make("button", forget.textContent, { type: "button" });
      button.addEventListener("click", () => {
        keep(null);
        kept.pages = {};
        tick();
        show(note);
      });
      words.replaceChildren(make("span", words.textContent), link, make("span", `${seen.length}/${all}`), button);
    }
    show(chapter ? words : note);
  }

  const article = document.querySelector("article.bd-article");
  if (!article) return; // the page of the search
  const sections = [...article.querySelectorAll(":scope > section > section")];
  const links = [...document.querySelectorAll("#page-contents a")];
  const targets = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  const bar = document.createElement("div");
  bar.className = "reading-progress";
  document.body.append(bar);

  const mark = (current) => {
    links.forEach((link) => {
      link.classList.toggle("active", link === current);
      if (link === current) link.ariaCurrent = "true";
      else link.removeAttribute("aria-current");
    });
    document.querySelectorAll("#page-contents .toc-entry").forEach((entry) =>
      entry.classList.toggle("active", entry.contains(current ?? null)));
    const frame = current?.closest(".bd-sidebar-secondary");
    if (!frame) return;
    const [inner, outer] = [current, frame].map((part) => part.getBoundingClientRect());
    // Only the contents move, and not the page with them.
    if (inner.top < outer.top || inner.bottom > Math.min(outer.bottom, innerHeight)) {
      frame.scrollTop += inner.top - outer.top - outer.height / 3;
    }
  };

  const remember = (place) => {
    const page = nameOf(location);
    if (!/^\d\d_/.test(page)) return;
    const { seen = [] } = kept.pages[page] ?? {};
    const inView = sections.flatMap((section, number) => {
      const { top, bottom } = section.getBoundingClientRect();
      return top < innerHeight && bottom > 0 ? [number] : [];
    });
    const known = [...new Set([...seen, ...inView])].filter((number) => number < sections.length);
    const next = { pages: { ...kept.pages, [page]: { seen: known, all: sections.length } }, last: { page, place } };
    if (JSON.stringify(next) === JSON.stringify(kept)) return;
    Object.assign(kept, next);
    keep(kept);
    tick();
  };

  const follow = () => {
    const { top, height } = article.getBoundingClientRect();
    const isAtEnd = top + height <= innerHeight;
    bar.style.transform = `scaleX(${Math.min(1, Math.max(0, -top / Math.max(1, height - innerHeight)))})`;
    const passed = targets.findLastIndex((section) => section.getBoundingClientRect().top <= innerHeight / 4);
    const at = isAtEnd && scrollY > 0 ? links.length - 1 : passed;
    mark(links[at]);
    remember(targets[at]?.querySelector(":scope > [id^='section-']")?.id);
  };
  let waiting = 0;
  const soon = () => (waiting ||= requestAnimationFrame(() => {
    waiting = 0;
    follow();
  }));
  for (const event of ["scroll", "resize", "click", "load"]) addEventListener(event, soon, { passive: true });
})();
