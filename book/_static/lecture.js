/**
 * Lecture mode, for a projector: the button above the page or the key L. The sidebars go, code is folded, the text is
 * 24 pixels high. The keys Left and Right lead from section to section, B darkens the screen, L or Escape ends it.
 */
"use strict";

(() => {
  const page = document.documentElement;
  const article = document.querySelector("article.bd-article");
  const bar = document.querySelector(".article-header-buttons");
  if (!article || !bar) return;
  const KEY = "lecture-mode";
  const stops = [...article.querySelectorAll("h1, section > h2, section > h3")];

  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm lecture-button";
  button.title = "Lecture mode (L): ← and → lead from section to section, B darkens the screen";
  button.innerHTML = '<svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path fill="none"'
    + ' stroke="currentColor" stroke-width="2" d="M2 4h20M4 4v11h16V4M12 15v3m0 0l-4 4m4-4l4 4"/></svg>';
  button.setAttribute("aria-label", "Lecture mode");
  bar.prepend(button);

  const dark = document.createElement("div");
  dark.className = "lecture-blackout";
  dark.hidden = true;
  dark.addEventListener("click", () => blackout(false));
  document.body.append(dark);

  const on = () => page.classList.contains("lecture");

  /** What is in the middle of the screen stays there while everything grows or shrinks. */
  function keepingPlace(change) {
    const [seen] = [...article.querySelectorAll("p, h1, h2, h3, pre, img")]
      .filter((element) => element.getBoundingClientRect().bottom > 80);
    change();
    seen?.scrollIntoView({ block: "start", behavior: "instant" });
  }

  function turn(wanted) {
    keepingPlace(() => {
      page.classList.toggle("lecture", wanted);
      button.setAttribute("aria-pressed", wanted);
      for (const cell of article.querySelectorAll("div.cell_input")) fold(cell, wanted);
    });
    if (!wanted) blackout(false);
    // It lasts until the tab is closed, from chapter to chapter.
    if (wanted) sessionStorage.setItem(KEY, "on");
    else sessionStorage.removeItem(KEY);
  }

  /** Put a cell's code behind a line that opens it; what is folded already stays as it is. */
  function fold(cell, wanted) {
    const around = cell.closest("details");
    if (wanted && !around) {
      const details = document.createElement("details");
      details.className = "lecture-code";
      const summary = document.createElement("summary");
      summary.textContent = "Code";
      cell.before(details);
      details.append(summary, cell);
    } else if (!wanted && around?.classList.contains("lecture-code")) {
      around.replaceWith(cell);
    }
  }

  function blackout(wanted) {
    dark.hidden = !wanted;
  }

  /** Go to the section after, or before, the one at the top of the screen. */
  function go(forward) {
    const near = 4 + parseFloat(getComputedStyle(page).scrollPaddingTop || 0);
    const heights = stops.map((stop) => stop.getBoundingClientRect().top);
    const next = forward ? heights.findIndex((height) => height > near) : heights.findLastIndex((height) => height < -4);
    stops[next]?.scrollIntoView({ block: "start", behavior: "instant" });
  }

  button.addEventListener("click", () => turn(!on()));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable], dialog, .interactive, .playground");
    if (typing || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const key = event.key.toLowerCase();
    if (key === "l") turn(!on());
    else if (!on()) return;
    else if (key === "escape") turn(false);
    else if (key === "b") blackout(dark.hidden);
    else if (key === "arrowright" || key === "arrowleft") go(key === "arrowright");
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  button.setAttribute("aria-pressed", "false");
  if (sessionStorage.getItem(KEY)) turn(true);
})();
