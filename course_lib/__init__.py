"""course_lib: the code of the book *From Backpropagation to Neural ODE Solutions*.

Its parts are those of the book, and data goes one way through them, from left to right::

    networks ────────────┐
                         ├──► equations ──► beyond ──► drawing
    differentiation ─────┘

The first two parts do not know of each other, and nothing imports what draws. Import from the parts:
``from course_lib.networks import Network``. The exercises use `checks`, the chapters also `reading`.
"""

__version__ = "1.0.0"
