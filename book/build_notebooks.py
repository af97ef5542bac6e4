"""Run the chapters in book/chapters and store them as notebooks in book/notebooks.

    python book/build_notebooks.py                   # every chapter
    python book/build_notebooks.py 05_forward_mode   # only this one

A chapter run twice gives the same bytes, so a difference in a notebook is a difference in
what the course says.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jupytext
import matplotlib
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from tqdm import tqdm

BOOK = Path(__file__).resolve().parent
CHAPTERS = BOOK / "chapters"
NOTEBOOKS = BOOK / "notebooks"

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    # No version: the stored notebook does not depend on the Python that ran it.
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}

# What would otherwise make a cell's output depend on the machine: the user's own matplotlib
# settings, the number of threads that share a sum, the order of a set.
KERNEL_ENVIRONMENT = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MATPLOTLIBRC": matplotlib.get_data_path(),
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}
# Each figure is stored twice: drawn by lines, for screens, and in pixels, two for each on the page.
KERNEL_ARGUMENTS = [
    "--log-level=ERROR", "--InlineBackend.figure_formats=svg", "--InlineBackend.figure_formats=retina",
]  # fmt: skip


def read_chapter(path: Path) -> NotebookNode:
    """Read a chapter as a notebook that has not run yet, with its fixed ids and metadata."""
    notebook = jupytext.read(path, fmt="md:myst")
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for position, cell in enumerate(notebook.cells):
        cell.id = f"{path.stem}-{position:03d}"
    return notebook


def run_chapter(path: Path) -> NotebookNode:
    """Run a chapter in a fresh kernel.

    Raises
    ------
    ValueError
        If a cell fails, or shows what another run would not repeat.
    """
    notebook = read_chapter(path)
    client = NotebookClient(
        notebook,
        timeout=1800,
        startup_timeout=600,
        kernel_name="python3",
        extra_arguments=KERNEL_ARGUMENTS,
        record_timing=False,
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    )
    try:
        client.execute()
    except CellExecutionError:
        pass  # the failing cell holds the error, which is told below
    # The kernel has written its own version here.
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in code_cells(notebook):
        cell.outputs = [repeatable(output) for output in merge_streams(cell.outputs)]
        check_outputs(path.stem, cell)
    return notebook


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def merge_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join neighbouring pieces of one stream: where it was cut depends on the kernel's pace."""
    merged: list[NotebookNode] = []
    for output in outputs:
        if merged and output.output_type == "stream" and output.name == merged[-1].get("name"):
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def repeatable(output: NotebookNode) -> NotebookNode:
    """Take out of a figure the date and matplotlib's version; give both forms the same size."""
    data = output.get("data", {})
    if "image/png" in data:
        png = base64.b64decode(data["image/png"])
        data["image/png"] = base64.b64encode(without_text(png)).decode("ascii")
    if "image/svg+xml" in data:
        data["image/svg+xml"] = re.sub(r" *<metadata>.*?</metadata>\n", "", data["image/svg+xml"], flags=re.DOTALL)
        output.metadata["image/svg+xml"] = output.metadata["image/png"]
    return output


def without_text(png: bytes) -> bytes:
    """Drop the tEXt chunks; a chunk is length (4 bytes), type (4), data (length), check (4)."""
    kept, position = [png[:8]], 8
    while position < len(png):
        end = position + 12 + int.from_bytes(png[position : position + 4], "big")
        if png[position + 4 : position + 8] != b"tEXt":
            kept.append(png[position:end])
        position = end
    return b"".join(kept)


def check_outputs(chapter: str, cell: NotebookNode) -> None:
    """Refuse an error, a message on stderr and a memory address."""
    for output in cell.outputs:
        if output.output_type == "error":
            fault = "failed: " + "\n".join(output.traceback)
        elif output.get("name") == "stderr":
            fault = f"wrote to stderr: {output.text}"
        elif re.search(r" at 0x[0-9a-f]{6}", shown_text(output)):
            fault = f"shows a memory address, end its last line with ';': {shown_text(output)}"
        else:
            continue
        raise ValueError(f"{chapter}: cell {cell.id} {fault}\n\nThe cell:\n{cell.source}")


def shown_text(output: NotebookNode) -> str:
    return output.get("text", "") + output.get("data", {}).get("text/plain", "")


def store(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook in one fixed form: sorted keys, one space, a newline at the end."""
    nbformat.validate(notebook)
    split = nbformat.v4.rwbase.split_lines(notebook)
    text = json.dumps(split, sort_keys=True, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def build(path: Path) -> str | None:
    """Run and store one chapter; return what went wrong, if anything did."""
    try:
        store(run_chapter(path), NOTEBOOKS / f"{path.stem}.ipynb")
    except Exception as error:
        return str(error)
    return None


def main() -> int:
    known = {path.stem: path for path in sorted(CHAPTERS.glob("*.md"))}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", metavar="chapter", help="default: all of them")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    arguments = parser.parse_args()
    if unknown := set(arguments.chapters) - set(known):
        parser.error(f"no chapter {', '.join(sorted(unknown))}; there are {', '.join(known)}")

    os.environ.update(KERNEL_ENVIRONMENT)
    NOTEBOOKS.mkdir(exist_ok=True)
    names = arguments.chapters or list(known)
    faults = []
    with ThreadPoolExecutor(arguments.jobs) as pool, tqdm(total=len(names)) as progress:
        results = pool.map(build, [known[name] for name in names])
        for name, fault in zip(names, results, strict=True):
            progress.set_description(name)
            progress.update()
            if fault:
                faults.append(fault)
    for fault in faults:
        print(f"\n{fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
