/* Run the cells of a page in the page. The buttons come with this script; Python comes with the first press: python.js. */
"use strict";

(() => {
  const {make} = live;
  const MOST = 200_000; // characters of output shown of one cell

  // ------------------------------------------------------------------------- the line of state

  const said = make("span", {className: "live-said", role: "status"});
  const progress = make("progress", {hidden: true});
  progress.setAttribute("aria-label", "Loading Python");
  const button = (label, press, title = "") => {
    const element = make("button", {type: "button", textContent: label, title, onclick: press});
    return element;
  };
  const stopButton = button("Stop", () => stop("Stopped. The next Run starts Python anew, without your variables."));
  const restartButton = button("Restart", () => {
    stop("Python starts anew, without your variables.");
    python.begin().catch((error) => error && fail(error));
  });
  const bar = make("div", {className: "live-bar", hidden: true}, said, progress, stopButton, restartButton);
  bar.setAttribute("role", "region");
  bar.setAttribute("aria-label", "Python on this page");

  const say = (text) => {
    bar.hidden = false;
    if (said.textContent !== text) said.textContent = text;
  };
  const showProgress = (come, asked) => {
    progress.hidden = come >= asked;
    progress.max = asked;
    progress.value = come;
    if (!progress.hidden) progress.title = `${live.megabytes(come)} of ${live.megabytes(asked)}`;
  };

  // --------------------------------------------------------------------------- Python, and its end

  let busy = false;
  let turn = 0; // what was begun before the last stop is dropped
  const python = new live.Python({
    said: (text) => say(text === "Running" && running ? `Running ${running.name}` : text),
    came: showProgress,
    sent: ({cell, kind, text}) => cells[cell].show(kind, text),
    failed: (error) => fail(error),
  });

  function fail(error) {
    stop(`Python has stopped: ${error.message}. Run starts it again.`);
  }

  function stop(text) {
    turn += 1;
    python.close();
    busy = false;
    running?.mark("stopped");
    running = null;
    for (const cell of cells) cell.ran = false;
    for (const cell of cells) cell.element.removeAttribute("aria-busy");
    document.documentElement.classList.remove("live-busy");
    say(text);
  }

  // --------------------------------------------------------------------------------- the cells

  let running = null;

  class Cell {
    constructor(element, position) {
      this.element = element;
      this.position = position;
      this.name = `cell ${position + 1}`;
      this.code = element.querySelector(".cell_input div.highlight");
      this.stored = this.code.querySelector("pre").textContent.replace(/\n$/, "");
      this.ran = false;
      this.editor = null;
      this.number = make("span", {className: "live-number", textContent: this.name});
      this.runButton = button("Run", () => runCells(this), "Control+Enter; Shift+Enter also goes to the next cell");
      this.runButton.setAttribute("aria-label", `Run ${this.name}`);
      const above = button("Run all above", () => runCells(this, cells.slice(0, position)));
      above.setAttribute("aria-label", `Run all above ${this.name}`);
      this.editButton = button("Edit", () => this.edit());
      this.editButton.setAttribute("aria-label", `Edit ${this.name}`);
      this.resetButton = button("Reset", () => this.reset());
      this.resetButton.setAttribute("aria-label", `Reset ${this.name}`);
      this.resetButton.hidden = true;
      this.tools = make("div", {className: "live-tools"}, this.runButton, this.editButton, this.resetButton);
      if (position) this.tools.append(above);
      this.tools.append(this.number);
      element.querySelector(".cell_input").append(this.tools);
      this.code.ondblclick = () => this.edit();
      element.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.shiftKey) && !event.defaultPrevented) {
          event.preventDefault();
          this.press(event.shiftKey);
        }
      });
    }

    get source() {
      return this.editor ? this.editor.state.doc.toString() : this.stored;
    }

    press(goOn) {
      runCells(this);
      if (goOn) cells[this.position + 1]?.runButton.focus();
      return true;
    }

    async edit() {
      await this.open();
      this.editor?.focus();
    }

    async open(text = this.stored) {
      if (this.editor) return;
      try {
        await live.script(new URL("editor.js", live.here));
      } catch (error) {
        say(error.message);
        return;
      }
      if (!this.editor) {
        this.code.hidden = true;
        this.editor = window.courseEditor({
          parent: this.code.parentElement, doc: text, label: `Code of ${this.name}`,
          keys: [
            {key: "Ctrl-Enter", run: () => this.press(false)},
            {key: "Shift-Enter", run: () => this.press(true)},
            {key: "Escape", run: () => { this.runButton.focus(); return true; }},
          ],
          changed: () => {
            this.ran = false;
            this.changed();
          },
        });
        // A slash is a letter here, and not the theme's key for the search.
        this.editor.dom.addEventListener("keydown", (event) => event.stopPropagation());
        this.resetButton.hidden = false;
        this.editButton.hidden = true;
      }
    }

    changed() {} // for who keeps the text

    reset() {
      this.editor.destroy();
      this.editor = null;
      this.ran = false;
      this.code.hidden = false;
      this.resetButton.hidden = true;
      this.editButton.hidden = false;
      this.editButton.focus();
    }

    // The place of the stored output; of a figure only the picture changes, not its caption.
    clear() {
      this.output = this.element.querySelector(":scope > .cell_output");
      if (!this.output) {
        this.output = make("div", {className: "cell_output docutils container"});
        this.element.append(this.output);
      }
      this.pictures = [...this.output.querySelectorAll("img:not(.live-figure)")];
      for (const old of this.output.querySelectorAll(":scope > .output, .live-figure")) {
        if (!old.querySelector("img:not(.live-figure)")) old.remove();
      }
      this.shown = 0;
      this.block = null;
    }

    show(kind, text) {
      if (kind === "figure") {
        const address = `data:image/svg+xml;base64,${btoa(unescape(encodeURIComponent(text)))}`;
        const picture = this.pictures.shift()
          ?? make("img", {className: "live-figure", alt: `Figure drawn by ${this.name}`});
        const [, width, height] = text.match(/<svg[^>]*?width="([\d.]+)pt" height="([\d.]+)pt"/) ?? [];
        if (width) {
          picture.width = Math.round(width * 110 / 72);
          picture.height = Math.round(height * 110 / 72);
        }
        picture.src = address;
        picture.parentElement?.matches("a") && (picture.parentElement.href = address);
        if (!picture.isConnected) this.output.append(picture);
        this.block = null;
        return;
      }
      if (this.block?.dataset.kind !== kind) {
        const pre = make("pre");
        const block = make("div", {className: `output live-${kind}`}, make("div", {className: "highlight"}, pre));
        block.dataset.kind = kind;
        const figure = this.output.querySelector("figure, img");
        figure ? figure.before(block) : this.output.append(block);
        this.block = block;
      }
      const pre = this.block.querySelector("pre");
      this.shown += text.length;
      if (this.shown > MOST) {
        if (this.shown - text.length <= MOST) pre.append("\n… more is not shown");
        return;
      }
      pre.append(text);
      if (text.includes("\r")) {
        pre.textContent = pre.textContent.replace(/[^\n]*\r(?!\n|$)/g, "");
      } else if (pre.childNodes.length > 100) {
        pre.normalize();
      }
    }

    mark(state) {
      this.element.dataset.live = state;
      this.number.textContent = {
        running: `${this.name} is running`, stopped: `${this.name} was stopped`, failed: `${this.name}: error`,
      }[state] ?? this.name;
    }

    // Returns whether it came to its end.
    async run(mine) {
      running = this;
      this.mark("running");
      this.element.setAttribute("aria-busy", "true");
      say(`Running ${this.name}`);
      this.clear();
      const finished = await python.ask({cell: this.position, source: this.source, name: this.name});
      if (mine !== turn) throw null;
      this.element.removeAttribute("aria-busy");
      this.ran = finished;
      this.mark(finished ? "ran" : "failed");
      running = null;
      return finished;
    }
  }

  // Run the cell, after the ones before it that it needs, or the given ones. Returns the cell that ended with an
  // error, if one did; false if it was stopped.
  async function runCells(cell, given = null, alsoNeeded = []) {
    if (busy) {
      say("Python is busy. Stop ends what it runs.");
      return false;
    }
    busy = true;
    document.documentElement.classList.add("live-busy");
    const mine = turn;
    const began = performance.now();
    try {
      const first = given ?? await needed([...alsoNeeded, cell]);
      const queue = given ? first : [...first, cell];
      let failed = null;
      for (const next of queue) {
        if (!failed && !await next.run(mine)) failed = next;
      }
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      const also = first.length && !given ? `, after ${first.map((other) => other.name).join(", ")}` : "";
      const ran = given ? `${queue.length} cells` : `${cell.name}${also}`;
      say(failed ? `${failed.name} ended with an error` : `Ran ${ran} in ${seconds} s`);
      return failed;
    } catch (error) {
      if (error && mine === turn) fail(error);
      return false;
    } finally {
      if (mine === turn) {
        busy = false;
        document.documentElement.classList.remove("live-busy");
      }
    }
  }

  // What the last of the cells needs, and the others, which it needs in any case.
  async function needed(wanted) {
    const done = cells.filter((cell) => cell.ran).map((cell) => cell.position);
    const sources = cells.map((cell) => cell.source);
    const found = new Set(wanted.slice(0, -1).filter((cell) => !cell.ran).map((cell) => cell.position));
    for (const {position} of wanted) {
      for (const k of await python.ask({cells: sources, position, done})) found.add(k);
    }
    return [...found].sort((a, b) => a - b).map((k) => cells[k]);
  }

  const cells = [...document.querySelectorAll("main div.cell")]
    .filter((element) => element.querySelector(".cell_input div.highlight pre"))
    .map((element, position) => new Cell(element, position));
  if (cells.length) document.querySelector("main article, main").append(bar);
  Object.assign(live, {cells, python, button, say, runCells});
})();
