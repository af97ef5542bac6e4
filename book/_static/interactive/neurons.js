/**
 * Three hidden neurons: each is a step, which its weights and its bias make steep, high, and put somewhere.
 */
"use strict";

interactive.kinds.neurons = (box, data) => {
  const term = new Function("x", "w", "b", "v", `"use strict"; return ${data.formula};`);
  const chosen = interactive.menu(box, "neuron", "Neuron", ["1", "2", "3"], choose);
  const neurons = data.start.map((numbers) => [...numbers]);
  const names = ["w", "b", "v"];
  const labels = ["weight w", "bias b", "weight to the output v"];
  const sliders = names.map((name, i) =>
    interactive.slider(box, name, labels[i], data[name], data[name].indexOf(neurons[0][i]), change),
  );
  interactive.playSlider(box, sliders[1], 120, chosen);
  const svg = interactive
    .drawing(box, "The terms of the three neurons, their sum and the sine. How far apart these are is said below.")
    .attr("data-clip", "curves");
  interactive.legend(box, [
    ["steps", "v tanh(w\u2009x + b) of each neuron"],
    ["network", "their sum, the output"],
    ["exact", "sin(π\u2009x)"],
  ]);
  let plot;
  const places = neurons.map((_, j) =>
    interactive.handle(
      svg,
      `Move the step of neuron ${j + 1}`,
      (px, py) => {
        chosen.value = j;
        choose();
        if (neurons[j][0]) sliders[1].approach(-neurons[j][0] * plot.at(px, py)[0]);
      },
      j + 1,
    ),
  );

  /** Show the numbers of the chosen neuron on the sliders. */
  function choose() {
    const numbers = neurons[chosen.value];
    sliders.forEach((slider, i) => slider.offer(data[names[i]], data[names[i]].indexOf(numbers[i])));
    update();
  }

  function change() {
    neurons[chosen.value] = sliders.map((slider, i) => data[names[i]][slider.position]);
    update();
  }

  function update() {
    draw();
    tell();
  }

  const terms = () => neurons.map((numbers) => data.x.map((x) => term(x, ...numbers)));
  const sum = (curves) => data.x.map((_, i) => d3.sum(curves, (curve) => curve[i]));

  function draw() {
    const curves = terms();
    plot = interactive.plot(svg, { x: [-1, 1], y: [-2.2, 2.2], name: "output" });
    curves.forEach((curve, j) => plot.curve(j === Number(chosen.value) ? "chosen" : "steps", data.x, curve));
    plot.curve("network", data.x, sum(curves));
    plot.curve("exact", data.x, data.sine);
    neurons.forEach(([w, b], j) => {
      // A step that stands outside waits at the edge.
      const at = w ? Math.max(-1, Math.min(1, -b / w)) : 0;
      places[j](plot.x(at), plot.y(term(at, ...neurons[j])));
    });
  }

  function tell(j = Number(chosen.value)) {
    const { shown, formula } = interactive;
    const [w, b, v] = neurons[j];
    const errors = sum(terms()).map((value, i) => Math.abs(value - data.sine[i]));
    const parts = [
      `Neuron ${j + 1} gives the output `,
      shown("v", v),
      " tanh(",
      shown("w", w),
      ...formula(b < 0 ? "\u00a0x − " : "\u00a0x + "),
      interactive.make("span", { "data-name": "b", "data-value": b }, interactive.number(Math.abs(b))),
      w ? "), a step at " : "), a constant",
    ];
    if (w) parts.push(...formula("x\u00a0=\u00a0"), shown("place", -b / w, 3));
    parts.push(". The largest error of the sum is ", shown("error", d3.max(errors), 2), ".");
    interactive.read(box, ...parts);
  }

  interactive.keepDrawn(box, () => {
    draw();
    const kept = [...neurons];
    interactive.steady(box, (said) => {
      neurons[0] = [-7.5, -9.5, -1.9]; // nothing takes more room
      said(tell(0));
    });
    neurons[0] = kept[0];
    tell();
  });
  update();
};
