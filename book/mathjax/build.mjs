// Makes ../_static/mathjax/tex-svg.js: npm install, npm run build. The file is committed, so nobody needs this who
// writes no new kind of formula.
import { build } from "esbuild";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(import.meta.url);

// Alphabets that no page writes: bold and slanted sans serif, Fraktur, typewriter, old-style figures.
const FONTS = ["sans-serif-bold", "sans-serif-italic", "fraktur", "fraktur-bold", "monospace", "tex-oldstyle",
  "tex-oldstyle-bold", "tex-calligraphic-bold"];
const LETTERS = [[0x1d4d0, 0x1d537], [0x1d56c, 0x1d59f], [0x1d5d4, 0x1d6a3], [0x1d756, 0x1d7c9], [0x1d7ec, 0x1d7ff]];

const smaller = {
  name: "smaller",
  setup(bundle) {
    // MathJax's TypeScript makes a third less than the old JavaScript that it is published as.
    bundle.onResolve({ filter: /\/js\/.*\.js$/ }, ({ path: file, resolveDir }) => {
      const whole = file.startsWith(".") ? path.resolve(resolveDir, file) : path.resolve("node_modules", file);
      return { path: whole.replace("/mathjax-full/js/", "/mathjax-full/ts/").replace(/js$/, "ts") };
    });
    bundle.onLoad({ filter: /output\/svg\/fonts\/tex\/[\w-]+\.ts$/ }, ({ path: file }) => {
      const font = path.basename(file, ".ts");
      const made = require(file.replace("/ts/", "/js/").replace(/ts$/, "js"));
      const [name] = Object.keys(made).filter((key) => key !== "__esModule");
      if (FONTS.includes(font)) return { contents: `export const ${name} = {};` };
      if (font !== "normal") return undefined;
      const kept = Object.entries(made[name]).filter(([c]) => !LETTERS.some(([a, z]) => a <= c && c <= z));
      return { contents: `export const ${name} = ${JSON.stringify(Object.fromEntries(kept))};` };
    });
  },
};

await build({ entryPoints: ["formulas.js"], outfile: "../_static/mathjax/tex-svg.js", bundle: true, minify: true,
  format: "iife", legalComments: "none", target: "es2018", charset: "utf8", plugins: [smaller],
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  define: { global: "globalThis", __dirname: '""' } });
