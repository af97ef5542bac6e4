"""The pictures of the README and of the first page are what book/pictures.py draws."""

from __future__ import annotations

import re

import numpy as np
import pictures
import pytest
from PIL import Image

DRAWN = pictures.pictures()
NUMBER = re.compile(r"-?\d+\.?\d*")


def stored(name: str) -> str:
    return (pictures.FOLDER / f"{name}.svg").read_text(encoding="utf-8")


def test_no_picture_is_left_over():
    assert {path.stem for path in pictures.FOLDER.iterdir()} == {*DRAWN, "social"}


@pytest.mark.parametrize("name", DRAWN)
def test_stored_picture_is_what_is_drawn(name):
    assert NUMBER.sub("#", stored(name)) == NUMBER.sub("#", DRAWN[name])
    there, drawn = (np.array(NUMBER.findall(text), dtype=float) for text in (stored(name), DRAWN[name]))
    assert np.max(np.abs(there - drawn)) <= 1.5, "a pixel more or less: another processor trains a little differently"


def test_the_curve_begins_off_the_solution_and_ends_on_it():
    text = stored("moving_network")
    moving, wave = re.findall(r'<path d="M([\d., -]+)"[^>]*stroke="#(?:0072B2|333333)"[^>]*>', text)[-2:]
    first = re.search(r'attributeName="d"[^>]*values="M([^;]+);', text)[1]
    heights = [np.array([point.split(",")[1] for point in path.split()], dtype=float) for path in (first, moving, wave)]
    assert np.max(np.abs(heights[0] - heights[2])) > 40
    assert np.max(np.abs(heights[1] - heights[2])) < 3


def test_what_a_link_shows_has_the_size_that_it_should():
    with Image.open(pictures.FOLDER / "social.png") as picture:
        assert picture.size == (1200, 630)
