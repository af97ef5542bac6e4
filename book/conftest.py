"""Let nbval run cells as Jupyter does, and compare the figures too, not only the text."""

from __future__ import annotations

import base64
import io
import os
from functools import partial

import nbval.kernel
import nbval.plugin
import numpy as np
from build_notebooks import KERNEL_ARGUMENTS, KERNEL_ENVIRONMENT, repeatable
from compare_figures import difference, is_drawn
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell
from PIL import Image

# A kernel that does not answer is given up after minutes: on a busy machine one may answer late.
PATIENCE = 600
nbval.kernel.start_new_kernel.__defaults__ = (PATIENCE, *nbval.kernel.start_new_kernel.__defaults__[1:])

# The kernels that nbval starts take their environment from here.
os.environ.update(KERNEL_ENVIRONMENT)
nbval.kernel.start_new_kernel = partial(nbval.kernel.start_new_kernel, extra_arguments=KERNEL_ARGUMENTS)

# What a chapter runs does not count as tested: every line of the library has a test of its own.
nbval.plugin.setup_coverage = nbval.plugin.teardown_coverage = lambda *_: None


def pictures(outputs: list) -> list[np.ndarray]:
    """The PNG outputs of a cell, each decoded to (height, width, 4) with values 0 to 255."""
    encoded = [output["data"]["image/png"] for output in outputs
               if "image/png" in output.get("data", {})]
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGBA"), dtype=int)
            for png in encoded]


def drawings(outputs: list) -> list[str]:
    """The SVG outputs of a cell, without what names matplotlib's version."""
    return [repeatable(output).data["image/svg+xml"] for output in outputs
            if "image/svg+xml" in output.get("data", {})]


def execute_with_history(kernel, cell_input, allow_stdin=None) -> str:
    """Send a cell to the kernel; without the history a ';' at its end would not hide its value."""
    return kernel.kc.execute(cell_input, allow_stdin=allow_stdin, stop_on_error=False)


RunningKernel.execute_cell_input = execute_with_history

compare_text = IPyNbCell.compare_outputs


def compare_text_and_figures(cell, test, ref, skip_compare=None) -> bool:
    skip_compare = (skip_compare or cell.parent.skip_compare) + ("image/svg+xml",)
    if not compare_text(cell, test, ref, skip_compare):
        return False
    stale = difference(pictures(ref), pictures(test))
    if len(drawings(ref)) != len(drawings(test)) or not all(map(is_drawn, drawings(ref), drawings(test))):
        stale = stale or "a figure is stale: its SVG is not the one that the code draws"
    cell.comparison_traceback += [stale] if stale else []
    return not stale


IPyNbCell.compare_outputs = compare_text_and_figures
