"""In the dark theme a filter redraws the figures. Their colours stay readable, apart and what they are called.

The functions of a filter are those of the W3C's Filter Effects, section 8; what colour-blind readers see is from
Machado, Oliveira and Fernandes (2009), for the two common kinds.
"""

from __future__ import annotations

import colorsys
import re
from itertools import combinations

import lecture_ids
import numpy as np
import pytest

from course_lib.drawing import COLOURS

CSS = (lecture_ids.ROOT / "book/_static/course.css").read_text(encoding="utf-8")
[FILTER] = re.findall(r"^  filter: (.*);$", CSS, re.MULTILINE)
LUMA = np.full((3, 3), 1.0) * [0.213, 0.715, 0.072]
FUNCTIONS = {
    "invert": lambda amount, c: amount + (1 - 2 * amount) * c,
    "hue-rotate": lambda degrees, c: 2 * LUMA @ c - c,  # by 180 degrees
    "saturate": lambda amount, c: (1 - amount) * LUMA @ c + amount * c,
    "brightness": lambda amount, c: amount * c,
}
SEEN = {
    "as most": np.eye(3),
    "without red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "without green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255


def dark(colour: str) -> np.ndarray:
    """What the dark theme makes of a colour, red, green and blue from 0 to 1."""
    c = rgb(colour)
    for name, amount in re.findall(r"([a-z-]+)\(([\d.]+)(?:deg)?\)", FILTER):
        assert name != "hue-rotate" or amount == "180"
        c = np.clip(FUNCTIONS[name](float(amount), c), 0, 1)
    return c


def linear(c: np.ndarray) -> np.ndarray:
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    """The ratio of WCAG 2.2."""
    low, high = sorted(XYZ[1] @ linear(c) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(c: np.ndarray, seen: str) -> np.ndarray:
    """A colour in CIELAB, as somebody sees it."""
    f = np.cbrt(XYZ @ np.clip(SEEN[seen] @ linear(c), 1e-6, 1) / (XYZ @ np.ones(3)))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def closest(colours: list[np.ndarray]) -> float:
    """The smallest distance of two colours, for any of the readers."""
    return min(np.linalg.norm(lab(a, seen) - lab(b, seen)) for seen in SEEN for a, b in combinations(colours, 2))


def test_white_becomes_the_ground_of_the_page():
    assert np.max(np.abs(dark("#FFFFFF") - rgb("#121212"))) < 0.5 / 255


@pytest.mark.parametrize("name", COLOURS)
def test_a_colour_is_readable_on_the_ground(name):
    assert contrast(dark(COLOURS[name]), rgb("#121212")) > 4.5


def test_colours_are_as_far_apart_as_in_the_light():
    light = closest([rgb(colour) for colour in COLOURS.values()])
    assert closest([dark(colour) for colour in COLOURS.values()]) > 0.95 * light > 15


@pytest.mark.parametrize("name", [name for name in COLOURS if name != "exact"])
def test_a_colour_keeps_its_hue_and_is_bright(name):
    (hue, _, _), (seen, _, bright) = colorsys.rgb_to_hsv(*rgb(COLOURS[name])), colorsys.rgb_to_hsv(*dark(COLOURS[name]))
    assert abs((seen - hue + 0.5) % 1 - 0.5) < 15 / 360
    assert bright > 0.75, "a dark orange is a brown"
