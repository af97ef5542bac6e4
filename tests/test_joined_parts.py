"""Arrays of unequal length that are joined have derivatives of their own parts."""

from __future__ import annotations

import numpy as np

from course_lib.differentiation import reverse_mode
from course_lib.differentiation.finite_differences import complex_step


def test_parts_of_unequal_length():
    rng = np.random.default_rng(0)
    parts, weights = [rng.normal(size=(n, 2)) for n in (3, 1, 4, 2)], rng.normal(size=(10, 2))

    def f(*parts):
        return np.sum(np.sin(np.concatenate(parts)) * weights)

    slopes = reverse_mode.gradient(f)(*parts)
    for k, (part, slope) in enumerate(zip(parts, slopes)):
        direction = rng.normal(size=part.shape)
        along = complex_step(lambda s: f(*parts[:k], part + s * direction, *parts[k + 1 :]), 0.0)
        np.testing.assert_allclose(np.sum(slope * direction), along, rtol=1e-13)
