/* What the theme leaves undone for a reader with a keyboard, with a screen reader, or without a server. */
(() => {
  "use strict";

  // Who comes for the first time gets the colours of their system; the theme calls that an error.
  document.documentElement.dataset.mode ||= "auto";

  // A page opened from the disk may not fetch the pages that a search finds, so it shows no extracts.
  if (location.protocol === "file:") {
    DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  }

  // A button is called what stands on it.
  for (const button of document.querySelectorAll(".search-button-field, details.hide > summary")) {
    button.removeAttribute("aria-label");
  }
  for (const icon of document.querySelectorAll(".theme-switch")) {
    icon.removeAttribute("title");
    icon.setAttribute("aria-hidden", "true");
  }

  // All that is on the page belongs to one of its parts.
  for (const sidebar of document.querySelectorAll("div.bd-sidebar-primary")) {
    sidebar.setAttribute("role", "region");
    sidebar.setAttribute("aria-label", "Book");
  }

  // The role that the bibliography gives its entries is out of use.
  for (const entry of document.querySelectorAll(".citation-list > [role=doc-biblioentry]")) {
    entry.setAttribute("role", "listitem");
  }

  // Paper is white: what is printed has the colours of the light theme.
  const page = document.documentElement.dataset;
  let theme = page.theme;
  addEventListener("beforeprint", () => {
    theme = page.theme;
    page.theme = "light";
  });
  addEventListener("afterprint", () => {
    page.theme = theme;
  });

  // No line begins with the sign that follows a formula.
  for (const formula of document.querySelectorAll("span.math")) {
    const [sign] = formula.nextSibling?.data?.match(/^[.,;:?!)]+/) ?? [];
    if (sign) {
      const together = document.createElement("span");
      together.style.whiteSpace = "nowrap";
      formula.nextSibling.data = formula.nextSibling.data.slice(sign.length);
      formula.replaceWith(together);
      together.append(formula, sign);
    }
  }

  // A long name breaks after a dot or an underscore.
  for (const name of document.querySelectorAll("code.literal .pre")) {
    if (name.textContent.length < 16) continue;
    name.replaceChildren(...name.textContent.split(/(?<=[._])(?=[a-z\d])/i).flatMap(
      (part, k) => (k ? [document.createElement("wbr"), part] : [part])));
  }

  // An equation that is wider than the page scrolls in its place: with the arrow keys too.
  const reachEquations = () => {
    for (const equation of document.querySelectorAll("mjx-container[display]")) {
      if (equation.scrollWidth > equation.clientWidth) {
        equation.tabIndex = 0;
      } else {
        equation.removeAttribute("tabindex");
      }
    }
  };
  addEventListener("load", () => {
    window.MathJax?.startup?.promise?.then(reachEquations);
  });
  addEventListener("resize", reachEquations);
})();
