/* Python in a worker, for every page that runs some: the files of the book, the worker, and talk with it.
 *
 *   const python = new live.Python({said, came, sent, failed});
 *   await python.begin();                  // loads it, if it is not there; the first ask does so too
 *   const answer = await python.ask(message);   // one at a time; rejected with null by close()
 *   python.close();                        // ends it, whatever it does; the next ask begins anew
 *   const blob = await python.get("name");      // a file of the book's folder live
 *
 *   said(text)               what Python does now
 *   came(bytes, of)          how much of what was asked for has come
 *   sent({cell, kind, text}) output of a cell; kind is stdout, stderr, error or figure (text is then an SVG)
 *   failed(error)            the worker is of no use any more; close() it
 *
 * Messages to ask:
 *   {cell, source, name}          run the source in the page's namespace; name stands in tracebacks, cell comes
 *                                 back with the output. Answer: whether it came to its end.
 *   {cells, position, done}       answer: the positions of the cells (sources) that run before this one, since it
 *                                 needs what they set and they are not done.
 *   {call, argument, packages}    call "module.function" with one argument, of what JSON has and typed arrays. What the
 *                                 module imports is loaded before, and the packages, which may be left out. Answer: what
 *                                 it returns, dicts as objects, arrays as typed arrays; an exception rejects with its
 *                                 message.
 * A module is one of course_lib, of book/live, or of a package.
 *
 * The worker itself (worker.js) says {want}, which {file, blob} or {file, problem} answers, {state}, {failed},
 * {cell, kind, text}, and {answer} or {problem}.
 */
"use strict";

const live = {files: null, blobs: new Map(), here: document.currentScript.src};

live.put = (name, encoded) => {
  const text = atob(encoded);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  live.blobs.set(name, new Blob([bytes]));
};

live.make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

live.megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

// A page on the disk may load scripts, and nothing else.
live.scripts = new Map();
live.script = (address) => {
  const key = String(address);
  if (!live.scripts.has(key)) {
    live.scripts.set(key, new Promise((resolve, reject) => {
      const element = live.make("script", {src: key, onload: resolve, onerror: () => {
        live.scripts.delete(key);
        element.remove();
        reject(new Error(`${key.split("/").slice(-2).join("/")} cannot be read: the book is not whole`));
      }});
      document.head.append(element);
    }));
  }
  return live.scripts.get(key);
};

live.Python = class {
  constructor(page) {
    this.page = page;
    this.folder = new URL("../live/", live.here);
    this.loading = new Map();
    this.asked = this.come = 0; // bytes
    this.worker = this.answer = null;
    this.turn = 0; // what was begun before the last close is dropped
  }

  async begin() {
    if (this.worker) return;
    const {turn} = this;
    this.page.said("Loading Python");
    await live.script(new URL("files.js", this.folder));
    const first = Object.entries(live.files).filter(([, [, isFirst]]) => isFirst);
    const size = first.reduce((sum, [, [bytes]]) => sum + bytes, 0);
    if (this.come < size) this.page.said(`Loading Python, NumPy and SciPy from the book: ${live.megabytes(size)}`);
    // In one piece: Firefox imports no script into a worker of a page on the disk.
    const names = ["pyodide.asm.js", "pyodide.js", "worker.js"];
    const parts = await Promise.all(names.map((name) => this.get(name)));
    if (turn !== this.turn) throw null;
    if (this.worker) return;
    this.prefetch(first.map(([name]) => name));
    const source = new Blob(parts.flatMap((part) => [part, "\n"]), {type: "text/javascript"});
    this.worker = new Worker(URL.createObjectURL(source));
    this.worker.onmessage = ({data}) => this.hear(data);
    this.worker.onerror = (event) => this.page.failed(new Error(event.message || "its worker was closed"));
  }

  // In their order, while Python starts; what is missing is told to the worker, which asks for it.
  async prefetch(names) {
    for (const name of names) await this.get(name).catch(() => {});
  }

  async ask(message) {
    await this.begin();
    return new Promise((resolve, reject) => {
      this.answer = {resolve, reject};
      this.worker.postMessage(message);
    });
  }

  close() {
    this.turn += 1;
    this.worker?.terminate();
    this.worker = null;
    this.answer?.reject(null);
    this.answer = null;
  }

  hear(data) {
    if (data.want) {
      const {worker} = this;
      this.get(data.want).then(
        (blob) => worker.postMessage({file: data.want, blob}),
        (error) => worker.postMessage({file: data.want, problem: error.message}));
    } else if (data.state) {
      this.page.said(data.state);
    } else if (data.failed) {
      this.page.failed(new Error(data.failed));
    } else if (data.kind) {
      this.page.sent(data);
    } else if (data.problem) {
      this.answer?.reject(new Error(data.problem));
    } else {
      this.answer?.resolve(data.answer);
    }
  }

  // A file of the book, as a Blob.
  async get(name) {
    await live.script(new URL("files.js", this.folder));
    if (!live.files[name]) throw new Error(`${name} is not in the book`);
    if (!this.loading.has(name)) {
      const [size] = live.files[name];
      this.asked += size;
      this.loading.set(name, live.script(new URL(`${encodeURIComponent(name)}.data.js`, this.folder)).then(() => {
        this.come += size;
        this.page.came(this.come, this.asked);
        return live.blobs.get(name);
      }, (error) => {
        this.asked -= size;
        this.loading.delete(name);
        throw error;
      }));
      this.page.came(this.come, this.asked);
    }
    return this.loading.get(name);
  }
};
