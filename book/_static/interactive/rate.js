/**
 * The rate of gradient descent: on a valley, where there is a border, and on a network, which moves its own.
 */
"use strict";

interactive.kinds.rate = (box, data) => {
  const gamma = interactive.slider(box, "gamma", "γ", data.gamma, data.start, update);
  interactive.playSlider(box, gamma, 900);
  const drawings = {
    valley: "Thirty steps in a valley with two parameters, from above. What becomes of them is said below.",
    costs: "The cost of the network against the step, on a logarithmic axis. Its last value is said below.",
    borders: "The border of the rate for the network, against the step, and the rate. Its last value is said below.",
  };
  const [valley, costs, borders] = Object.entries(drawings).map(([name, label]) =>
    interactive.drawing(box, label).attr("data-clip", name),
  );
  interactive.legend(box, [
    ["euler", "steps in the valley"],
    ["network", "network"],
    ["exact", "the rate γ"],
  ]);

  function update() {
    draw();
    tell();
  }

  function draw() {
    const run = data.runs[gamma.position];
    const map = interactive.plot(valley, { x: [-1.3, 1.3], y: [-1.6, 2.4], name: "valley: b", xName: "w" });
    for (const ring of data.rings) map.curve("field", ...d3.transpose(ring));
    const path = d3.transpose(run.valley);
    map.curve("euler", ...path);
    map.dots("euler", ...path, 3);

    const cost = interactive.plot(costs, {
      x: [0, 2000],
      y: [1e-3, 1e1],
      name: "network: cost",
      log: true,
      xName: "step",
    });
    // One that has ended leaves the picture upwards.
    const every = run.costs.length > 10 ? 10 : 1;
    cost.curve("network", run.costs.map((_, i) => i * every), run.costs);

    const border = interactive.plot(borders, { x: [0, 2000], y: [0, 0.55], name: "network: border", xName: "step" });
    border.curve("network", run.borders.map((_, i) => 100 * i), run.borders);
    border.dots("network", run.borders.map((_, i) => 100 * i), run.borders, 2.5);
    border.lines("exact", [[0, data.gamma[gamma.position], 2000, data.gamma[gamma.position]]]);
  }

  function tell(k = gamma.position) {
    const { shown, formula } = interactive;
    const run = data.runs[k];
    const [steep, flat] = data.factors[k];
    const lost = run.last > 100;
    interactive.read(
      box,
      ...formula("γ\u00a0=\u00a0"),
      shown("gamma", data.gamma[k]),
      ". In the valley a step multiplies ",
      ...formula("w"),
      " by ",
      shown("steep", steep, 2),
      " and ",
      ...formula("b"),
      " by ",
      shown("flat", flat, 2),
      Math.abs(steep) > 1 ? ": it leaps out. " : ": it comes to rest. ",
      "The network ",
      lost ? "has a cost of " : "ends with the cost ",
      shown("last", run.last, 3),
      ...(lost
        ? [" after ", shown("steps", run.costs.length - 1), " steps. Its border was "]
        : [", the highest being ", shown("highest", run.highest, 3), ". Its border ends at "]),
      shown("border", run.borders[run.borders.length - 1], 3),
      ".",
    );
  }

  interactive.keepDrawn(box, () => {
    draw();
    interactive.steady(box, (said) => {
      for (const k of data.gamma.keys()) said(tell(k));
    });
    tell();
  });
  update();
};
