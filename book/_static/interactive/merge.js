/**
 * The iterated logistic map as a tree: equal parts fall together until a graph is left, beside the count of its nodes.
 */
"use strict";

interactive.kinds.merge = (box, data) => {
  const most = data.trees.length;
  const n = interactive.slider(box, "n", "n", data.turns.slice(0, most), 2, () => {
    const all = merged.position === merged.last;
    const last = data.parts[n.position].length;
    merged.offer(d3.range(last + 1), all ? last : Math.min(merged.position, last));
    build();
    update();
  });
  const merged = interactive.slider(box, "merged", "parts merged", d3.range(data.left[2].length), 0, update);
  interactive.playSlider(box, merged, 1100);

  const label = "The tree of the logistic map after n turns, whose equal parts fall together.";
  const tree = interactive.drawing(box, `${label} Below it is said how many nodes are left.`);
  const plot = interactive
    .drawing(box, "Nodes of the tree, of the graph, and of the drawing, against the number of turns.")
    .attr("data-clip", "counts");
  interactive.legend(box, [
    ["points", "nodes left"],
    ["delta", "nodes of the tree"],
    ["network", "nodes of the graph"],
    ["steps", "operations of the slope, as written"],
  ]);

  let places = []; // of the nodes of the tree, before and after their part is merged
  let size = {};

  /** Draw the nodes and edges of the tree, all of them; `update` moves them. */
  function build() {
    const nodes = data.trees[n.position];
    const width = tree.node().parentNode.clientWidth;
    const height = 330;
    const leaves = 2 ** (n.position + 1);
    const radius = Math.min(14, (0.47 * width) / leaves);
    size = { width, height, radius };
    const gap = (height - 2 * radius - 4) / nodes.reduce((deepest, [, depth]) => Math.max(deepest, depth), 0);
    const [lefts, counts] = [[], nodes.map(() => 0)];
    // From the leaves up, each from left to right: a leaf takes the next place, all else stands above its middle.
    const sums = nodes.map(() => 0);
    let leaf = leaves;
    for (let k = nodes.length - 1; k >= 0; k -= 1) {
      lefts[k] = counts[k] ? sums[k] / counts[k] : (((leaf -= 1) + 0.5) * width) / leaves;
      if (k) {
        sums[nodes[k][2]] += lefts[k];
        counts[nodes[k][2]] += 1;
      }
    }
    // Equal parts meet next to the middle, where one of them stands: 4l to its left, 1 − l to its right.
    places = nodes.map(([i, depth], k) => {
      const own = lefts.filter((_, other) => nodes[other][0] === i);
      const sides = [[width / 2], own.filter((left) => left < width / 2), own.filter((left) => left > width / 2)];
      const meet = i % 3 === 1 ? Math.max(...sides[1]) : Math.min(...sides[i % 3]);
      return { left: lefts[k], meet, first: own.indexOf(lefts[k]) === 0, y: radius + 2 + gap * depth };
    });
    tree.attr("width", width).attr("height", height).selectAll("*").remove();
    tree.selectAll("path").data(nodes.slice(1)).join("path").attr("class", "edge line-rest");
    const drawn = tree.selectAll("g").data(nodes).join("g");
    drawn.append("circle").attr("r", radius);
    drawn
      .append("text")
      .attr("dy", "0.35em")
      .style("font-size", `${Math.min(13, 1.15 * radius)}px`)
      .each(function write([i]) {
        interactive.inDrawing(d3.select(this).attr("class", "node-title"), data.signs[i]);
      });
  }

  function update() {
    const nodes = data.trees[n.position];
    const parts = data.parts[n.position].slice(0, merged.position).map(([i]) => i);
    const now = parts[parts.length - 1];
    const x = (k) => (parts.includes(nodes[k][0]) ? places[k].meet : places[k].left);
    tree.selectAll("path").attr("d", ([, , above], k) => {
      return `M${x(above)},${places[above].y}L${x(k + 1)},${places[k + 1].y}`;
    });
    tree
      .selectAll("g")
      .attr("class", ([i], k) => (parts.includes(i) && !places[k].first ? "part gone" : "part"))
      .style("transform", (_, k) => `translate(${x(k)}px,${places[k].y}px)`)
      .select("circle")
      .attr("class", ([i]) => `node${i === now ? " line-adjoint" : parts.includes(i) ? " line-value" : ""}`);

    const counts = interactive.plot(plot, {
      x: [1, data.turns.length],
      y: [1, 1e5],
      name: "nodes or operations",
      log: true,
      xName: "n",
    });
    counts.curve("steps", data.turns, data.written);
    counts.curve("delta", data.turns, data.tree);
    counts.curve("network", data.turns, data.graph);
    counts.dots("delta", [n.position + 1], [data.left[n.position][merged.position]], 6);
    tell();
  }

  function tell(turn = n.position, k = merged.position) {
    const { shown, formula } = interactive;
    const said = [...formula("n = "), shown("n", turn + 1), ": ", shown("tree", data.tree[turn]), " nodes in the tree, "];
    said.push(shown("graph", data.graph[turn]), " in the graph. ");
    if (k) {
      const [i, many] = data.parts[turn][k - 1];
      said.push(shown("many", many), " copies of ", ...formula(data.names[i]), " are now one; ");
      said.push(shown("left", data.left[turn][k]), " nodes are left. ");
    } else {
      said.push("All ", shown("left", data.left[turn][k]), " are still there. ");
    }
    said.push("The slope takes ", shown("written", data.written[turn]), " operations as written, ");
    said.push(shown("shared", data.shared[turn]), " with shared parts.");
    interactive.read(box, ...said);
  }

  interactive.keepDrawn(box, () => {
    build();
    update();
    interactive.steady(box, (said) => {
      for (const turn of data.trees.keys()) for (const k of data.left[turn].keys()) said(tell(turn, k));
    });
    tell();
  });
};
