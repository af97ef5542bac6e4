"""The notebooks are built so that two runs give the same bytes."""

from __future__ import annotations

import build_notebooks
import pytest
from nbformat.v4 import new_code_cell, new_output

CHAPTER = """
# A chapter

```{code-cell} ipython3
import matplotlib.pyplot as plt
plt.style.use("course_lib.course")
print("one", flush=True)
print("two")
```

```{code-cell} ipython3
plt.plot([0, 1]);
```
"""


def test_same_bytes_twice(tmp_path):
    chapter = tmp_path / "00_chapter.md"
    chapter.write_text(CHAPTER)
    stored = []
    for name in ["first.ipynb", "second.ipynb"]:
        build_notebooks.store(build_notebooks.run_chapter(chapter), tmp_path / name)
        stored.append((tmp_path / name).read_bytes())
    assert stored[0] == stored[1]
    assert stored[0].endswith(b"}\n")
    assert b"00_chapter-002" in stored[0]


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (new_output("stream", name="stderr", text="a warning"), "stderr: a warning"),
        (new_output("error", ename="E", evalue="", traceback=["here"]), "failed: here"),
        (new_output("execute_result", {"text/plain": "<Line2D at 0x7fabcd>"}), "memory address"),
    ],
)
def test_refused_output(output, message):
    cell = new_code_cell("f(x)", id="a-003", outputs=[output])
    with pytest.raises(ValueError, match=f"a: cell a-003 (?s:.*){message}(?s:.*)f\\(x\\)"):
        build_notebooks.check_outputs("a", cell)


def test_streams_are_merged():
    pieces = [new_output("stream", name="stdout", text=text) for text in ["a", "b"]]
    [merged] = build_notebooks.merge_streams(pieces)
    assert merged.text == "ab"
