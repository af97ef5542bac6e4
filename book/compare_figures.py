"""Compare figures: the pixels of a PNG, the parts and curves of an SVG."""

from __future__ import annotations

import re

import numpy as np
from scipy.ndimage import maximum_filter, minimum_filter

# Of 255: more than rounding, less than the step between two neighbouring colours of a map.
COLOUR_TOLERANCE = 8
# A corner of a letter may come out differently; the smallest marker has more pixels.
STRAY_PIXELS = 8


def pixels_outside(picture: np.ndarray, other: np.ndarray) -> int:
    """Count the pixels that are like no neighbour of the same place in the other picture.

    Looking at the neighbours lets an edge move by one pixel, and by no more.
    """
    neighbours = (3, 3, 1)
    below = minimum_filter(other, neighbours) - picture
    above = picture - maximum_filter(other, neighbours)
    return int((np.maximum(below, above) > COLOUR_TOLERANCE).any(axis=-1).sum())


def parts(svg: str) -> tuple[str, np.ndarray, list[np.ndarray]]:
    """What a drawing is made of, where its things stand, and the points (n, 2) of each curve in it."""
    number = r"-?\d+(?:\.\d+)?"
    named = re.sub(r"\b[a-zA-Z]?[0-9a-f]{10}\b", "", svg)  # a name is made from the numbers
    paths = re.findall(r' d="([^"]*)"', named)
    curves = [np.array(re.findall(number, path), dtype=float).reshape(-1, 2) for path in paths]
    letters = [re.sub("[^A-Z]", "", path) for path in paths]  # M to begin, L for a line, C for a bend
    strokes = [re.sub(r"([A-Z])\1+", r"\1", row) for row in letters]
    others = re.sub(r' d="[^"]*"', "", named)
    made_of = re.sub(number, "", others) + " ".join(strokes)
    return made_of, np.array(re.findall(number, others), dtype=float), curves


def evenly(curve: np.ndarray, count: int = 500) -> np.ndarray:
    """Points (count, 2) at equal distances along a curve."""
    walked = np.append(0.0, np.cumsum(np.hypot(*np.diff(curve, axis=0).T)))
    places = np.linspace(0.0, walked[-1], count)
    return np.stack([np.interp(places, walked, coordinate) for coordinate in curve.T], axis=1)


def is_near(old: np.ndarray, new: np.ndarray) -> bool:
    """Whether numbers are as many and the same to half a point."""
    return old.shape == new.shape and bool((np.abs(old - new) <= 0.5).all())


def is_drawn(stored: str, new: str) -> bool:
    """Whether two drawings have the same parts, and these run through the same points.

    Matplotlib leaves out points of a straight piece; where rounding leaves out another number of them,
    points at equal distances are compared.
    """
    (here, old, stored_curves), (there, drawn, new_curves) = parts(stored), parts(new)
    if here != there or not is_near(old, drawn) or len(stored_curves) != len(new_curves):
        return False
    return all(is_near(a, b) if len(a) == len(b) else is_near(evenly(a), evenly(b))
               for a, b in zip(stored_curves, new_curves, strict=True))


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
