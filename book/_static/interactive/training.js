/**
 * The trial solution in training: both methods, their solutions and their residuals after some iterations.
 */
"use strict";

interactive.kinds.training = (box, data) => {
  const slider = interactive.slider(box, "iteration", "Iteration", data.iterations, 0, update);
  interactive.playSlider(box, slider, 300);
  const left = interactive
    .drawing(
      box,
      "The trial solutions of both methods and the exact solution. How far they are apart is said below.",
    )
    .attr("data-clip", "solution");
  const right = interactive
    .drawing(
      box,
      "The size of both residuals on a logarithmic axis. Their largest values are said below.",
    )
    .attr("data-clip", "residual");
  const kinds = ["delta", "network"];
  interactive.legend(box, [
    ["exact", "exact"],
    ...data.methods.map((method, i) => [kinds[i], method.label]),
  ]);

  /** Where a method is at the chosen iteration; one that has ended stays where it was. */
  function at(method, k = slider.position) {
    return Math.min(k, method.cost.length - 1);
  }

  function update() {
    draw();
    tell();
  }

  function draw() {
    const solutions = interactive.plot(left, { x: [0, 1], y: [0, 12], name: "solution f(x)" });
    const residuals = interactive.plot(right, {
      x: [0, 1],
      y: [1e-8, 1e2],
      name: "size of the residual",
      log: true,
    });
    const points = data.fine.filter((_, i) => i % data.every === 0);
    data.methods.forEach((method, i) => {
      const k = at(method);
      solutions.curve(kinds[i], data.fine, method.solutions[k]);
      residuals.curve(kinds[i], data.fine, method.residuals[k]);
      residuals.dots(kinds[i], points, method.residuals[k].filter((_, j) => j % data.every === 0), 2.5);
    });
    solutions.curve("exact", data.fine, data.exact); // above, where it is met
  }

  function tell(chosen = slider.position) {
    const { shown } = interactive;
    const parts = ["Iteration ", shown("iteration", data.iterations[chosen]), ". "];
    data.methods.forEach((method, i) => {
      const k = at(method, chosen);
      parts.push(
        method.label[0].toUpperCase() + method.label.slice(1),
        k < chosen ? " has ended at iteration " : "",
        ...(k < chosen ? [shown(`last-${i}`, data.iterations[k])] : []),
        ": cost ",
        shown(`cost-${i}`, method.cost[k], 2),
        ", error ",
        shown(`error-${i}`, method.error[k], 2),
        ", largest residual ",
        shown(`largest-${i}`, method.largest[k], 2),
        ". ",
      );
    });
    interactive.read(box, ...parts);
  }

  interactive.keepDrawn(box, () => {
    draw();
    interactive.steady(box, (said) => {
      for (const k of data.iterations.keys()) said(tell(k));
    });
    tell();
  });
  update();
};
