/**
 * The formulas of the book: MathJax with what the book writes, and with nothing that it would have to load later.
 * `build.mjs` makes book/_static/mathjax/tex-svg.js of it.
 */
import "mathjax-full/components/src/startup/init.js";
import { CONFIG, Loader } from "mathjax-full/js/components/loader.js";
import "mathjax-full/components/src/core/core.js";
import "mathjax-full/components/src/input/tex-base/lib/tex-base.js";
import "mathjax-full/components/src/input/tex/extensions/ams/ams.js";
import "mathjax-full/components/src/input/tex/extensions/boldsymbol/boldsymbol.js";
import "mathjax-full/components/src/input/tex/extensions/cancel/cancel.js";
import "mathjax-full/components/src/input/tex/extensions/color/color.js";
import "mathjax-full/components/src/input/tex/extensions/configmacros/configmacros.js";
import "mathjax-full/components/src/input/tex/extensions/enclose/enclose.js";
import "mathjax-full/components/src/input/tex/extensions/newcommand/newcommand.js";
import "mathjax-full/components/src/input/tex/extensions/noundefined/noundefined.js";
import { registerTeX } from "mathjax-full/components/src/input/tex/register.js";
import "mathjax-full/components/src/output/svg/svg.js";
import "mathjax-full/components/src/output/svg/fonts/tex/tex.js";
import "mathjax-full/components/src/a11y/assistive-mml/assistive-mml.js";

const packages = [
  "base", "ams", "boldsymbol", "cancel", "color", "configmacros", "enclose", "newcommand", "noundefined",
];
Loader.preLoad("loader", "startup", "core", "input/tex", "input/tex-base", "output/svg", "output/svg/fonts/tex.js",
  "a11y/assistive-mml", ...packages.slice(1).map((name) => `[tex]/${name}`));
registerTeX(packages);
Loader.load(...CONFIG.load)
  .then(() => CONFIG.ready())
  .catch((error) => CONFIG.failed(error));
