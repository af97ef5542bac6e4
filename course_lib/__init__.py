"""course_lib: the code of the book *From Backpropagation to Neural ODE Solutions*.

One module, one idea of the lecture, in the lecture's order::

    network ──► backpropagation ──► minibatch        elementary ──► forward_mode
       │            workspace ──────────┘                 │    └──► reverse_mode ──► graph
       │                                                  └───────► symbolic
       └────────────► trial_solution ◄── ode
                            │
            jets ──► residuals ──► optimisers, random_features
                                           │
                error_estimate ──► fitting ──► pieces ──► solution ──► training

    plotting draws what the others return

Import from the modules: ``from course_lib.network import Network``.
"""

__version__ = "1.0.0"
