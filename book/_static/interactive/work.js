/**
 * Error against work: which method reaches a wanted error, and what it asks for.
 */
"use strict";

interactive.kinds.work = (box, data) => {
  const labels = data.problems.map((problem) => problem.label);
  const choice = interactive.menu(box, "problem", "Equation", labels, update);
  const wanted = interactive.slider(box, "wanted", "wanted error", data.wanted, data.start, update);
  interactive.playSlider(box, wanted, 900, choice);
  const svg = interactive
    .drawing(
      box,
      "The error of each method against its work, both on logarithmic axes, and the wanted error. Below it is said what reaches it.",
    )
    .attr("data-clip", "race");
  const kinds = ["euler", "delta", "x", "steps", "network", "exact"];
  interactive.legend(box, data.problems[0].methods.map((method, i) => [kinds[i], method.label]));
  let plot;
  const place = interactive.handle(svg, "Move the wanted error", (px, py) => {
    const far = data.wanted.map((one) => Math.abs(Math.log(one / plot.at(px, py)[1])));
    const goal = far.indexOf(Math.min(...far));
    if (goal !== wanted.position) wanted.move(goal);
  });

  function update() {
    draw();
    tell();
  }

  function draw() {
    const least = data.wanted[wanted.position];
    const ends = [1e1, 1e6];
    plot = interactive.plot(svg, {
      x: ends,
      y: [1e-12, 1e1],
      name: "largest error",
      log: true,
      xLog: true,
      xName: "values of the residual or of the slope",
    });
    plot.lines("field", [[ends[0], least, ends[1], least]]);
    data.problems[choice.value].methods.forEach((method, i) => {
      plot.curve(kinds[i], method.work, method.error);
      plot.dots(kinds[i], method.work, method.error, 2.5);
      const k = method.reached[wanted.position];
      if (k !== null) plot.dots(kinds[i], [method.work[k]], [method.error[k]], 6);
    });
    place(plot.x(ends[1]), plot.y(least));
  }

  function tell(k = wanted.position, problem = data.problems[choice.value]) {
    const { shown } = interactive;
    const parts = ["An error of ", shown("wanted", data.wanted[k]), " or less costs "];
    const order = problem.methods.map((method, i) => {
      const at = method.reached[k];
      return [at === null ? null : method.work[at], method.label, i];
    });
    const there = order.filter(([reached]) => reached !== null).sort(([one], [other]) => one - other);
    there.forEach(([reached, label, i], at) => {
      parts.push(at ? ", " : "", `${label} `, shown(`reached-${i}`, reached));
    });
    const missed = order.filter(([reached]) => reached === null).map(([, label]) => label);
    parts.push(missed.length ? `. Not reached here: ${missed.join(", ")}.` : ".");
    interactive.read(box, ...parts);
  }

  interactive.keepDrawn(box, () => {
    draw();
    interactive.steady(box, (said) => {
      for (const problem of data.problems) for (const k of data.wanted.keys()) said(tell(k, problem));
    });
    tell();
  });
  update();
};
