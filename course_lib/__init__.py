"""course_lib: the code of the book *From Backpropagation to Neural ODE Solutions*.

One module, one idea of the lecture, in the lecture's order::

    activation, parameters ──► network ──► backpropagation ──► minibatch
                                  │            workspace ──────────┘
                                  │
                                  │    elementary ──► differentiable ──► forward_mode ──► partials
                                  │                        │    └──► reverse_mode ──► graph
                                  │                        └──► symbolic ◄── operation_counts
                                  │
                                  └──► trial_solution ◄── problem ◄── conditions
                                              │              └──► ode
                       jets, partials ──► residuals ──► optimisers, random_features
                                                             │
                                    error_estimate ──► fitting ──► pieces ──► solution ──► training

    canvas ──► network_drawing, graph_drawing ──► plotting draws what the others return

Import from the modules: ``from course_lib.networks.layout import Network``.
"""

import numpy as np

__version__ = "1.0.0"

# On Linux freed memory goes back to the system at once and is fetched again page by page, which
# costs more than the arithmetic on it. Once one large array has come and gone, the C library keeps
# memory for the next (mallopt(3), M_MMAP_THRESHOLD). This one is never written, so it costs nothing.
np.empty(30 * 2**20, dtype=np.uint8)
