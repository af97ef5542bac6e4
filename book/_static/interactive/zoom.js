/**
 * The finite difference: the secant over a step, seen from ever nearer, beside the V of its errors.
 */
"use strict";

interactive.kinds.zoom = (box, data) => {
  const h = interactive.slider(box, "h", "h", data.h, data.start, update);
  interactive.playSlider(box, h, 450);
  const left = interactive
    .drawing(
      box,
      "The function near 0.8 in a window of two steps h, with its secant and its tangent. Their slopes are said below.",
    )
    .attr("data-clip", "window");
  const right = interactive
    .drawing(box, "The V: the error against the step h, with a dot at the step of the slider.")
    .attr("data-clip", "valley");
  interactive.legend(box, [
    ["network", "f, as computed"],
    ["delta", "secant over h"],
    ["exact", "tangent"],
  ]);
  let valley;
  const place = interactive.handle(right, "Move the step h", (px) => {
    const exponent = Math.log10(valley.at(px, 0)[0]);
    h.move(nearest(data.h.map(Math.log10), exponent));
  });

  function nearest(values, value) {
    const far = values.map((one) => Math.abs(one - value));
    return far.indexOf(Math.min(...far));
  }

  function update() {
    draw();
    tell();
  }

  function draw() {
    const k = h.position;
    const curve = data.curves[k];
    const run = curve.map((_, i) => -0.5 + (2 * i) / (curve.length - 1));
    const near = interactive.plot(left, {
      x: [-0.5, 1.5],
      y: [-1, 4],
      name: "(f(x) − f(0.8)) / h",
      xName: "(x − 0.8) / h",
    });
    const line = (slope) => [[-0.5, -0.5 * slope, 1.5, 1.5 * slope]];
    near.lines("exact", line(data.slope));
    near.curve("network", run, curve);
    near.lines("delta", line(data.secants[k]));
    near.dots("delta", [0, 1], [0, data.secants[k]], 5);

    const ends = [data.h[data.h.length - 1], data.h[0]];
    valley = interactive.plot(right, {
      x: ends,
      y: [1e-9, 1e2],
      name: "error of the slope",
      log: true,
      xLog: true,
      xName: "h",
    });
    valley.curve("field", data.h, data.valley);
    valley.dots("field", data.h, data.errors, 2.5);
    place(valley.x(data.h[k]), valley.y(data.errors[k]));
  }

  function tell(k = h.position) {
    const { shown, formula } = interactive;
    const parts = [
      ...formula("h\u00a0=\u00a0"),
      shown("h", data.h[k]),
      ": the secant has the slope ",
      shown("secant", data.secants[k], 9),
      ", the tangent ",
      shown("slope", data.slope, 9),
      ". The error is ",
      shown("error", data.errors[k], 2),
      ". Two numbers next to each other near 0.8 are ",
      shown("gap", data.gap[k], 2),
      ...formula("\u00a0h apart."),
    ];
    interactive.read(box, ...parts);
  }

  interactive.keepDrawn(box, () => {
    draw();
    interactive.steady(box, (said) => {
      for (const k of data.h.keys()) said(tell(k));
    });
    tell();
  });
  update();
};
