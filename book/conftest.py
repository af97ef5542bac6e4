"""Let nbval run cells as Jupyter does, and compare the figures too, not only the text."""

from __future__ import annotations

import base64
import io
import os
import re
from functools import partial

import nbval.kernel
import numpy as np
from build_notebooks import KERNEL_ARGUMENTS, KERNEL_ENVIRONMENT, repeatable
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell
from PIL import Image
from scipy.ndimage import maximum_filter, minimum_filter

# The kernels that nbval starts take their environment from here.
os.environ.update(KERNEL_ENVIRONMENT)
nbval.kernel.start_new_kernel = partial(nbval.kernel.start_new_kernel, extra_arguments=KERNEL_ARGUMENTS)

# Of 255: more than rounding, less than the step between two neighbouring colours of a map.
COLOUR_TOLERANCE = 8
# A corner of a letter may come out differently; the smallest marker has more pixels.
STRAY_PIXELS = 8


def pictures(outputs: list) -> list[np.ndarray]:
    """The PNG outputs of a cell, each decoded to (height, width, 4) with values 0 to 255."""
    encoded = [output["data"]["image/png"] for output in outputs
               if "image/png" in output.get("data", {})]
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGBA"), dtype=int)
            for png in encoded]


def pixels_outside(picture: np.ndarray, other: np.ndarray) -> int:
    """Count the pixels that are like no neighbour of the same place in the other picture.

    Looking at the neighbours lets an edge move by one pixel, and by no more.
    """
    neighbours = (3, 3, 1)
    below = minimum_filter(other, neighbours) - picture
    above = picture - maximum_filter(other, neighbours)
    return int((np.maximum(below, above) > COLOUR_TOLERANCE).any(axis=-1).sum())


def drawings(outputs: list) -> list[str]:
    """The SVG outputs of a cell, without what names matplotlib's version."""
    return [repeatable(output).data["image/svg+xml"] for output in outputs
            if "image/svg+xml" in output.get("data", {})]


def parts(svg: str) -> tuple[str, np.ndarray]:
    """What a drawing is made of, and the numbers in it: where things stand and how far curves reach."""
    number = r"-?\d+(?:\.\d+)?"
    named = re.sub(r"\b[a-zA-Z]?[0-9a-f]{10}\b", "", svg)  # a name is made from the numbers
    ends = []
    for path in re.findall(r' d="([^"]*)"', named):
        points = np.array(re.findall(number, path), dtype=float).reshape(-1, 2)
        ends += [points.min(axis=0), points.max(axis=0)]
    others = re.sub(r' d="[^"]*"', "", named)
    numbers = np.array(re.findall(number, others), dtype=float)
    return re.sub(number, "", others), np.concatenate([numbers, *ends])


def is_drawn(stored: str, new: str) -> bool:
    """Whether two drawings have the same parts, and these stand in the same places to half a point."""
    (here, old), (there, drawn) = parts(stored), parts(new)
    return here == there and old.shape == drawn.shape and bool((np.abs(old - drawn) <= 0.5).all())


def difference(stored: list[np.ndarray], new: list[np.ndarray]) -> str:
    """Say how the figures differ; an empty string if they do not."""
    if len(stored) != len(new):
        return f"{len(stored)} figures are stored, the code draws {len(new)}"
    for number, (old, drawn) in enumerate(zip(stored, new, strict=True), start=1):
        if old.shape != drawn.shape:
            return f"figure {number} is stored with shape {old.shape}, drawn with {drawn.shape}"
        stray = max(pixels_outside(old, drawn), pixels_outside(drawn, old))
        if stray > STRAY_PIXELS:
            return f"figure {number} is stale: {stray} pixels are not those the code draws"
    return ""


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
