/**
 * Random features: some of the steps, and the solution that is made of all thirty.
 */
"use strict";

interactive.kinds.features = (box, data) => {
  const labels = data.problems.map((problem) => problem.label);
  const choice = interactive.menu(box, "problem", "Solution", labels, update);
  const middle = interactive.slider(box, "middle", "middle of the centres", data.middle, 0, update);
  const width = interactive.slider(
    box,
    "width",
    "width of the steps",
    data.width,
    data.width.indexOf(0.2),
    update,
  );
  interactive.playSlider(box, width, 700, choice);
  const left = interactive
    .drawing(box, "Five of the thirty steps on the domain. Their centres and width are said below.")
    .attr("data-clip", "steps");
  const right = interactive
    .drawing(box, "The solution made of the steps, and the exact one. How far apart is said below.")
    .attr("data-clip", "solution");
  interactive.legend(box, [
    ["steps", "five of the thirty steps"],
    ["exact", "exact"],
    ["network", "solution made of the steps"],
  ]);

  function update() {
    draw();
    tell();
  }

  function draw() {
    const problem = data.problems[choice.value];
    const [i, j] = [middle.position, width.position];
    const some = interactive.plot(left, { x: [0, 1], y: [-1.2, 1.2], name: "steps" });
    const half = data.fine.filter((_, k) => k % 2 === 0);
    for (const step of data.steps[i][j]) some.curve("steps", half, step);

    const solution = interactive.plot(right, { x: [0, 1], y: problem.window, name: "solution f(x)" });
    solution.curve("network", data.fine, problem.solutions[i][j]);
    solution.curve("exact", data.fine, problem.exact); // above, where it is met
  }

  function tell() {
    const { shown } = interactive;
    const [i, j] = [middle.position, width.position];
    interactive.read(
      box,
      "Centres from ",
      shown("from", data.middle[i] - 1),
      " to ",
      shown("to", data.middle[i] + 1),
      ", width ",
      shown("width", data.width[j]),
      ": the largest error is ",
      shown("error", data.problems[choice.value].errors[i][j]),
      ". The worst step is ",
      shown("far", data.far[i][j]),
      " from a polynomial of degree 14. (Below 10⁻¹² both stand as 10⁻¹².)",
    );
  }

  interactive.keepDrawn(box, draw);
  update();
};
