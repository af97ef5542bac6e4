"""Settings that all tests share."""

from hypothesis import settings

# The same examples every time, and no failure because a machine is busy.
settings.register_profile("course", derandomize=True, deadline=None)
settings.load_profile("course")
