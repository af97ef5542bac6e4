/**
 * The trial solution in training: the solution and its residual after some iterations.
 */
"use strict";

interactive.kinds.training = (box, data) => {
  const labels = data.methods.map((method) => method.label);
  const choice = interactive.menu(box, "method", "Method", labels, change);
  let method = data.methods[0];
  const slider = interactive.slider(box, "iteration", "Iteration", method.iterations, 0, update);
  const left = interactive
    .drawing(
      box,
      "The trial solution and the exact solution. How far they are apart is said below.",
    )
    .attr("data-clip", "solution");
  const right = interactive
    .drawing(
      box,
      "The size of the residual on a logarithmic axis. Its largest value is said below.",
    )
    .attr("data-clip", "residual");
  interactive.legend(box, [
    ["exact", "exact"],
    ["network", "trial solution"],
    ["delta", "residual"],
    ["points", "training points"],
  ]);

  /** Take the other method, at the same iteration or the last one before it. */
  function change() {
    const iteration = method.iterations[slider.position];
    method = data.methods[choice.value];
    const kept = method.iterations.filter((k) => k <= iteration);
    slider.offer(method.iterations, kept.length - 1);
    update();
  }

  function update() {
    draw();
    tell();
  }

  function draw() {
    const k = slider.position;
    const [solution, residual] = [method.solutions[k], method.residuals[k]];
    const solutions = interactive.plot(left, { x: [0, 1], y: [0, 12], name: "solution f(x)" });
    solutions.curve("network", data.fine, solution);
    solutions.curve("exact", data.fine, data.exact); // above, where it is met

    const residuals = interactive.plot(right, {
      x: [0, 1],
      y: [1e-8, 1e2],
      name: "size of the residual",
      log: true,
    });
    const atPoints = (_, i) => i % data.every === 0;
    residuals.curve("delta", data.fine, residual);
    residuals.dots("delta", data.fine.filter(atPoints), residual.filter(atPoints), 2.5);
  }

  function tell(k = slider.position) {
    const { shown } = interactive;
    interactive.read(
      box,
      "Iteration ",
      shown("iteration", method.iterations[k]),
      ` of ${method.label}: cost `,
      shown("cost", method.cost[k], 3),
      ", largest residual ",
      shown("largest", method.largest[k], 3),
      ", largest error of the solution ",
      shown("error", method.error[k], 3),
      ".",
    );
  }

  interactive.keepDrawn(box, () => {
    draw();
    const chosen = method;
    interactive.steady(box, (said) => {
      for (method of data.methods) {
        for (const k of method.iterations.keys()) said(tell(k));
      }
    });
    method = chosen;
    tell();
  });
  update();
};
