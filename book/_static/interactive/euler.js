/**
 * Euler's method: the polygon over the direction field, for each step and each initial value.
 */
"use strict";

interactive.kinds.euler = (box, data) => {
  const labels = data.problems.map((problem) => problem.label);
  const choice =
    labels.length > 1 ? interactive.menu(box, "problem", "Equation", labels, change) : null;
  let problem = data.problems[0];
  const dx = interactive.slider(box, "dx", "Δx", problem.dx, problem.start.dx, update);
  interactive.playSlider(box, dx, 600);
  const f0 = interactive.slider(box, "f0", "f(0)", problem.f0, problem.start.f0, update);
  const svg = interactive
    .drawing(
      box,
      "The direction field, the exact solution and Euler’s polygon. Their numbers stand below.",
    )
    .attr("data-clip", "frame");
  let plot;
  const place = interactive.handle(svg, "Move the initial value f(0)", (px, py) => f0.approach(plot.at(px, py)[1]));
  interactive.legend(box, [
    ["exact", "exact"],
    ["euler", "Euler"],
    ["field", "slope of the field"],
  ]);

  function change() {
    problem = data.problems[choice.value];
    dx.offer(problem.dx, problem.start.dx);
    f0.offer(problem.f0, problem.start.f0);
    update();
  }

  function update() {
    draw();
    tell();
  }

  function draw() {
    const [left, right, low, high] = problem.window;
    plot = interactive.plot(svg, { x: [left, right], y: [low, high], name: "f(x)" });
    const points = problem.points[dx.position];
    const polygon = problem.polygons[f0.position][dx.position];
    plot.lines("field", problem.field);
    plot.curve("exact", problem.fine, problem.exact[f0.position]);
    plot.curve("euler", points, polygon);
    plot.dots("euler", points, polygon, points.length > 30 ? 2.5 : 4);
    place(plot.x(left), plot.y(polygon[0]));
  }

  function tell(i = f0.position, j = dx.position) {
    const { shown, formula } = interactive;
    const [points, polygon] = [problem.points[j], problem.polygons[i][j]];
    const last = points.length - 1;
    const parts = [
      ...formula(`${problem.label}, f(0) = `),
      shown("f0", problem.f0[i]),
      ": ",
      shown("steps", last),
      " steps of ",
      ...formula("Δx\u00a0=\u00a0"),
      shown("dx", problem.dx[j]),
      ". At ",
      ...formula("x\u00a0=\u00a0"),
      shown("end", points[last]),
      " Euler’s polygon has ",
      shown("euler", polygon[last], 3),
      ", the exact solution ",
      shown("exact", problem.ends[i][j], 3),
      ". The largest error at its corners is ",
      shown("error", problem.errors[i][j], 3),
      ".",
    ];
    if (d3.min(polygon) < problem.window[2] || d3.max(polygon) > problem.window[3]) {
      parts.push(" The polygon leaves the picture.");
    }
    if (problem.factors) {
      parts.push(" Each step multiplies by ", shown("factor", problem.factors[j]));
      parts.push(`. ${problem.verdicts[j]}`);
    }
    interactive.read(box, ...parts);
  }

  /** Say what stands for every step from the lowest and the highest initial value, of every problem. */
  function tellEach(said) {
    const chosen = problem;
    for (problem of data.problems) {
      for (const i of [0, problem.f0.length - 1]) {
        for (const j of problem.dx.keys()) said(tell(i, j));
      }
    }
    problem = chosen;
  }

  interactive.keepDrawn(box, () => {
    draw();
    interactive.steady(box, tellEach);
    tell();
  });
  update();
};
