/* The picture that moves on the landing page: networks in training, one after another. */
"use strict";

(() => {
  const {make, number, Chart, Film} = playground;
  const REST = 3000; // ms at the end of a training
  const spent = (k) => 160 * k + 900 * Math.log(1 + k); // ms until frame k: the first steps bend the curve most

  for (const root of document.querySelectorAll(".playground-hero")) {
    const all = JSON.parse(root.querySelector("script").textContent);
    const solution = new Chart("A network bends onto the solution of a differential equation.", "");
    const cost = new Chart("The cost of the network falls step by step.", "cost", {log: true});
    const said = make("p", {className: "pg-said"});
    const pause = make("button", {type: "button", onclick: () => (playing ? stop() : play())});
    const others = all.map((data, k) => make("button", {type: "button", onclick: () => choose(k)}, data.title));
    root.append(
      make("div", {className: "pg-charts"}, solution.element, cost.element), said,
      make("div", {className: "pg-tools"}, pause, ...others,
        make("a", {href: root.dataset.playground}, "Try an equation of your own")));
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "Networks in training");

    let film;
    let chosen;
    let time = 0; // since the film began, in ms
    let playing = false;
    let seen = true;
    let last = null;

    function choose(k) {
      chosen = k;
      film = new Film(solution, cost, all[k]);
      solution.name.textContent = `${all[k].unknowns.map((name) => `${name}(${all[k].variable})`).join(", ")}`;
      others.forEach((button, j) => button.setAttribute("aria-pressed", j === k));
      time = playing ? 0 : spent(film.length);
      draw();
    }

    /** The frame that is shown after this time. */
    function frame() {
      let k = 0;
      while (k < film.length && spent(k + 1) <= time) k++;
      return k === film.length ? k : k + (time - spent(k)) / (spent(k + 1) - spent(k));
    }

    function draw() {
      const data = all[chosen];
      const {step, cost: now} = film.show(frame());
      const end = time >= spent(film.length);
      said.replaceChildren(
        make("b", {}, data.equation), `With ${data.values}. Step ${step}: cost ${number(now)}${end ? `, estimated error ${number(data.error)}` : ""}.`);
    }

    function play() {
      if (time >= spent(film.length)) time = 0;
      playing = true;
      pause.textContent = "Pause";
      last = null;
      requestAnimationFrame(tick);
    }

    function stop() {
      playing = false;
      pause.textContent = "Play";
    }

    function tick(now) {
      if (!playing || !seen) return;
      time += last === null ? 0 : Math.min(now - last, 100);
      last = now;
      if (time > spent(film.length) + REST) choose((chosen + 1) % all.length);
      draw();
      requestAnimationFrame(tick);
    }

    choose(0);
    stop();
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
      time = 0;
      play();
    }
    new IntersectionObserver(([{isIntersecting}]) => {
      const again = isIntersecting && !seen;
      seen = isIntersecting;
      last = null;
      if (again && playing) requestAnimationFrame(tick);
    }).observe(root);
  }
})();
