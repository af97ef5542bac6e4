/**
 * The parts that all interactive figures are made of: boxes, controls, readings, plots.
 *
 * The page holds a hidden box for each figure, with a question, its numbers as JSON, and tasks. The
 * functions in `interactive.kinds` fill the boxes once the page is read. Nothing is computed here: a
 * control chooses a position, and the numbers of that position are shown, or a formula of course_lib is.
 *
 * For tests in a browser. A box is `#try-FIGURE[data-widget="KIND"]`, FIGURE being the name of the
 * figure above it and KIND that of the script; it loses its attribute `hidden` when it works. A control
 * has the id of the box, a hyphen, and its name. A slider counts positions 0, 1, 2, …; its
 * aria-valuetext says the value. The button `play` moves one of the sliders, or takes the steps. In the
 * graph the keys Left, Right, Home and End do what its buttons do. The reading is the one `output` of
 * the box. Each number in it, and in the drawing of the graph, has the attributes data-name and, not
 * rounded for the eye, data-value.
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

  /** Write a number for people: 0.6407, −2, 10,000, 1.014 · 10⁻¹¹. */
  function number(value, digits = 4) {
    const size = Math.abs(value);
    if (Number.isInteger(value) && size < 1e8) return d3.format(size < 1e4 ? "d" : ",d")(value);
    const kind = size < 1e-3 || size >= 1e6 ? `.${digits - 1}~e` : `.${digits}~r`;
    const [mantissa, exponent] = d3.format(kind)(value).split("e");
    if (!exponent) return mantissa;
    const factor = { 1: "", "−1": "−" }[mantissa] ?? `${mantissa}\u00a0·\u00a0`;
    return `${factor}10${superscript(Number(exponent))}`;
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
      get last() {
        return values.length - 1;
      },
      /** Move to a position, as a hand would. */
      move(goal) {
        input.value = goal;
        tell();
        changed();
      },
      /** Move to the position whose value is nearest. */
      approach(value) {
        const far = values.map((one) => Math.abs(one - value));
        const goal = far.indexOf(Math.min(...far));
        if (goal !== control.position) control.move(goal);
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

  /**
   * Add the button Play, which calls `step()` again and again until that returns false. Whoever wants less motion
   * sees a slower and larger step: `step` is told how far to go.
   */
  function play(box, step, wait = 150) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)");
    const button = make("button", { type: "button", id: `${box.root.id}-play`, name: "play" }, "Play");
    let timer = null;
    function stop() {
      clearTimeout(timer);
      timer = null;
      button.textContent = "Play";
      box.reading.setAttribute("aria-live", "polite");
    }
    function go() {
      timer = setTimeout(go, calm.matches ? 1500 : wait);
      if (!step(calm.matches ? 4 : 1)) stop();
    }
    button.addEventListener("click", () => {
      if (timer) return stop();
      button.textContent = "Stop";
      box.reading.setAttribute("aria-live", "off"); // it would be read out at each step
      go();
    });
    for (const sign of ["pointerdown", "keydown"]) {
      box.root.addEventListener(sign, (event) => {
        if (timer && event.target !== button) stop(); // the reader's own hand goes first
      });
    }
    return button;
  }

  /**
   * Add the button Play for a slider: from where it stands to its end, or from its beginning. It stands behind the
   * slider, or in the row of a menu.
   */
  function playSlider(box, slider, wait, menu = null) {
    const button = play(box, (steps) => {
      const goal = slider.position === slider.last ? 0 : Math.min(slider.position + steps, slider.last);
      slider.move(goal);
      return goal < slider.last;
    }, wait);
    const row = make("div", { class: "interactive-buttons" }, button);
    (menu ? menu.parentNode : box.controls).append(row);
  }

  /**
   * Let a dot in a drawing be taken and moved; `moved(x, y)` is called with the place of the pointer in pixels. The
   * sliders do the same for the keyboard, so a screen reader need not know of it. The result places the dot, and may
   * write into it.
   */
  function handle(svg, label, moved, text = "") {
    const dot = svg.append("g").attr("class", "handle");
    dot.append("title").text(label);
    dot.append("circle").attr("class", "handle-field").attr("r", 20);
    dot.append("circle").attr("class", "handle-dot").attr("r", 9);
    dot.append("text").attr("dy", "0.35em").text(text);
    const node = svg.node(); // keeps the pointer while the dot is put on top of what is drawn anew
    let held = null;
    dot.node().addEventListener("touchstart", (event) => event.preventDefault(), { passive: false }); // nor scrolls
    dot.node().addEventListener("pointerdown", (event) => {
      event.preventDefault();
      held = event.pointerId;
      node.setPointerCapture(held);
    });
    node.addEventListener("pointermove", (event) => {
      if (event.pointerId !== held) return;
      const frame = node.getBoundingClientRect();
      moved(event.clientX - frame.left, event.clientY - frame.top);
    });
    node.addEventListener("lostpointercapture", () => {
      held = null;
    });
    return (x, y) => dot.attr("transform", `translate(${x},${y})`).raise();
  }

  /** Add a legend: for each curve its class and its name. */
  function legend(box, entries) {
    const keys = entries.map(([kind, text]) => make("li", { class: `key-${kind}` }, ...formula(text)));
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
      return box.reading.getBoundingClientRect().height;
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
    const tasks = root.querySelector(".interactive-tasks");
    root.prepend(make("p", { class: "interactive-title", id }, root.dataset.title));
    tasks.before(box.controls, box.stage, box.reading);
    tasks.setAttribute("role", "group");
    tasks.setAttribute("aria-labelledby", tasks.firstElementChild.id);
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
    play,
    playSlider,
    handle,
    legend,
    drawing,
    keepDrawn,
    read,
  };
})();

