/**
 * The modes of a fit: what gradient descent leaves of them, and what momentum leaves.
 */
"use strict";

interactive.kinds.modes = (box, data) => {
  const steps = interactive.slider(box, "steps", "steps", data.steps, 0, update);
  interactive.playSlider(box, steps, 500);
  const beta = interactive.slider(box, "beta", "β", data.beta, data.start, update);
  const left = interactive
    .drawing(box, "The residual over x, as both methods leave it: a sum of six modes. Their parts are said below.")
    .attr("data-clip", "residual");
  const right = interactive
    .drawing(box, "The part that is left of each of the six modes, on a logarithmic axis. It is said below.")
    .attr("data-clip", "parts");
  interactive.legend(box, [
    ["delta", "gradient descent"],
    ["network", "momentum"],
  ]);
  const numbers = data.ratios.map((_, k) => k + 1);
  const floor = 1e-5; // what is smaller lies on the ground

  function update() {
    draw();
    tell();
  }

  function draw() {
    const [i, j] = [beta.position, steps.position];
    const shape = interactive.plot(left, { x: [0, 1], y: [-6, 10], name: "what is left of the residual" });
    shape.lines("field", [[0, 0, 1, 0]]);
    const parts = interactive.plot(right, {
      x: [0.5, 6.5],
      y: [floor, 1e1],
      name: "what is left of mode k",
      log: true,
      xName: "k",
    });
    const ways = [
      ["delta", 0, -0.12],
      ["network", i, 0.12],
    ];
    for (const [kind, way, aside] of ways) {
      shape.curve(kind, data.x, data.residual[way][j]);
      const heights = data.left[way][j].map((part) => Math.max(Math.abs(part), floor));
      const places = numbers.map((k) => k + aside);
      parts.lines(kind, places.map((k, at) => [k, floor, k, heights[at]]));
      parts.dots(kind, places, heights);
    }
  }

  function tell(i = beta.position, j = steps.position) {
    const { shown, formula } = interactive;
    const gone = (way) => {
      const first = data.left[way][j].findIndex((part) => Math.abs(part) >= 0.01);
      return first < 0 ? numbers.length : first;
    };
    interactive.read(
      box,
      "After ",
      shown("steps", data.steps[j]),
      " steps with ",
      ...formula("γ\u00a0=\u00a0"),
      shown("gamma", data.gamma, 2),
      " gradient descent has brought the first ",
      shown("descent", gone(0)),
      " modes below a hundredth, momentum with ",
      ...formula("β\u00a0=\u00a0"),
      shown("beta", data.beta[i]),
      " the first ",
      shown("momentum", gone(i)),
      ". Of mode 4 they leave ",
      shown("descent-4", data.left[0][j][3], 2),
      " and ",
      shown("momentum-4", data.left[i][j][3], 2),
      ".",
    );
  }

  interactive.keepDrawn(box, () => {
    draw();
    interactive.steady(box, (said) => {
      for (const i of data.beta.keys()) for (const j of data.steps.keys()) said(tell(i, j));
    });
    tell();
  });
  update();
};
