/**
 * A plot with axes, for the figures that draw curves.
 */
"use strict";

/**
 * Empty a drawing and put axes on it.
 *
 * `x` and `y` are the ends of the axes; `name` stands above the vertical axis. With `log`, that
 * axis has powers of ten. The result draws curves, dots and lines in the units of the axes, inside
 * the frame.
 */
interactive.plot = (svg, { x: xEnds, y: yEnds, name, log = false }) => {
  const width = svg.node().parentNode.clientWidth;
  const height = Math.max(220, Math.min(320, 0.7 * width));
  const [left, right, top, bottom] = [44, width - 10, 26, height - 36];
  const x = d3.scaleLinear().domain(xEnds).range([left, right]);
  const y = (log ? d3.scaleLog() : d3.scaleLinear()).domain(yEnds).range([bottom, top]);
  svg.attr("width", width).attr("height", height).selectAll("*").remove();

  const yAxis = d3.axisLeft(y).ticks(5).tickSizeOuter(0);
  if (log) {
    const [low, high] = yEnds.map((end) => Math.round(Math.log10(end)));
    const powers = d3.range(low, high + 1, 2);
    yAxis.tickValues(powers.map((p) => 10 ** p));
    yAxis.tickFormat((_, i) => `10${interactive.superscript(powers[i])}`);
  }
  const xAxis = d3
    .axisBottom(x)
    .ticks(Math.min(8, width / 60))
    .tickSizeOuter(0);
  svg.append("g").attr("class", "axis").attr("transform", `translate(0,${bottom})`).call(xAxis);
  svg.append("g").attr("class", "axis").attr("transform", `translate(${left},0)`).call(yAxis);
  svg
    .append("text")
    .attr("class", "axis-name")
    .attr("x", left)
    .attr("y", 14)
    .call(interactive.inDrawing, name);
  svg
    .append("text")
    .attr("class", "axis-name end")
    .attr("x", right)
    .attr("y", height - 4)
    .call(interactive.inDrawing, "x");

  const clip = `${svg.node().closest(".interactive").id}-${svg.node().dataset.clip}`;
  svg
    .append("clipPath")
    .attr("id", clip)
    .append("rect")
    .attr("x", left - 5)
    .attr("y", top - 4)
    .attr("width", right - left + 10)
    .attr("height", bottom - top + 4);
  const inside = svg.append("g").attr("clip-path", `url(#${clip})`);
  // Far outside the frame a coordinate may be too large to draw.
  const heightOf = (value) => Math.max(-1e4, Math.min(1e4, y(value)));

  return {
    curve(kind, xs, ys) {
      const path = xs.map((value, i) => `${i ? "L" : "M"}${x(value)},${heightOf(ys[i])}`).join("");
      inside.append("path").attr("class", `curve curve-${kind}`).attr("d", path);
    },
    dots(kind, xs, ys, radius = 4) {
      inside
        .append("g")
        .attr("class", `dots-${kind}`)
        .selectAll("circle")
        .data(xs)
        .join("circle")
        .attr("cx", x)
        .attr("cy", (_, i) => heightOf(ys[i]))
        .attr("r", radius);
    },
    lines(kind, ends) {
      inside
        .append("g")
        .attr("class", `curve curve-${kind}`)
        .selectAll("line")
        .data(ends)
        .join("line")
        .attr("x1", (d) => x(d[0]))
        .attr("y1", (d) => y(d[1]))
        .attr("x2", (d) => x(d[2]))
        .attr("y2", (d) => y(d[3]));
    },
  };
};
