// The search, as one types: what a term means, then the sections that hold all the words, best first. The index
// (book/_ext/search_index.py) is loaded when a reader turns to a search field, and not before.
(() => {
  const home = document.documentElement.dataset.content_root || "./";
  const FEW = 8, MANY = 60; // results in the dialog, on the page of the search
  // As BM25 counts: how soon more of a word counts less, and how much long sections pay. A word of the title, a
  // heading or in bold is what a section is about.
  const K = 2, B = 0.3, TOPIC = 1.5;
  let loading;

  const load = () => (loading ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = `${home}search_index.js`;
    script.onload = () => done(prepare(window.bookIndex));
    script.onerror = failed;
    document.head.append(script);
  }));

  // Letters and digits of any script, macOS's Hangul in one piece; a point only within a number.
  const plain = (text) => text.normalize("NFC").toLowerCase()
    .replace(/(?<!\d)\.|\.(?!\d)|[^\p{L}\p{N}.]+/gu, " ").trim();
  const squeezed = (text) => plain(text).replaceAll(" ", "");

  const prepare = ({ words, pages, terms }) => {
    const sections = pages.flatMap(([page, title, parts]) => parts.map(([anchor, heading, text, bold, share], number) => (
      { page, title, anchor: number ? anchor : "", heading, text, bold, share, length: text.length })));
    const mean = sections.reduce((sum, section) => sum + section.length, 0) / sections.length;
    const named = new Map(terms.flatMap((term) => term[0].map((name) => [squeezed(name), term])));
    return { words, sections, mean, named, particles: words.particles.split(" ") };
  };

  // What a word may carry at its end is taken off where the word as it was typed is not to be found.
  const bare = (word, particles) => {
    const end = particles.find((particle) => word.endsWith(particle) && word.length - particle.length > 1);
    return end ? word.slice(0, -end.length) : word;
  };

  // Between letters there may be a space or a hyphen: 혼동행렬 is 혼동 행렬, batchnorm is batch normalization.
  const pattern = (names) => {
    const loose = names.map((name) => [...squeezed(name)]
      .map((letter) => letter.replace(".", "\\.")).join("[\\s-]?"));
    return new RegExp(`(?<![a-z\\d])(?:${loose.join("|")})`, "giu");
  };
  const count = (text, sought) => (text.match(sought) || []).length;

  const closest = (word, named) => { // a name that one or two slips of the finger turn into the word
    const parts = [...word.normalize("NFD")];
    let best = null, least = parts.length > 4 ? 2.5 : 1.5;
    for (const name of named.keys()) {
      const other = [...name.normalize("NFD")];
      if (Math.abs(other.length - parts.length) >= least) continue;
      let row = other.map((_, at) => at + 1);
      parts.forEach((part, at) => {
        let [before, left] = [at, at + 1];
        row = other.map((letter, to) => {
          const cost = Math.min(row[to] + 1, left + 1, before + (letter !== part));
          [before, left] = [row[to], cost];
          return cost;
        });
      });
      if (row.at(-1) < least) [best, least] = [name, row.at(-1)];
    }
    return best;
  };

  const find = ({ sections, mean, named, particles }, query) => {
    const term = [squeezed(query), bare(squeezed(query), particles)].map((name) => named.get(name)).find(Boolean);
    const typed = term ? [squeezed(query)] : plain(query).split(" ").filter(Boolean);
    const sought = typed.map((word) => {
      const known = named.get(word) ?? named.get(bare(word, particles));
      const whole = pattern(known ? known[0] : [word]);
      const found = sections.some(({ text, heading, title }) => (`${title} ${heading} ${text}`).search(whole) >= 0);
      return found ? whole : pattern([bare(word, particles)]);
    });
    const counts = sought.map((one) => sections.map((section) => ({
      text: count(section.text, one),
      heading: count(section.heading, one),
      // Where it is a topic, of the page or the section, or introduced in bold.
      topic: ["title", "heading", "bold"].filter((part) => count(section[part], one)).length,
    })));
    const holds = (one) => one.text + one.heading > 0;
    const weights = counts.map((column) => Math.log(1 + sections.length / (1 + column.filter(holds).length)));
    const hits = sections.map((section, at) => {
      const mine = counts.map((column) => column[at]);
      const score = mine.reduce((sum, one, word) => sum + weights[word] * (
        (one.text * (K + 1)) / (one.text + K * (1 - B + B * Math.max(1, section.length / mean)))
        + TOPIC * one.topic), 0);
      // Of several words, a section that has most is worth more than one that has one often.
      const matched = mine.filter(holds).length;
      return { ...section, matched, score: section.share * score * (matched / mine.length) };
    });
    const listed = hits.filter((hit) => hit.matched * 2 >= sought.length).sort((a, b) => b.score - a.score);
    if (term) { // its sentence before the sections, which its page has as well
      const [names, sentence, page, anchor] = term;
      const { title } = sections.find((section) => section.page === page);
      listed.unshift({ page, anchor, title: names[0], heading: title, text: sentence });
    }
    return { listed, sought };
  };

  // What is found nowhere is taken for the term that it most resembles.
  const search = (index, query) => {
    const found = find(index, query);
    const meant = found.listed.length ? null : closest(squeezed(query), index.named);
    return meant ? find(index, meant) : found;
  };

  const element = (tag, className, ...content) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...content);
    return made;
  };

  const excerpt = (text, sought) => {
    const first = Math.max(0, ...sought.map((one) => text.search(one)).filter((at) => at >= 0).slice(0, 1));
    const begin = first < 60 ? 0 : text.lastIndexOf(" ", first - 40) + 1;
    const piece = text.slice(begin, begin + 160);
    const parts = piece.split(new RegExp(`(${sought.map((one) => one.source).join("|")})`, "giu"));
    const marked = parts.map((part, at) => (at % 2 ? element("mark", "", part) : part));
    return [begin ? "… " : "", ...marked, begin + 160 < text.length ? " …" : ""];
  };

  const show = (place, { listed, sought }, words, most, all) => {
    const hits = listed.slice(0, most).map((hit) => {
      const name = hit.heading && hit.heading !== hit.title ? ` › ${hit.heading}` : "";
      const link = element("a", "", element("strong", "", hit.title, name), element("span", "", ...excerpt(hit.text, sought)));
      link.href = `${home}${hit.page}.html${hit.anchor ? `#${hit.anchor}` : ""}`;
      return element("li", "", link);
    });
    const said = listed.length ? words.found.replace("{}", listed.length) : words.none;
    const status = element("p", "search-status", said);
    status.setAttribute("role", "status");
    place.replaceChildren(status, element("ol", "search-hits", ...hits));
    if (listed.length > most && all) {
      const more = element("a", "search-all", words.all);
      more.href = all;
      place.append(more);
    }
  };

  const serve = (input) => {
    const page = document.getElementById("search-results");
    const isDialog = Boolean(input.closest("dialog"));
    const place = isDialog ? input.form.insertAdjacentElement("afterend", element("div", "search-place")) : page;
    if (!place) return;
    let wanted = "";
    const answer = async () => {
      const query = wanted = input.value;
      if (!plain(query)) return place.replaceChildren();
      const index = await load();
      if (query !== wanted) return; // typed on meanwhile
      const found = search(index, query);
      const all = isDialog && `${input.form.action}?q=${encodeURIComponent(query)}`;
      show(place, found, index.words, isDialog ? FEW : MANY, all);
      if (!isDialog) history.replaceState(null, "", `?q=${encodeURIComponent(query)}`);
    };
    input.addEventListener("focus", load, { once: true });
    input.addEventListener("input", answer);
    input.form.addEventListener("keydown", (event) => step(event, input, place));
    place.addEventListener("keydown", (event) => {
      if (event.key === "Escape") input.closest("dialog")?.close(); // by itself it would, but for Sphinx
      step(event, input, place);
    });
    const asked = !isDialog && new URLSearchParams(location.search).get("q");
    if (asked) {
      input.value = asked;
      answer();
    }
  };

  // The arrows lead from the field through the results and back.
  const step = (event, input, place) => {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const stops = [input, ...place.querySelectorAll("a")];
    const at = stops.indexOf(document.activeElement);
    if (!way || at < 0 || stops.length < 2) return;
    event.preventDefault();
    stops[Math.min(Math.max(at + way, 0), stops.length - 1)].focus();
  };

  window.bookSearch = async (query) => search(await load(), query).listed; // for the tests
  document.querySelectorAll("form.bd-search input").forEach(serve);
})();
