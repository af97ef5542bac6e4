/**
 * Curves in a frame, for the playground and for the picture of it that moves.
 *
 * The frame stretches with the page and the thickness of its lines does not; what is written at the axes is text of
 * the page. So nothing has to be drawn anew when the page changes its width.
 */
"use strict";

const playground = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const SIDE = 1000; // of the frame, in the units of its drawing

  /** Make an element with properties and children; a property with a hyphen is an attribute. */
  function make(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      name.includes("-") || name === "role" || name === "for" ? element.setAttribute(name, value) : (element[name] = value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  function drawn(tag, attributes) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  const superscript = (exponent) => [...String(exponent)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c])).join("");

  /** Write a number for people: 0.64, −2, 1.4 · 10⁻¹¹. */
  function number(value, digits = 2) {
    if (!Number.isFinite(value)) return "unknown";
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size >= 1e-3 && size < 1e5) return String(Number(value.toPrecision(Math.max(digits, 2)))).replace("-", "−");
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    return `${mantissa.replace("-", "−")}\u00a0·\u00a010${superscript(Number(exponent))}`;
  }

  /** Round numbers between two ends, at most about so many. */
  function ticks(low, high, most) {
    const raw = (high - low) / most;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= raw);
    const found = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) found.push(k * step);
    return found;
  }

  class Chart {
    /** A frame; `label` is for who does not see it, `name` stands above it, `log` has powers of ten. */
    constructor(label, name, {log = false} = {}) {
      this.log = log;
      this.name = make("div", {className: "pg-name"}, name);
      this.svg = drawn("svg", {
        viewBox: `0 0 ${SIDE} ${SIDE}`, preserveAspectRatio: "none", role: "img", "aria-label": label});
      this.grid = drawn("g", {class: "pg-grid"});
      this.inside = drawn("g", {});
      this.svg.append(this.grid, this.inside);
      this.marks = make("div", {"aria-hidden": "true"});
      this.element = make("div", {className: "pg-chart"}, this.name, make("div", {className: "pg-frame"}, this.svg, this.marks));
      this.paths = new Map();
      this.seen = "";
    }

    /** Set the ends of both axes. */
    axes([x0, x1], [y0, y1]) {
      [this.x0, this.x1, this.y0, this.y1] = [x0, x1, y0, y1];
      const seen = [x0, x1, y0, y1].join();
      if (seen === this.seen) return;
      this.seen = seen;
      const places = [];
      const lines = [];
      for (const x of ticks(x0, x1, 5)) {
        const at = (100 * (x - x0)) / (x1 - x0);
        places.push(make("span", {className: "pg-x", style: `left: ${at}%`}, number(x, 4)));
        lines.push(`M${10 * at} 0V${SIDE}`);
      }
      const rows = this.log ? ticks(y0, y1, 5).filter(Number.isInteger) : ticks(y0, y1, 5);
      for (const y of rows) {
        const at = (100 * (y1 - y)) / (y1 - y0);
        places.push(make("span", {className: "pg-y", style: `top: ${at}%`}, this.log ? `10${superscript(y)}` : number(y, 4)));
        lines.push(`M0 ${10 * at}H${SIDE}`);
      }
      this.marks.replaceChildren(...places);
      this.grid.replaceChildren(drawn("path", {d: lines.join("")}));
    }

    /** Draw the curve of this name, or move it; without numbers it goes. */
    curve(name, kind, xs = [], ys = []) {
      let path = this.paths.get(name);
      if (!path) {
        path = drawn("path", {});
        this.paths.set(name, path);
        this.element.classList.remove("pg-waiting");
        this.inside.append(path);
      }
      path.setAttribute("class", `pg-curve ${kind}`);
      const across = SIDE / (this.x1 - this.x0);
      const up = SIDE / (this.y1 - this.y0);
      let d = "";
      let pen = "M";
      for (let k = 0; k < xs.length; k++) {
        const y = SIDE - (ys[k] - this.y0) * up;
        if (Number.isFinite(y)) {
          d += `${pen}${((xs[k] - this.x0) * across).toFixed(1)} ${Math.max(-SIDE, Math.min(2 * SIDE, y)).toFixed(1)}`;
        }
        pen = Number.isFinite(y) ? "L" : "M";
      }
      path.setAttribute("d", d);
    }

    /** Take away all curves, and the frame until there is one again; its place is kept. */
    clear() {
      this.keep([]);
      this.element.classList.add("pg-waiting");
    }

    /** Take away the curves whose names are not among these. */
    keep(names) {
      for (const [name, path] of this.paths) {
        if (names.includes(name)) continue;
        path.remove();
        this.paths.delete(name);
      }
    }
  }

  /** So many equal steps from one number to another. */
  const spaced = (from, to, count) => Array.from({length: count}, (_, k) => from + ((to - from) * k) / (count - 1));

  /**
   * A film of a network in training, as playground_page.py has computed it: `show(time)` draws the moment,
   * time running from 0 to `length`, one unit for each frame.
   */
  class Film {
    constructor(solution, cost, data) {
      Object.assign(this, {solution, cost, data});
      this.length = data.frames.length - 1;
      this.xs = spaced(...data.x, data.frames[0][0].length);
      const [low, high] = data.y;
      this.value = (height) => low + (height / SIDE) * (high - low);
      const powers = data.costs.map(Math.log10);
      this.powers = powers;
      this.costAxis = [Math.floor(Math.min(...powers)), Math.ceil(Math.max(...powers))];
    }

    show(time) {
      const {data, solution, cost} = this;
      const k = Math.min(Math.floor(time), this.length - 1);
      const part = Math.min(time - k, 1);
      solution.axes(data.x, data.y);
      const names = [];
      data.target.forEach((target, j) => {
        const now = data.frames[k][j].map((a, i) => this.value(a + part * (data.frames[k + 1][j][i] - a)));
        solution.curve(`target ${j}`, "pg-target", this.xs, target.map(this.value));
        solution.curve(`curve ${j}`, `pg-unknown-${j}`, this.xs, now);
        names.push(`target ${j}`, `curve ${j}`);
      });
      solution.keep(names);
      const step = data.steps[k] + part * (data.steps[k + 1] - data.steps[k]);
      const whole = Math.floor(step);
      cost.axes([0, data.steps[this.length]], this.costAxis);
      cost.curve("cost", "pg-cost", [...this.powers.keys()].slice(0, whole + 1), this.powers.slice(0, whole + 1));
      return {step: whole, cost: data.costs[whole]};
    }
  }

  return {make, number, superscript, ticks, spaced, Chart, Film};
})();
