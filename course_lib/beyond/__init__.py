"""Beyond the lecture: what the method of part III is for where Euler's does not reach.

The modules stand in the order of chapters 11 to 13. Each builds on `course_lib.equations` and on nothing beside it.
"""

__all__: list[str] = []
