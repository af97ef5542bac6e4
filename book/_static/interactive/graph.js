/**
 * The graph of a function: its values, tangents and adjoints, one step at a time, for each x.
 */
"use strict";

interactive.kinds.graph = (box, data) => {
  const WIDE = 540; // pixels; the graph of a narrower box runs from top to bottom
  const KINDS = Object.keys(data.symbols);
  let step = data.first;

  const x = interactive.slider(box, "x", "x", data.x, data.start, update);
  const buttons = {
    first: ["First", () => 0],
    back: ["Back", () => step - 1],
    next: ["Next", () => step + 1],
    last: ["Last", () => data.steps.length - 1],
  };
  const row = interactive.make("div", { class: "interactive-buttons" });
  for (const [name, [label, goal]] of Object.entries(buttons)) {
    const id = `${box.root.id}-${name}`;
    const button = interactive.make("button", { type: "button", id, name }, label);
    button.addEventListener("click", () => go(goal()));
    row.append(button);
  }
  row.append(
    interactive.play(
      box,
      (steps) => {
        const last = data.steps.length - 1;
        go(step === last ? data.first : Math.min(step + steps, last));
        return step < last;
      },
      1200,
    ),
  );
  box.controls.append(row);

  const keys = { ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last" };
  box.root.addEventListener("keydown", (event) => {
    const moves = event.key in keys && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (moves && event.target.tagName !== "INPUT") {
      event.preventDefault();
      event.stopPropagation(); // the theme may turn pages with these keys
      go(buttons[keys[event.key]][1]());
    }
  });

  /** Go to a step, if there is one. */
  function go(goal) {
    if (goal < 0 || goal >= data.steps.length) return;
    step = goal;
    update();
  }

  const label = `The graph of f with the nodes ${data.titles.join(", ")}. Below it is said what`;
  const svg = interactive.drawing(box, `${label} the step has computed.`);

  function update() {
    for (const button of row.children) {
      const last = data.steps.length - 1;
      const ends = { first: 0, back: 0, next: last, last };
      if (!(button.name in ends)) continue;
      // Not disabled: the button would lose the focus.
      button.setAttribute("aria-disabled", step === ends[button.name]);
    }
    draw();
    tell();
  }

  /** Say a step: its formula with symbols, with numbers, and the result. */
  function tell(now = data.steps[step]) {
    const at = data.at[x.position];
    const numbers = now.numbers.replace(/\{(\w+) (\d+)\}/g, (_, kind, i) => {
      const text = interactive.number(at[kind][i]);
      return at[kind][i] < 0 ? `(${text})` : text;
    });
    const { make } = interactive;
    const name = data.names[now.node];
    const result = interactive.shown(`${now.kind}-${name}`, at[now.kind][now.node]);
    const parts = [data.symbols[now.kind][now.node], now.formula, numbers].filter((text) => text);
    const place = data.steps.indexOf(now) + 1;
    const count = make("span", { "data-name": "step", "data-value": place }, `${place}`);
    const head = make("span", { class: "interactive-step" }, "Step ", count);
    head.append(` of ${data.steps.length}: ${now.kind} of `, ...interactive.formula(name), ". ");
    const formula = make("span", { class: `interactive-formula ink-${now.kind}` });
    parts.forEach((text, i) => formula.append(make("span", {}, ...interactive.formula(i ? `= ${text}` : text)), " "));
    formula.append(make("span", {}, "= ", result));
    interactive.read(box, head, formula, ` ${now.remark}`);
  }

  /** The places of the boxes and the ways between them, from left to right or downwards. */
  function layout() {
    const width = box.stage.clientWidth;
    const wide = width >= WIDE;
    const columns = Math.max(...data.places.map(([column]) => column));
    const size = wide
      ? { width: Math.min(108, (width - 22 * columns) / (columns + 1)), height: 92 }
      : { width: 196, height: 48 };
    const along = wide ? (width - size.width - 4) / columns : size.height + 24;
    const aside = wide ? 70 : 116;
    const heights = data.places.map(([, height]) => height);
    const [low, high] = [Math.min(...heights), Math.max(...heights)];
    const middle = width / 2 + ((high + low) * aside) / 2;
    const place = ([column, height]) =>
      wide
        ? [2 + size.width / 2 + column * along, 2 + size.height / 2 + (high - height) * aside]
        : [middle - height * aside, 2 + size.height / 2 + column * along];
    const far = wide ? 4 + size.height + (high - low) * aside : 4 + size.height + columns * along;
    return { width, height: far, wide, size, place };
  }

  /** The curve of an edge, from one box to another and past those that stand between. */
  function curve(route, { wide, size, place }) {
    const half = (wide ? size.width : size.height) / 2 + 2;
    // Each stop is left behind the box that stands there, and reached before it.
    const sides = route.flatMap((at) =>
      [-half, half].map((shift) => {
        const [px, py] = place(at);
        return wide ? [px + shift, py] : [px, py + shift];
      }),
    );
    const way = sides.slice(1, -1);
    return way.slice(1).reduce((path, [x1, y1], i) => {
      const [x0, y0] = way[i];
      const bend = wide
        ? [(x0 + x1) / 2, y0, (x0 + x1) / 2, y1]
        : [x0, (y0 + y1) / 2, x1, (y0 + y1) / 2];
      return `${path}C${[...bend, x1, y1]}`;
    }, `M${way[0]}`);
  }

  function draw() {
    const plan = layout();
    const now = data.steps[step];
    const back = now.kind === "adjoint";
    svg.attr("width", plan.width).attr("height", plan.height).selectAll("*").remove();
    for (const kind of ["rest", ...KINDS]) {
      svg
        .append("marker")
        .attr("id", `${box.root.id}-arrow-${kind}`)
        .attr("class", `arrow fill-${kind}`)
        .attr("viewBox", "0 0 10 10")
        .attr("refX", 9)
        .attr("refY", 5)
        .attr("markerWidth", 9)
        .attr("markerHeight", 9)
        .attr("markerUnits", "userSpaceOnUse")
        .attr("orient", "auto-start-reverse")
        .append("path")
        .attr("d", "M0,1L10,5L0,9Z");
    }
    data.routes.forEach((route, k) => {
      const kind = now.along.includes(k) ? now.kind : "rest";
      svg
        .append("path")
        .attr("class", `edge line-${kind}`)
        .attr("d", curve(route, plan))
        .attr(
          back && kind !== "rest" ? "marker-start" : "marker-end",
          `url(#${box.root.id}-arrow-${kind})`,
        );
    });
    data.routes.forEach((route, k) => drawSlope(k, route, plan, now));
    data.places.forEach((at, i) => drawNode(i, plan.place(at), plan, now));
  }

  /** Write the slope along an edge beside it, as soon as a step has used it. */
  function drawSlope(k, route, { wide, size, place }, now) {
    if (!data.steps.slice(0, step + 1).some((one) => one.kind !== "value" && one.along.includes(k))) return;
    const slope = data.at[x.position].slope[k];
    const [one, other] = [place(route[0]), place(route[route.length - 1])];
    // A way past another box has its number there, a slanting one outside its bend.
    const past = route.length > 2;
    const [cx, cy] = past ? place(route[1]) : [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
    const slant = past ? 0 : Math.sign(wide ? other[1] - one[1] : other[0] - one[0]);
    const [tx, ty, anchor] = wide
      ? [cx + 13 * slant, cy - (slant ? 40 : 8), "middle"]
      : slant
        ? [Math.min(one[0], other[0]) - 10, cy + 4, "end"]
        : [cx + 8, cy + 4, "start"];
    const used = now.kind !== "value" && now.along.includes(k);
    svg
      .append("text")
      .attr("class", used ? `slope ink-${now.kind}` : "slope")
      .attr("x", tx)
      .attr("y", ty)
      .style("text-anchor", anchor)
      .attr("data-name", `slope-${k}`)
      .attr("data-value", slope)
      .text(interactive.number(slope, 2));
  }

  /** Draw a box with what is known of its node so far. */
  function drawNode(i, [cx, cy], { wide, size }, now) {
    const { width, height } = size;
    const node = svg
      .append("g")
      .attr("transform", `translate(${cx - width / 2},${cy - height / 2})`);
    const mine = i === now.node;
    node
      .append("rect")
      .attr("width", width)
      .attr("height", height)
      .attr("rx", 8)
      .attr("class", mine ? `node line-${now.kind}` : "node");
    const write = (row, text, style) => {
      // Four rows one below the other, or two rows of two.
      const [tx, ty] = wide
        ? [width / 2, 19 + 21.5 * row]
        : [(row % 2 ? 0.73 : 0.27) * width, row < 2 ? 19 : 39];
      const said = node.append("text").attr("x", tx).attr("y", ty).attr("class", style);
      return interactive.inDrawing(said, text);
    };
    write(0, data.titles[i], "node-title");
    KINDS.forEach((kind, row) => {
      const known = data.steps.findIndex((s) => s.kind === kind && s.node === i) <= step;
      if (!known) return;
      const value = data.at[x.position][kind][i];
      const text = interactive.number(value);
      write(row + 1, kind === "value" ? text : `${data.symbols[kind][i]} = ${text}`, `ink-${kind}`)
        .attr("data-name", `${kind}-${data.names[i]}`)
        .attr("data-value", value)
        .classed("current", mine && kind === now.kind);
    });
  }

  interactive.keepDrawn(box, () => {
    draw();
    interactive.steady(box, (said) => {
      for (const each of data.steps) said(tell(each));
    });
    tell();
  });
  update();
};
