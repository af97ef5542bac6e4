"""course_lib: the code of the book *From Backpropagation to Neural ODE Solutions*.

Its parts are those of the book, and data goes one way through them, from left to right::

    networks ────────────┐
                         ├──► equations ──► drawing
    differentiation ─────┘

The first two parts do not know of each other, and nothing imports what draws. Import from the parts:
``from course_lib.networks import Network``. The exercises use `checks`, the chapters also `reading`.
"""

import numpy as np

__version__ = "1.0.0"

# On Linux freed memory goes back to the system at once and is fetched again page by page, which
# costs more than the arithmetic on it. Once one large array has come and gone, the C library keeps
# memory for the next (mallopt(3), M_MMAP_THRESHOLD). This one is never written, so it costs nothing.
np.empty(30 * 2**20, dtype=np.uint8)
