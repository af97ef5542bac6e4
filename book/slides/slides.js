/** An equation that has a narrow form (book/_ext/equation_forms.py) shows it where the wide one does not fit. */
"use strict";

// How wide a slide's formulas may be, in ex: alone, and beside a figure.
const ROOM = 48, BESIDE = 24;

document.addEventListener("DOMContentLoaded", async () => {
  await window.MathJax.startup.promise;
  // The speaker's window has no style sheet that would hide the second form, or the copy for a screen reader.
  for (const extra of document.querySelectorAll(".notes .math-narrow, .notes mjx-assistive-mml")) extra.remove();
  for (const wide of document.querySelectorAll(".shown .math-wide")) {
    const width = parseFloat(wide.querySelector("svg").getAttribute("width"));
    wide.parentElement.classList.toggle("narrow", width > (wide.closest(".beside") ? BESIDE : ROOM));
  }
});
