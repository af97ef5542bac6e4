/**
 * What the interactive figures share: their boxes, controls and readings.
 *
 * The page holds a hidden box for each figure, with its numbers as JSON inside. The functions in
 * `interactive.kinds` fill the boxes once the page is read. Nothing is computed here: a control
 * chooses a position, and the numbers of that position are shown.
 *
 * For tests in a browser. A box is `#try-FIGURE[data-widget="graph|euler|training|features"]`, FIGURE being
 * the name of the figure above it; it loses its attribute `hidden` when it works. In it:
 *
 *   graph     button[name="first|back|next|last"], input[name="x"]; the keys Left, Right, Home and
 *             End do what the buttons do; in the drawing [data-name="value-a"], "tangent-a",
 *             "adjoint-a" and so on, as far as the steps have gone
 *   euler     select[name="problem"] where there are several, input[name="dx"], input[name="f0"]
 *   training  select[name="method"], input[name="iteration"]
 *   features  select[name="problem"], input[name="middle"], input[name="width"]
 *
 * A control has the id of the box, a hyphen, and its name. A slider counts positions 0, 1, 2, …;
 * its aria-valuetext says the value. The reading is the one `output` of the box. Each number in it,
 * and in the drawing of the graph, has the attributes data-name and, not rounded for the eye,
 * data-value.
 */
"use strict";

const interactive = (() => {
  /** The functions (box, data) that fill a box, by its data-widget. */
  const kinds = {};

  /** Make an element with attributes and children; a child may be a text. */
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  /** Write a number for people: 0.6407, −2, 10000, 1.014 · 10⁻¹¹. */
  function number(value, digits = 4) {
    const size = Math.abs(value);
    if (Number.isInteger(value) && size < 1e6) return d3.format("d")(value);
    const kind = size < 1e-3 || size >= 1e6 ? `.${digits - 1}~e` : `.${digits}~r`;
    const [mantissa, exponent] = d3.format(kind)(value).split("e");
    return exponent ? `${mantissa}\u00a0·\u00a010${superscript(Number(exponent))}` : mantissa;
  }

  /** Write a whole number as an exponent. */
  function superscript(exponent) {
    return [...String(exponent)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c])).join("");
  }

  /**
   * Split a formula into the letters of variables, which are slanted as in the text, and all else: words such as
   * exp, digits and signs. The letter d of a differential belongs to the letter behind it.
   */
  function letters(text) {
    return text.split(/(?<![\p{L}])(d?\p{L}\u0307?)(?![\p{L}])/u).map((part, i) => [part, i % 2 === 1]);
  }

  /** A formula as elements, for a control or a reading. */
  function formula(text) {
    return letters(text).map(([part, slanted]) => (slanted ? make("i", { class: "variable" }, part) : part));
  }

  /** Write a formula into a text of a drawing. */
  function inDrawing(selection, text) {
    for (const [part, slanted] of letters(text)) {
      if (part) selection.append("tspan").attr("class", slanted ? "variable" : null).text(part);
    }
    return selection;
  }

  /** A number that a test can read exactly. */
  function shown(name, value, digits) {
    return make("span", { "data-name": name, "data-value": value }, number(value, digits));
  }

  /**
   * Add a slider. Its positions are those of `values`; `changed(position)` is called on each move.
   * The result has `position`, and `values`, which may be replaced by others.
   */
  function slider(box, name, label, values, position, changed) {
    const id = `${box.root.id}-${name}`;
    const input = make("input", { type: "range", id, name, min: 0, step: 1 });
    const now = make("span", { class: "interactive-now", "aria-hidden": "true" });
    const control = {
      get position() {
        return Number(input.value);
      },
      /** Offer these values, and stand at one of them. */
      offer(newValues, newPosition) {
        values = newValues;
        input.max = values.length - 1;
        input.value = newPosition;
        tell();
      },
    };
    function tell() {
      now.textContent = number(values[control.position]);
      input.setAttribute("aria-valuetext", now.textContent);
    }
    input.addEventListener("input", () => {
      tell();
      changed();
    });
    const said = make("label", { for: id }, ...formula(label));
    box.controls.append(make("div", { class: "interactive-slider" }, said, now, input));
    control.offer(values, position);
    return control;
  }

  /** Add a menu of labels; `changed()` is called on each choice. */
  function menu(box, name, label, labels, changed) {
    const id = `${box.root.id}-${name}`;
    const options = labels.map((text, i) => make("option", { value: i }, text));
    const select = make("select", { id, name, autocomplete: "off" }, ...options);
    select.addEventListener("change", changed);
    box.controls.append(
      make("div", { class: "interactive-menu" }, make("label", { for: id }, label), select),
    );
    return select;
  }

  /** Add a legend: for each curve its class and its name. */
  function legend(box, entries) {
    const keys = entries.map(([kind, text]) => make("li", { class: `key-${kind}` }, text));
    box.stage.before(make("ul", { class: "interactive-legend" }, ...keys));
  }

  /** Add a drawing, which a screen reader calls by its label. */
  function drawing(box, label) {
    const holder = make("div", { class: "interactive-drawing" });
    box.stage.append(holder);
    return d3.select(holder).append("svg").attr("role", "img").attr("aria-label", label);
  }

  /** Draw now, and again when the width has changed. */
  function keepDrawn(box, draw) {
    let width = 0;
    new ResizeObserver(() => {
      // On paper the box has no width and is not drawn.
      if (box.stage.clientWidth && box.stage.clientWidth !== width) {
        width = box.stage.clientWidth;
        draw();
      }
    }).observe(box.stage);
  }

  /**
   * Keep the reading as high as its longest text, so that nothing moves while the figure is used: `tellEach` has it
   * say one after the other, and calls what it is given after each. Only the longest are laid out, which takes time.
   */
  function steady(box, tellEach) {
    const texts = [];
    tellEach(() => texts.push([box.reading.textContent.length, [...box.reading.childNodes]]));
    texts.sort(([one], [other]) => other - one);
    box.reading.style.minHeight = "";
    const heights = texts.slice(0, 5).map(([, parts]) => {
      read(box, ...parts);
      return box.reading.offsetHeight;
    });
    box.reading.style.minHeight = `${Math.max(...heights)}px`;
  }

  /** Show in the reading these texts and elements. */
  function read(box, ...parts) {
    box.reading.replaceChildren(...parts);
  }

  /** Fill a box: title, controls, drawings, reading. */
  function fill(root) {
    const data = JSON.parse(root.querySelector("script").textContent);
    const id = `${root.id}-title`;
    const box = {
      root,
      controls: make("div", { class: "interactive-controls" }),
      stage: make("div", { class: "interactive-stage" }),
      reading: make("output", { class: "interactive-reading", "aria-live": "polite" }),
    };
    const title = make("p", { class: "interactive-title", id }, root.dataset.title);
    root.append(title, box.controls, box.stage, box.reading);
    root.setAttribute("role", "group");
    root.setAttribute("aria-labelledby", id);
    root.hidden = false; // before drawing: what is hidden has no width
    try {
      kinds[root.dataset.widget](box, data);
    } catch (error) {
      root.hidden = true; // the figure above it stands alone
      throw error;
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(".interactive[data-widget]").forEach(fill);
  });

  return {
    kinds,
    make,
    number,
    superscript,
    formula,
    inDrawing,
    steady,
    shown,
    slider,
    menu,
    legend,
    drawing,
    keepDrawn,
    read,
  };
})();