/**
 * Empty a drawing, but for what can be taken in it, and put axes on it.
 *
 * `x` and `y` are the ends of the axes; `name` stands above the vertical axis, `xName` at the end of the
 * other. With `log` the vertical axis has powers of ten, with `xLog` the other. The result draws curves,
 * dots and lines in the units of the axes, inside the frame, and holds the two scales.
 */
interactive.plot = (svg, { x: xEnds, y: yEnds, name, log = false, xLog = false, xName = "x" }) => {
  const width = svg.node().parentNode.clientWidth;
  const height = Math.max(220, Math.min(320, 0.7 * width));
  const [left, right, top, bottom] = [44, width - 18, 26, height - 36];
  const x = (xLog ? d3.scaleLog() : d3.scaleLinear()).domain(xEnds).range([left, right]);
  const y = (log ? d3.scaleLog() : d3.scaleLinear()).domain(yEnds).range([bottom, top]);
  svg.attr("width", width).attr("height", height).selectAll(":scope > :not(.handle)").remove();

  /** Put a power of ten at every tick, at most so many. */
  function powers(axis, ends, most) {
    const [low, high] = ends.map((end) => Math.round(Math.log10(end)));
    const every = Math.ceil((high - low + 1) / most);
    const shown = d3.range(Math.ceil(low / every) * every, high + 1, every);
    axis.tickValues(shown.map((p) => 10 ** p)).tickFormat((_, i) => `10${interactive.superscript(shown[i])}`);
  }
  const yAxis = d3.axisLeft(y).ticks(5).tickSizeOuter(0);
  if (log) powers(yAxis, yEnds, 6);
  const xAxis = d3
    .axisBottom(x)
    .ticks(Math.min(8, width / 60))
    .tickSizeOuter(0);
  if (xLog) powers(xAxis, xEnds, width / 45);
  svg.append("g").attr("class", "axis").attr("transform", `translate(0,${bottom})`).call(xAxis);
  svg.append("g").attr("class", "axis").attr("transform", `translate(${left},0)`).call(yAxis);
  svg
    .append("text")
    .attr("class", "axis-name")
    .attr("x", left)
    .attr("y", 14)
    .call(interactive.inDrawing, name);
  svg
    .append("text")
    .attr("class", "axis-name end")
    .attr("x", right)
    .attr("y", height - 4)
    .call(interactive.inDrawing, xName);

  const clip = `${svg.node().closest(".interactive").id}-${svg.node().dataset.clip}`;
  svg
    .append("clipPath")
    .attr("id", clip)
    .append("rect")
    .attr("x", left - 5)
    .attr("y", top - 4)
    .attr("width", right - left + 10)
    .attr("height", bottom - top + 4);
  const inside = svg.append("g").attr("clip-path", `url(#${clip})`);
  // Far outside the frame a coordinate may be too large to draw.
  const heightOf = (value) => Math.max(-1e4, Math.min(1e4, y(value)));

  return {
    x,
    y: heightOf,
    at: (px, py) => [x.invert(px), y.invert(py)],
    curve(kind, xs, ys) {
      const path = xs.map((value, i) => `${i ? "L" : "M"}${x(value)},${heightOf(ys[i])}`).join("");
      inside.append("path").attr("class", `curve curve-${kind}`).attr("d", path);
    },
    dots(kind, xs, ys, radius = 4) {
      inside
        .append("g")
        .attr("class", `dots-${kind}`)
        .selectAll("circle")
        .data(xs)
        .join("circle")
        .attr("cx", x)
        .attr("cy", (_, i) => heightOf(ys[i]))
        .attr("r", radius);
    },
    lines(kind, ends) {
      inside
        .append("g")
        .attr("class", `curve curve-${kind}`)
        .selectAll("line")
        .data(ends)
        .join("line")
        .attr("x1", (d) => x(d[0]))
        .attr("y1", (d) => y(d[1]))
        .attr("x2", (d) => x(d[2]))
        .attr("y2", (d) => y(d[3]));
    },
  };
};
