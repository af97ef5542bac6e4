/**
 * The playground: an equation that a reader types, its solution while a slider moves, and a network in training.
 *
 * The numbers come from book/live/playground.py, which runs in a worker once the reader asks for Python. Until then,
 * and in a book without Python, some of the equations move by numbers that stand in the page.
 *
 * For tests in a browser: the fields are [name="preset|equation|conditions|start|end|method|neurons|gamma|train"], the
 * sliders [name="slider-k"] with [name="value-k"], the buttons [name="solve|stop|play|step|again|orbit|copy"]. The box
 * has data-state="precomputed|loading|solved|wrong|training", and data-solved counts the solutions that were drawn.
 */
"use strict";

(() => {
  const {make, number, spaced, Chart, Film} = playground;
  const root = document.querySelector(".playground");
  if (!root) return;
  const data = JSON.parse(root.querySelector("script").textContent);
  const canRun = typeof live !== "undefined";
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const RATES = {"gradient descent": 1e-3, adam: 1e-2};
  const WITHOUT = "This copy of the book has no Python in it, so the equations cannot be changed: “make live” builds one that has.";

  // ------------------------------------------------------------------------------- the controls

  const labelled = (text, control, hint = "") => {
    control.id = `playground-${control.name}`;
    return make("div", {className: "pg-field"}, make("label", {for: control.id}, text), control,
      hint ? make("small", {}, hint) : null);
  };
  const button = (name, text, onclick) => make("button", {type: "button", name, textContent: text, onclick});
  const field = (name, rows = 0) => make(rows ? "textarea" : "input", {
    name, spellcheck: false, autocomplete: "off", autocapitalize: "off", readOnly: !canRun, ...(rows ? {rows} : {type: "text"})});
  const option = (value, text) => make("option", {value, textContent: text});

  const preset = make("select", {name: "preset", autocomplete: "off"},
    ...Object.entries(data.presets).filter(([name]) => canRun || data.films[name])
      .map(([name, {title}]) => option(name, title)), ...(canRun ? [option("", "your own")] : []));
  const texts = {equation: field("equation", 3), conditions: field("conditions"), start: field("start"), end: field("end")};
  const solveButton = button("solve", "Solve", () => wish(() => solve(false)));
  const stopButton = button("stop", "Stop", () => stop("Stopped. Solve starts Python anew."));
  const wrong = make("p", {className: "pg-wrong", id: "playground-wrong", role: "alert"});
  const about = make("p", {className: "pg-about"});
  const sliders = make("div", {className: "pg-sliders"});
  const said = make("p", {className: "pg-said"});
  const heard = make("p", {className: "pg-heard", role: "status"});
  const progress = make("progress", {hidden: true, "aria-label": "Loading Python"});

  const solution = new Chart("The solution. What is known of its error is said below the curves.", "");
  const residual = new Chart("The size of the residual, on an axis of powers of ten.", "size of the residual", {log: true});
  const trial = new Chart("The network in training, and the solution dotted. Step and cost are said below.", "");
  const cost = new Chart("The cost after each step of the training, on an axis of powers of ten.", "cost", {log: true});
  const orbit = button("orbit", "", () => { orbit.setAttribute("aria-pressed", !plane()); up = across = null; redraw(); });
  const plane = () => orbit.getAttribute("aria-pressed") === "true";

  const method = make("select", {name: "method", autocomplete: "off"}, ...[
    ["gradient descent", "gradient descent"], ["adam", "Adam"], ["levenberg-marquardt", "Levenberg–Marquardt"],
    ["random features", "random features"]].map(([value, text]) => option(value, text)));
  const neurons = make("input", {name: "neurons", type: "number", min: 1, max: 80, value: data.neurons, readOnly: !canRun});
  const gamma = make("input", {name: "gamma", type: "number", min: 0, step: "any", value: 1e-3, readOnly: !canRun});
  const train = make("input", {name: "train", type: "number", step: "any", readOnly: !canRun});
  const playButton = button("play", "Play", () => (playing ? pause() : play()));
  const stepButton = button("step", "Step", () => { pause(); advance(1); });
  const againButton = button("again", "Start anew", () => { pause(); wish(begin); });
  const trained = make("p", {className: "pg-said"});
  method.value = data.method;
  method.disabled = !canRun;

  const code = make("code");
  const copy = button("copy", "Copy", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      copy.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      copy.textContent = "Selected: press Ctrl-C";
    }
  });
  const python = make("details", {className: "pg-python"}, make("summary", {}, "Show as Python"),
    make("pre", {tabIndex: 0, role: "region", "aria-label": "The same in Python"}, code), copy);

  root.append(
    make("div", {className: "pg-entry"},
      labelled("Begin with", preset), about,
      labelled("Equation", texts.equation), labelled("Conditions", texts.conditions),
      make("div", {className: "pg-row"}, labelled("from", texts.start), labelled("to", texts.end), solveButton, stopButton)),
    wrong, sliders,
    make("div", {className: "pg-charts"}, solution.element, residual.element),
    make("div", {className: "pg-tools"}, orbit), said, progress,
    make("h2", {className: "pg-title"}, "Train a network on it"),
    make("div", {className: "pg-row"}, labelled("Method", method), labelled("Neurons", neurons), labelled("γ", gamma),
      labelled("up to", train)),
    make("div", {className: "pg-tools"}, playButton, stepButton, againButton),
    make("div", {className: "pg-charts"}, trial.element, cost.element), trained,
    python, heard);
  stopButton.hidden = true;
  gamma.setAttribute("aria-label", "Learning rate γ");
  train.setAttribute("aria-label", "Train up to this place");
  stepButton.hidden = againButton.hidden = !canRun;
  solveButton.hidden = !canRun;

  // ------------------------------------------------------------------------------ the parameters

  let values = {};

  /** Show one slider for each letter. */
  function offer(letters, ends = {}) {
    const before = values;
    values = {};
    sliders.replaceChildren(...letters.map((letter) => {
      const [start, low, high] = ends[letter] ?? known.get(letter) ?? [before[letter] ?? 1, 0, 3];
      values[letter] = ends[letter] ? start : before[letter] ?? start;
      known.set(letter, [start, low, high]);
      const range = make("input", {type: "range", name: `slider-${letter}`, min: low, max: high, step: (high - low) / 400,
        value: values[letter], "aria-label": letter});
      const exact = make("input", {type: "number", name: `value-${letter}`, step: "any", value: values[letter],
        "aria-label": `Value of ${letter}`, readOnly: !canRun});
      range.oninput = () => { exact.value = Number(Number(range.value).toPrecision(4)); set(letter, Number(exact.value), true); };
      range.onchange = () => set(letter, Number(exact.value), false);
      exact.onchange = () => {
        const value = Number(exact.value);
        if (exact.value === "" || !Number.isFinite(value)) { exact.value = values[letter]; return; }
        range.min = Math.min(range.min, value);
        range.max = Math.max(range.max, value);
        range.value = value;
        set(letter, value, false);
      };
      range.disabled = !ready && !(film() && data.slides[preset.value]?.letter === letter);
      return make("div", {className: "pg-slider"}, make("span", {"aria-hidden": "true"}, `${letter} =`), exact, range);
    }));
  }
  const known = new Map();

  /** A network in training begins anew for the new value. */
  function set(letter, value, quick) {
    const goesOn = playing && ready;
    values[letter] = value;
    forgetTraining();
    if (goesOn) go();
    if (ready) wish(() => solve(quick));
    else slide();
  }

  // ----------------------------------------------------------------- what moves without Python

  const film = () => data.films[preset.value];

  /** Draw the stored solution that is nearest to where the slider stands. */
  function slide() {
    const stored = data.slides[preset.value];
    if (!stored) return;
    const wanted = values[stored.letter];
    const gaps = stored.values.map((value) => Math.abs(value - wanted));
    const k = gaps.indexOf(Math.min(...gaps));
    const frame = stored.frames[k];
    values[stored.letter] = stored.values[k];
    const exact = root.querySelector(`[name="value-${stored.letter}"]`);
    exact.value = stored.values[k];
    const high = ([low, top], share) => low + (share / 1000) * (top - low);
    const x = spaced(...stored.x, frame.f[0].length);
    show({
      ...film(), x, f: frame.f.map((curve) => curve.map((share) => high(frame.y, share))),
      residual: [frame.residual.map((share) => 10 ** high(data.powers, share))],
      error: frame.error, largest: frame.largest, converged: frame.converged, pieces: frame.pieces, neurons: frame.neurons,
      code: film().code.replace(new RegExp(`^${stored.letter} = .*$`, "m"), `${stored.letter} = ${stored.values[k]}`),
    });
    root.dataset.state = "precomputed";
  }

  // -------------------------------------------------------------------------------- the drawing

  let shown = null; // the solution that is drawn

  function show(answer) {
    shown = answer;
    root.dataset.solved = Number(root.dataset.solved ?? 0) + 1;
    root.dataset.error = answer.error;
    root.dataset.converged = answer.converged;
    code.textContent = answer.code;
    copy.textContent = "Copy";
    orbit.hidden = answer.unknowns.length < 2;
    if (orbit.hidden) orbit.setAttribute("aria-pressed", false);
    orbit.textContent = `Draw ${answer.unknowns[1]} against ${answer.unknowns[0]}`;
    redraw();
    tell();
  }

  const ends = (curves) => curves.reduce(([low, high], curve) => {
    for (const value of curve) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return [low, high];
  }, [Infinity, -Infinity]);

  /** An axis for these ends; the one of before, as long as it is not much too wide or too narrow. */
  function axis([low, high], before) {
    const room = 0.08 * (high - low) || 0.5 * Math.abs(high) || 1;
    const fits = before && before[0] <= low - room / 4 && before[1] >= high + room / 4
      && before[1] - before[0] < 1.7 * (high - low + 2 * room);
    return fits ? before : [low - room, high + room];
  }

  /** Both axes with one scale, so that a circle is round. */
  function alike(flat, steep) {
    [across, up] = [flat, steep];
    const {clientWidth: width, clientHeight: height} = solution.svg;
    const unit = Math.max((flat[1] - flat[0]) / width, (steep[1] - steep[0]) / height);
    const around = ([low, high], size) => [(low + high - unit * size) / 2, (low + high + unit * size) / 2];
    return Number.isFinite(unit) ? [around(flat, width), around(steep, height)] : [flat, steep];
  }

  let across = null;
  let up = null;

  const keys = ({unknowns, variable}) => unknowns.map((name, j) => make(
    "span", {className: `pg-key pg-key-${j % 3}`}, `${name}(${variable}) `));

  function redraw() {
    if (!shown) return;
    const {unknowns, x, f} = shown;
    if (plane()) {
      solution.name.textContent = `${unknowns[1]} against ${unknowns[0]}`;
      solution.axes(...alike(axis(ends([f[0]]), across), axis(ends([f[1]]), up)));
      solution.keep(["plane"]);
      solution.curve("plane", "pg-unknown-0", f[0], f[1]);
    } else {
      solution.name.replaceChildren(...keys(shown));
      across = null;
      solution.axes([x[0], x.at(-1)], up = axis(ends(f), up));
      solution.keep(f.map((_, j) => `f ${j}`));
      f.forEach((ys, j) => solution.curve(`f ${j}`, `pg-unknown-${j % 3}`, x, ys));
    }
    const sizes = shown.residual.map((ys) => Array.from(ys, (value) => Math.log10(Math.max(Math.abs(value), 1e-18))));
    const [low, high] = ends(sizes);
    residual.axes([x[0], x.at(-1)], [Math.max(Math.floor(low), -18), Math.ceil(high + 0.1)]);
    residual.keep(sizes.map((_, j) => `r ${j}`));
    sizes.forEach((ys, j) => residual.curve(`r ${j}`, "pg-residual", x, ys));
    drawBefore();
  }

  function tell() {
    const {converged, error, largest, pieces, neurons: width, message} = shown;
    const where = pieces > 1 ? `${pieces} networks of ${width} neurons, one behind the other` : `one network of ${width} neurons`;
    said.replaceChildren(converged
      ? `Converged: ${where}. Estimated error ${number(error)}, largest residual ${number(largest)}.`
      : `Not converged: the estimated error is ${number(error)}. ${message ? `The solver says: ${message}.` : ""}`);
    root.classList.toggle("pg-doubtful", !converged);
  }

  /** Say it to who listens; only what stays. */
  const speak = (text) => { heard.textContent = text; };

  function complain(answer) {
    wrong.textContent = answer ? answer.wrong : "";
    root.classList.toggle("pg-stale", Boolean(answer)); // what is drawn is not what is written
    for (const [name, input] of Object.entries({...texts, train})) {
      const here = answer && (answer.field === name || (answer.field === "interval" && (name === "start" || name === "end")));
      here ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
      here ? input.setAttribute("aria-describedby", wrong.id) : input.removeAttribute("aria-describedby");
    }
    if (answer) root.dataset.state = "wrong";
  }

  // ------------------------------------------------------------------------------------- Python

  let ready = false;
  let pending = null; // the timer after the last letter that was typed
  let job = null; // what to do next; a newer wish takes its place
  let busy = false;
  const runner = canRun ? new live.Python({
    said: (text) => { if (!ready) said.textContent = `${text} …`; },
    came: (bytes, of) => { progress.hidden = bytes >= of; progress.max = of; progress.value = bytes; },
    sent: () => {},
    failed: (error) => stop(`Python has stopped: ${error.message}. Solve starts it again.`),
  }) : null;

  async function wish(next) {
    job = next;
    if (busy || !runner) return;
    busy = true;
    try {
      while (job || (playing && ready && !reel)) { // a stored training plays by itself
        const now = job ?? goOn;
        job = null;
        await now();
      }
    } catch (error) {
      if (error) stop(`Python has stopped: ${error.message}. Solve starts it again.`);
    }
    busy = false;
  }

  function stop(text) {
    pause();
    job = null;
    ready = false;
    begun = false;
    runner.close();
    said.textContent = text;
    speak(text);
    progress.hidden = true;
  }

  async function ask(name, argument) {
    if (!ready) root.dataset.state = "loading";
    const slow = setTimeout(() => { stopButton.hidden = false; }, 1000);
    const answer = await runner.ask({call: `playground.${name}`, argument, packages: ["sympy"]}).finally(() => {
      clearTimeout(slow);
      stopButton.hidden = true;
    });
    if (!ready) {
      ready = true;
      for (const range of sliders.querySelectorAll("[type=range]")) range.disabled = false;
    }
    return answer;
  }

  const entry = () => Object.values(texts).map((input) => input.value).join("|");
  const request = () => ({
    ...Object.fromEntries(Object.entries(texts).map(([name, input]) => [name, input.value])), values: {...values}});

  async function solve(quick) {
    const given = entry();
    const answer = await ask("solve", {...request(), quick});
    if (entry() !== given) return; // another equation has been written meanwhile, and is solved next
    complain(answer.wrong ? answer : null);
    if (answer.wrong) {
      said.textContent = "";
      return;
    }
    if (answer.parameters.join() !== Object.keys(values).join()) offer(answer.parameters);
    root.dataset.state = "solved";
    train.value ||= answer.x.at(-1);
    show(answer);
    if (!quick) speak(said.textContent);
  }

  // ----------------------------------------------------------------------------- the training

  let playing = false;
  let begun = false; // whether Python has a training that goes on
  let training = 0; // which one
  let costs = [];
  let steps = 1; // in one go, so that the curve moves some twenty times a second
  let reel = null;

  const BEFORE = "Play begins with a network of random weights.";
  const stored = () => film() && !ready;

  function go() {
    playing = true;
    playButton.textContent = "Pause";
  }

  function play() {
    go();
    if (stored()) {
      if (calm) reel ??= {film: new Film(trial, cost, film()), time: Infinity};
      reel ??= {film: new Film(trial, cost, film()), time: 0};
      if (reel.time >= reel.film.length) reel.time = calm ? reel.film.length : 0;
      requestAnimationFrame(roll);
    } else {
      wish(job ?? goOn); // a solution that waits comes first
    }
  }

  function pause() {
    playing = false;
    playButton.textContent = "Play";
  }

  /** Show the next moment of the stored training. */
  function roll() {
    if (!playing || !reel) return;
    root.dataset.state = "training";
    reel.time = Math.min(reel.time + 0.07, reel.film.length);
    const now = reel.film.show(reel.time);
    const end = reel.time >= reel.film.length;
    trained.textContent = `Step ${now.step}: cost ${number(now.cost)}${end ? `, estimated error ${number(film().error)}` : ""}.`;
    if (end) {
      pause();
      speak(trained.textContent);
    } else {
      requestAnimationFrame(roll);
    }
  }

  async function begin() {
    if (!shown || !ready) await solve(false);
    if (root.dataset.state === "wrong") return;
    steps = 1;
    costs = [];
    begun = true;
    await askTraining("train", {...request(), method: method.value, neurons: Number(neurons.value) || 20,
      gamma: Number(gamma.value) || 1e-3, train: train.value === "" ? null : Number(train.value)});
  }

  async function goOn() {
    if (!begun) await begin();
    if (!begun && !job) pause();
    while (playing && begun && !job) {
      const time = performance.now();
      await askTraining("step", {steps});
      const spent = performance.now() - time;
      steps = Math.max(1, Math.min(500, Math.round(steps * (spent < 30 ? 1.5 : spent > 60 ? 0.7 : 1))));
    }
  }

  function advance(count) {
    wish(async () => {
      if (!begun) await begin();
      await askTraining("step", {steps: count});
      speak(trained.textContent);
    });
  }

  /** Ask it and show the answer, unless that training has been forgotten meanwhile. */
  async function askTraining(name, argument) {
    const of = training;
    const answer = await ask(name, argument);
    if (of === training) tellTraining(answer);
  }

  function tellTraining(answer) {
    complain(answer.wrong ? answer : null);
    if (answer.wrong) {
      begun = false;
      pause();
      return;
    }
    root.dataset.state = "training";
    costs.push(...answer.costs);
    code.textContent = answer.code;
    drawTraining(answer);
    drawCosts();
    trained.textContent = `Step ${answer.taken}: cost ${number(answer.cost)}, estimated error ${number(answer.error)}. ${answer.ended}`;
    if (answer.ended) {
      begun = false;
      pause();
      speak(trained.textContent);
    }
  }

  /** The solution, dotted, as far as a training goes. */
  function drawTarget(until) {
    const target = shown.f.map((ys) => ys.filter((_, k) => shown.x[k] <= until));
    trial.name.replaceChildren(...keys(shown));
    trial.axes([shown.x[0], until], around = axis(ends(target), around));
    trial.keep(target.flatMap((_, j) => [`target ${j}`, `curve ${j}`]));
    target.forEach((ys, j) => trial.curve(`target ${j}`, "pg-target", shown.x, ys));
  }
  let around = null;

  /** Before a training there is something to aim at, and no cost. */
  function drawBefore() {
    if (begun || reel || costs.length) return;
    const until = train.value === "" ? NaN : Number(train.value);
    trained.textContent = `Dotted is the solution. ${BEFORE}`;
    drawTarget(until > shown.x[1] && until < shown.x.at(-1) ? until : shown.x.at(-1));
  }

  /** The curve of the network over the solution. */
  function drawTraining({x, f}) {
    drawTarget(x.at(-1));
    f.forEach((ys, j) => trial.curve(`curve ${j}`, `pg-unknown-${j % 3}`, x, ys));
  }

  function drawCosts() {
    const powers = costs.map((value) => Math.log10(Math.max(value, 1e-32)));
    const every = Math.ceil(powers.length / 500);
    const kept = [...powers.keys()].filter((k) => k % every === 0 || k === powers.length - 1);
    const [low, high] = ends([powers]);
    cost.axes([0, Math.max(10, powers.length - 1)], [Math.floor(low), Math.max(Math.ceil(high), Math.floor(low) + 1)]);
    cost.curve("cost", "pg-cost", kept, kept.map((k) => powers[k]));
  }

  function forgetTraining() {
    pause();
    begun = false;
    training += 1;
    reel = null;
    around = null;
    costs = [];
    trained.textContent = BEFORE;
    for (const chart of [trial, cost]) chart.clear();
  }

  // ------------------------------------------------------------------------------- the beginning

  function choose() {
    const chosen = data.presets[preset.value];
    if (!chosen) return;
    clearTimeout(pending);
    forgetTraining();
    complain(null);
    up = across = null;
    for (const [name, input] of Object.entries(texts)) input.value = chosen[name];
    texts.equation.rows = Math.max(2, chosen.equation.split("\n").length);
    about.textContent = chosen.said;
    train.value = chosen.train ?? chosen.end;
    orbit.setAttribute("aria-pressed", preset.value === "kepler");
    offer(Object.keys(chosen.sliders).sort((a, b) => a.localeCompare(b)), chosen.sliders);
    if (ready) wish(() => solve(false));
    else if (film()) slide();
    else {
      shown = null;
      for (const chart of [solution, residual]) chart.clear();
      said.textContent = "Press Solve: it loads Python, which is packed into this book, and solves the equation.";
    }
  }

  function edited() {
    preset.value = "";
    about.textContent = "";
    forgetTraining();
    train.value = "";
    if (!ready) said.textContent = "Press Solve: it loads Python, which is packed into this book, and solves the equation.";
    clearTimeout(pending);
    if (ready) pending = setTimeout(() => wish(() => solve(false)), 600);
  }
  preset.onchange = choose;
  for (const input of Object.values(texts)) {
    input.oninput = edited;
    input.onkeydown = (event) => {
      if (event.key === "Enter" && !event.shiftKey && (input !== texts.equation || event.ctrlKey)) {
        event.preventDefault();
        clearTimeout(pending);
        wish(() => solve(false));
      }
    };
  }
  method.onchange = () => {
    if (RATES[method.value]) gamma.value = RATES[method.value];
    rate();
    forgetTraining();
    if (shown) drawBefore();
  };
  const rate = () => { gamma.closest(".pg-field").hidden = !RATES[method.value]; };
  for (const input of [neurons, gamma, train]) {
    input.onchange = () => {
      forgetTraining();
      if (shown) drawBefore();
    };
  }

  rate();
  const asked = new URLSearchParams(location.search).get("preset");
  if (data.presets[asked] && (canRun || data.films[asked])) preset.value = asked;
  choose();
  if (!canRun) said.after(make("p", {className: "pg-note"}, WITHOUT));
  root.dataset.ready = "true";

  // A first visit sees at once what moves: the slider goes to and fro, and the training plays when it is seen.
  if (!calm) {
    sweep();
    new IntersectionObserver(([{isIntersecting}], observer) => {
      if (!isIntersecting) return;
      observer.disconnect();
      if (stored() && !reel) play();
    }, {threshold: 0.5}).observe(trial.element);
  }

  function sweep() {
    const {letter, values: places, start} = data.slides[preset.value] ?? {};
    const range = letter && root.querySelector(`[name="slider-${letter}"]`);
    if (!range) return;
    let hands = false;
    for (const kind of ["pointerdown", "keydown"]) root.addEventListener(kind, () => { hands = true; }, {once: true});
    const began = performance.now();
    requestAnimationFrame(function move(now) {
      const part = Math.min((now - began) / 4500, 1);
      const there = Math.round(start - start * Math.sin(Math.PI * part));
      if (hands || ready) return;
      values[letter] = places[there];
      range.value = places[there];
      slide();
      if (part < 1) requestAnimationFrame(move);
    });
  }
})();
