/**
 * A search answers first with what carries the word in its name: a term, a number, a title. The table SEARCH_FIRST
 * is made by book/_ext/search_first.py. What Sphinx finds by words follows.
 */
"use strict";

(() => {
  const plain = (text) => text.toLowerCase().replace(/[’'`]/g, "").split(/[^\p{L}\d.]+/u)
    .map((word) => word.replace(/\.+$/, "").replace(/(?<=..)(?<!s)s$/, "")).filter(Boolean).join(" ");

  /** How well an entry answers: its name, the beginning of its name, a word of it, or of what is said of it. */
  function rank(entry, query) {
    const name = plain(entry.name);
    if (name === query) return 4;
    if (name.startsWith(`${query} `)) return 3;
    if (` ${name} `.includes(` ${query} `)) return 2;
    return entry.also && ` ${plain(entry.also)} `.includes(` ${query} `) ? 1 : 0;
  }

  const bySphinx = Search._performSearch;
  Search._performSearch = (query, ...others) => {
    const wanted = plain(query).replace(/^(chapter|section|exercise|equation) (?=\S*\d)/, "");
    const first = SEARCH_FIRST.map((entry) => [rank(entry, wanted), entry])
      .filter(([good]) => wanted && good)
      .sort(([one], [other]) => other - one)
      .map(([, { page, title, anchor, kind }]) => [page, title, anchor, kind, 100, ""]);
    const place = ([page, , anchor]) => page + anchor;
    const taken = new Set();
    // The last of the list is shown first.
    return [...first, ...bySphinx(query, ...others).reverse()]
      .filter((result) => !taken.has(place(result)) && taken.add(place(result)))
      .reverse();
  };

  // The page that the reader chooses here marks the words. One reached in another way does not.
  let chosen = false;
  document.addEventListener("click", (event) => {
    chosen = Boolean(event.target.closest(".search a"));
  });
  addEventListener("pagehide", () => {
    if (!chosen) localStorage.removeItem("sphinx_highlight_terms");
  });
})();
