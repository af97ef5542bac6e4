"""Settings that all tests share."""

import os

# Threads that share small matrices wait for one another; before NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from hypothesis import settings

# The same examples every time, and no failure because a machine is busy.
settings.register_profile("course", derandomize=True, deadline=None)
settings.load_profile("course")
