/**
 * What the glossary says of a term, beside each link to it: under the pointer, or where the focus is. The table TERMS is
 * made by book/_ext/search_first.py. Escape closes a preview, and the pointer may move onto it.
 */
"use strict";

(() => {
  const box = document.createElement("div");
  box.id = "term-preview";
  box.setAttribute("role", "tooltip");
  box.className = "term-preview";
  box.hidden = true;
  document.body.append(box);
  let leaving = 0;
  let shownAt = null;

  function show(link, text) {
    clearTimeout(leaving);
    if (shownAt === link) return;
    hide();
    shownAt = link;
    link.setAttribute("aria-describedby", box.id);
    box.textContent = text;
    box.hidden = false;
    place(link);
    if (text.includes("\\(")) window.MathJax?.typesetPromise?.([box]).then(() => shownAt === link && place(link));
  }

  /** Below the link, or above it where there is no room below. */
  function place(link) {
    const at = link.getClientRects()[0];
    const left = Math.min(at.left, document.documentElement.clientWidth - box.offsetWidth - 8);
    const below = at.bottom + 6 + box.offsetHeight < innerHeight;
    box.style.left = `${Math.max(8, left) + scrollX}px`;
    box.style.top = `${(below ? at.bottom + 6 : at.top - 6 - box.offsetHeight) + scrollY}px`;
  }

  function hide() {
    clearTimeout(leaving);
    if (!shownAt) return;
    shownAt.removeAttribute("aria-describedby");
    shownAt = null;
    box.hidden = true;
    window.MathJax?.typesetClear?.([box]);
  }

  const leave = () => {
    leaving = setTimeout(hide, 200);
  };

  for (const link of document.querySelectorAll("main a[href*='glossary.html#term-']")) {
    const text = TERMS[decodeURIComponent(link.hash.slice(1))];
    if (!text) continue;
    link.removeAttribute("title");
    link.addEventListener("pointerenter", (event) => event.pointerType !== "touch" && show(link, text));
    link.addEventListener("focus", () => show(link, text));
    link.addEventListener("pointerleave", leave);
    link.addEventListener("blur", leave);
  }
  box.addEventListener("pointerenter", () => clearTimeout(leaving));
  box.addEventListener("pointerleave", leave);
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
})();
