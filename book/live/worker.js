/* The worker in which a page's Python lives, below Pyodide's own scripts, which the page puts before it. It asks the page
 * for every file, so nothing asks a network.
 */

const waiting = new Map();
const TYPES = {wasm: "application/wasm", json: "application/json"};
let python;
let runner;
const SPELLED = {numpy: "NumPy", scipy: "SciPy", matplotlib: "Matplotlib", sympy: "SymPy", networkx: "NetworkX"};

const file = (name) => new Promise((resolve, reject) => {
  waiting.set(name, {resolve, reject});
  postMessage({want: name});
});

self.fetch = async (request) => {
  const name = String(request.url ?? request).split("/").pop();
  const type = TYPES[name.split(".").pop()] ?? "application/octet-stream";
  return new Response(await file(name), {headers: {"content-type": type}});
};

async function start() {
  postMessage({state: "Starting Python"});
  const base = "https://book.invalid/"; // no address: fetch above takes the last part of it
  python = await loadPyodide({
    indexURL: base, lockFileURL: `${base}pyodide-lock.json`,
    env: {HOME: "/home/pyodide", MPLBACKEND: "agg", PYTHONHASHSEED: "0"},
  });
  const site = python.runPython("import site; site.getsitepackages()[0]");
  python.unpackArchive(await (await file("library.zip")).arrayBuffer(), "zip", {extractDir: site});
  runner = python.pyimport("runner");
  postMessage({state: "Python is ready"});
}

// Load the packages that the code imports and the book has; once for each code, since reading it takes a second.
const complete = new Set();

async function load(source) {
  if (complete.has(source)) return;
  const found = runner.packages(source);
  const names = found.toJs();
  found.destroy();
  const lock = JSON.parse(await (await file("pyodide-lock.json")).text());
  const known = new Map(Object.entries(lock.packages).flatMap(
    ([name, {imports}]) => imports.map((module) => [module.split(".")[0], name])));
  const wanted = names.map((name) => known.get(name)).filter((name) => name && !(name in python.loadedPackages));
  const told = wanted.map((name) => SPELLED[name]).filter(Boolean);
  if (told.length) postMessage({state: `Loading ${told.join(", ")}`});
  const problems = [];
  if (wanted.length) await python.loadPackage([...new Set(wanted)], {
    messageCallback() {}, errorCallback: (problem) => problems.push(problem),
  });
  if (problems.length) throw new Error(problems.join(" ")); // loadPackage itself goes on
  complete.add(source);
}

async function run({cell, source, name}) {
  await load(source);
  postMessage({state: "Running"});
  const finished = runner.run(source, name, (kind, text) => postMessage({cell, kind, text}));
  postMessage({answer: finished});
}

function before({cells, position, done}) {
  const found = runner.before(python.toPy(cells), position, python.toPy(done));
  postMessage({answer: found.toJs()});
  found.destroy();
}

async function call({call, argument, packages = []}) {
  const [, module, name] = call.match(/^(.*)\.(\w+)$/);
  await load([module, ...packages].map((wanted) => `import ${wanted}`).join("\n"));
  try {
    const value = python.pyimport(module)[name](python.toPy(argument));
    const answer = value?.toJs?.({dict_converter: Object.fromEntries, create_pyproxies: false}) ?? value;
    value?.destroy?.();
    postMessage({answer});
  } catch (error) {
    postMessage({problem: error.message.trim().split("\n").pop()});
  }
}

// Nothing tells a page that its worker has closed itself.
const end = self.close;
self.close = () => {
  postMessage({failed: "its worker was closed"});
  end.call(self);
};

const ready = start();
ready.catch((error) => postMessage({failed: String(error.message ?? error)}));

onmessage = async ({data}) => {
  if (data.file) {
    const {resolve, reject} = waiting.get(data.file);
    data.blob ? resolve(data.blob) : reject(new Error(data.problem));
    return;
  }
  try {
    await ready;
    await (data.cells ? before(data) : data.call ? call(data) : run(data));
  } catch (error) {
    postMessage({failed: String(error.message ?? error)});
  }
};
