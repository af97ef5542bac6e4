/* Exercises in the page: answers that the browser keeps, checks, the way to a notebook and back, and marks.
 *
 * The page says in courseExercise what its notebook is: {name, code: [[id, role], ...], texts: [id, ...]},
 * the code cells in their order, where a role is "locked", "answer" or "check" (of the answer before it), and
 * the cells for text.
 */
"use strict";

(async () => {
  const {make, button, cells} = live;
  const {name, code, texts} = window.courseExercise;

  // ------------------------------------------------------------------------- what the browser keeps

  // It is read once into a map; each change goes on to the browser. Not localStorage: after a reload Chromium now and
  // then shows an empty one to a page from the disk.
  const memory = new Map();
  let lasting = true;
  const asked = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const STORE = "answers";
  let database = null;
  try {
    const opening = indexedDB.open("course_lib exercises");
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    database = await asked(opening);
    const store = database.transaction(STORE).objectStore(STORE);
    const [keys, values] = await Promise.all([asked(store.getAllKeys()), asked(store.getAll())]);
    keys.forEach((key, k) => memory.set(key, values[k]));
  } catch {
    lasting = false; // told on the page
  }

  const keyOf = (id) => `${name}/${id}`;
  const kept = (id) => memory.get(keyOf(id)) ?? null;
  const keep = (id, text) => {
    if (text === kept(id)) return;
    text === null ? memory.delete(keyOf(id)) : memory.set(keyOf(id), text);
    if (!database) return;
    const lost = () => {
      lasting = false;
      tellWhere();
    };
    try {
      const change = database.transaction(STORE, "readwrite");
      const store = change.objectStore(STORE);
      text === null ? store.delete(keyOf(id)) : store.put(text, keyOf(id));
      change.onabort = lost;
      change.commit(); // now: the page may be closed the moment after
    } catch {
      lost();
    }
  };

  // ----------------------------------------------------------------------- the exercises of the page

  // Each is the section that its heading opens.
  const exercises = new Map();
  const exerciseOf = (element) => {
    const section = element.closest("section");
    if (!exercises.has(section)) {
      exercises.set(section, {section, number: parseInt(section.querySelector("h2").textContent), parts: []});
    }
    return exercises.get(section);
  };

  class Answer {
    constructor(id, element, blank) {
      Object.assign(this, {id, blank, exercise: exerciseOf(element)});
      this.exercise.parts.push(this);
    }

    get written() {
      return kept(this.id) !== null;
    }

    // Keep what is written, as far as it is more than the blank; no earlier check speaks of it.
    write(text) {
      keep(this.id, text.trim() === this.blank.trim() ? null : text);
      for (const part of this.exercise.parts) keep(`${part.id} is right`, null);
      showMarks();
    }
  }

  class Text extends Answer {
    constructor(id, paragraph) {
      super(id, paragraph, "");
      this.area = make("textarea", {
        className: "live-answer", placeholder: paragraph.textContent, value: kept(id) ?? "", rows: 4,
        oninput: () => this.write(this.area.value),
      });
      this.area.setAttribute("aria-label", `Your answer to exercise ${this.exercise.number}`);
      this.area.addEventListener("keydown", (event) => event.stopPropagation());
      paragraph.replaceWith(this.area);
    }

    set(text) {
      this.area.value = text;
      this.write(text);
    }
  }

  class Code extends Answer {
    constructor(id, cell) {
      super(id, cell.element, cell.stored);
      this.cell = cell;
      this.checkCell = null;
      cell.changed = () => {
        if (this.verdict) this.verdict.hidden = true;
        this.write(cell.source);
      };
      cell.code.onclick = () => this.open();
      cell.editButton.onclick = () => this.open();
      cell.resetButton.onclick = () => {
        if (!this.written || confirm("This deletes what you wrote in this cell.")) this.set(this.blank);
      };
      if (this.written) cell.open(kept(id));
    }

    // What stands for the answer is chosen, so that the first key replaces it.
    async open() {
      if (this.cell.editor) return;
      await this.cell.edit();
      const gap = this.blank.match(/# YOUR CODE HERE\n\s*raise NotImplementedError\(\)/);
      this.cell.editor?.dispatch({selection: {anchor: gap.index, head: gap.index + gap[0].length}});
    }

    async set(text) {
      await this.cell.open();
      const {editor} = this.cell;
      editor?.dispatch({changes: {from: 0, to: editor.state.doc.length, insert: text}});
    }

    checkedBy(cell) {
      this.checkCell = cell;
      this.verdict = make("div", {className: "live-verdict", hidden: true});
      this.cell.tools.after(this.verdict);
      for (const {tools, runButton} of [this.cell, cell]) {
        const press = button("Check", () => this.check(), "Run your code and the check of it");
        press.setAttribute("aria-label", `Check ${this.cell.name}`);
        press.classList.add("live-check");
        runButton.after(press);
      }
    }

    async check() {
      const {number} = this.exercise;
      this.verdict.hidden = true;
      const failed = await live.runCells(this.checkCell, null, [this.cell]);
      if (failed === false) return;
      const outputs = (failed || this.checkCell).element.querySelectorAll(".cell_output .output pre");
      this.verdict.textContent = [...outputs].map((pre) => pre.textContent.trimEnd()).join("\n");
      this.verdict.hidden = false;
      this.verdict.dataset.right = !failed;
      keep(`${this.id} is right`, failed ? null : "yes");
      live.say(failed ? `Exercise ${number}: not yet. ${failed === this.checkCell ? "The check" : failed.name} says why.`
        : `Exercise ${number}: right.`);
      showMarks();
    }
  }

  // -------------------------------------------------------------------------- marks in the contents

  const MARKS = {right: "\u2713", written: "\u270e", begun: "\u2026"};

  function state({parts}) {
    const checked = parts.filter((part) => part.checkCell);
    if (!parts.some((part) => part.written)) return "";
    if (!parts.every((part) => part.written)) return "begun";
    if (!checked.length) return "written";
    return checked.every((part) => kept(`${part.id} is right`)) ? "right" : "begun";
  }

  function put(link, text, title) {
    link.querySelector(".live-mark")?.remove();
    if (!text) return;
    const mark = make("span", {className: "live-mark", textContent: text, title});
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", title);
    link.append(mark);
  }

  function showMarks() {
    let done = 0;
    for (const exercise of exercises.values()) {
      const is = state(exercise);
      done += is === "right" || is === "written";
      for (const link of document.querySelectorAll(`.page-toc a[href="#${exercise.section.id}"]`)) {
        put(link, MARKS[is], is);
      }
    }
    keep("done", done ? `${done} of ${exercises.size}` : null);
    for (const link of document.querySelectorAll(".bd-links a")) {
      const other = new URL(link.href).pathname.match(/exercises\/(\w+)\.html$/);
      const count = other && memory.get(`${other[1]}/done`);
      if (count) put(link, count.replace(" of ", "/"), `${count} done`);
    }
  }

  // ------------------------------------------------------------------- as a notebook, and from one

  const joined = (source) => Array.isArray(source) ? source.join("") : String(source);
  const idOf = (cell) => cell.metadata?.nbgrader?.grade_id ?? cell.id;
  const blank = async () => JSON.parse(await (await live.python.get(`${name}.ipynb`)).text());

  // Cells of a reader's own have no place on the page: each is kept whole, with the id of the cell that it follows.
  const own = () => JSON.parse(kept("own") ?? "[]");

  async function exportNotebook() {
    try {
      const notebook = await blank();
      for (const cell of notebook.cells) {
        const text = answers.has(idOf(cell)) ? kept(idOf(cell)) : null;
        if (text !== null) cell.source = text.match(/[^\n]*\n|[^\n]+/g) ?? [];
      }
      const behind = (id) => own().filter(({after}) => after === id).map(({cell}) => cell);
      notebook.cells = [...behind(null), ...notebook.cells.flatMap((cell) => [cell, ...behind(idOf(cell))])];
      const file = new Blob([JSON.stringify(notebook, null, 1), "\n"], {type: "application/x-ipynb+json"});
      const link = make("a", {href: URL.createObjectURL(file), download: `${name}.ipynb`});
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      live.say(`${name}.ipynb holds your answers. It is among your downloads.`);
    } catch (error) {
      live.say(error.message);
    }
  }

  async function importNotebook(file) {
    let given;
    try {
      given = JSON.parse(await file.text()).cells.map((cell) => ({...cell, source: joined(cell.source)}));
    } catch {
      live.say(`${file.name} is no notebook: choose the .ipynb file of this page's exercises.`);
      return;
    }
    let missing;
    try {
      missing = new Set((await blank()).cells.map(idOf));
    } catch (error) {
      live.say(error.message);
      return;
    }
    const found = new Map();
    const added = [];
    let after = null;
    for (const cell of given) {
      const id = idOf(cell);
      if (missing.delete(id)) {
        after = id;
        if (answers.has(id)) found.set(id, cell.source);
      } else if (cell.source.trim()) {
        added.push({after, cell: cell.cell_type === "code" ? {...cell, outputs: [], execution_count: null} : cell});
      }
    }
    if (!found.size) {
      live.say(`${file.name} has none of this page's exercises: choose ${name}.ipynb.`);
      return;
    }
    const differs = ({id}) => kept(id) !== null && found.has(id) && found.get(id) !== kept(id);
    const lost = [...answers.values()].filter(differs).length + (JSON.stringify(own()) === JSON.stringify(added) ? 0 : own().length);
    if (lost && !confirm(`This replaces what you wrote here in ${lost} cells.`)) return;
    for (const [id, text] of found) {
      const answer = answers.get(id);
      await answer.set(text === "YOUR ANSWER HERE" ? "" : text);
    }
    keep("own", added.length ? JSON.stringify(added) : null);
    tellWhere();
    live.say(`${found.size} answers have come from ${file.name}.${
      added.length ? ` Of your own cells ${added.length} go into the next export.` : ""}`);
  }

  // ------------------------------------------------------------------------------- setting it up

  const answers = new Map();
  code.forEach(([id, role], k) => {
    if (role === "answer") answers.set(id, new Code(id, cells[k]));
    if (role === "check") answers.get(code[k - 1][0]).checkedBy(cells[k]);
  });
  const blanks = [...document.querySelectorAll("main p")].filter((p) => p.textContent === "YOUR ANSWER HERE");
  texts.forEach((id, k) => answers.set(id, new Text(id, blanks[k])));

  const where = make("p");
  function tellWhere() {
    where.textContent = lasting
      ? "You can work on this page. Your browser keeps what you write here, on this device only."
      : "You can work on this page, but this browser keeps nothing of what you write: export it before you leave.";
    const count = own().length;
    if (count) where.textContent += ` Of your own cells ${count} are kept too, for the next export.`;
  }
  tellWhere();
  const chosen = make("input", {type: "file", accept: ".ipynb", hidden: true, onchange: async () => {
    if (chosen.files.length) await importNotebook(chosen.files[0]);
    chosen.value = "";
  }});
  const tools = make("div", {className: "live-tools live-work"}, where,
    button("Export as notebook", exportNotebook), button("Import", () => chosen.click()), chosen);
  cells[0].element.before(tools);
  showMarks();
})();
