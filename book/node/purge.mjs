// Put the style sheets that all pages of a language load into one, without the rules that no page can use: those
// whose tags, classes and ids stand neither in the markup of a page nor anywhere in a script.
//
//     node book/node/purge.mjs FOLDER
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { PurgeCSS } from "purgecss";

const BUNDLE = "_static/site.css";
const LINK = /<link\b(?=[^>]*rel="stylesheet")[^>]*href="([^"?]+)[^>]*>\s*/g;
const ADDRESS = /url\(\s*["']?(?!data:|#)([^"')]+)["']?\s*\)/g;
const MARKUP = /<script(?![^>]* src=)[^]*?<\/script>|<[^>]+>/g;

const folder = process.argv[2];
const read = (name) => readFileSync(join(folder, name), "utf8");
const found = (suffix) => readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(suffix));

const pages = found(".html").filter((name) => !name.includes("/"));
const loaded = pages.map((page) => [...read(page).matchAll(LINK)].map(([, sheet]) => sheet));
const shared = loaded[0].filter((sheet) => loaded.every((sheets) => sheets.includes(sheet)));
// What a sheet names lies elsewhere as seen from the bundle.
const seen = (sheet) => (_, place) => `url("${posix.relative("_static", posix.join(posix.dirname(sheet), place))}")`;
const scripts = found(".js").filter((name) => name !== "search_index.js").map(read); // which is prose
const others = found(".css").filter((sheet) => !shared.includes(sheet)).map(read);
const raw = shared.map((sheet) => read(sheet).replace(ADDRESS, seen(sheet))).join("\n");
const [{ css }] = await new PurgeCSS().purge({
  content: [
    ...pages.map((page) => ({ raw: read(page).match(MARKUP).join("\n"), extension: "html" })),
    ...scripts.map((raw) => ({ raw, extension: "js" })),
  ],
  css: [{ raw: raw.replace(/\/\*(?!!)[^]*?\*\//g, "") }],
  fontFace: true,
  keyframes: true,
  variables: true,
  safelist: {
    standard: [/^bs-tooltip-/], // which the theme's script puts together
    variables: [...scripts, ...others, ...pages.map(read)].flatMap((text) => text.match(/--[\w-]+/g) ?? []),
  },
});
writeFileSync(join(folder, BUNDLE), css);
for (const page of pages) {
  const links = [`<link rel="stylesheet" href="${BUNDLE}">\n`];
  const bundled = read(page).replace(LINK, (link, sheet) => (shared.includes(sheet) ? links.pop() ?? "" : link));
  writeFileSync(join(folder, page), bundled);
}
for (const sheet of shared) rmSync(join(folder, sheet));
