# Two commands: `make book` and `make test`. Both set up .venv first; nothing else is needed.

# The first Python here that is new enough makes the virtual environment.
ifndef PYTHON
PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
endif

BIN := .venv/bin
READY := .venv/.ready
PEERS := benchmarks/.venv

.PHONY: help book test serve notebooks exercises grade lab bench lock clean

help:
	@echo "make book       build the book into _build/html"
	@echo "make test       run every test: the library, every notebook, the book"
	@echo "make serve      build the book and serve it on http://localhost:8000"
	@echo "make notebooks  run the chapters again and store their notebooks"
	@echo "make exercises  make the student notebooks and the solutions from the masters"
	@echo "make grade      grade what students handed in: make grade SUBMISSIONS=folder"
	@echo "make lab        open the notebooks in JupyterLab"
	@echo "make bench      measure the library beside its peers"
	@echo "make lock       pin the newest versions that pyproject.toml allows"
	@echo "make clean      remove the built book and the caches"

book: $(READY)
	$(BIN)/jupyter-book build -q -W -n --keep-going .
	@echo "The book is ready: open file://$(CURDIR)/_build/html/index.html"

test: $(READY)
	$(BIN)/python -m pytest

serve: book
	$(BIN)/python -m http.server --directory _build/html 8000

notebooks: $(READY)
	$(BIN)/python book/build_notebooks.py

exercises: $(READY)
	$(BIN)/python exercises/release.py

grade: $(READY)
	$(BIN)/python exercises/grading/grade.py $(SUBMISSIONS)

lab: $(READY)
	$(BIN)/jupyter lab book

bench: $(READY) $(PEERS)/.ready
	$(BIN)/python benchmarks/solver.py $(PEERS)/bin/python
	$(BIN)/python benchmarks/engines.py $(PEERS)/bin/python

lock:
	@command -v uv >/dev/null || { echo "uv is missing: pip install uv"; exit 1; }
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
		--upgrade --no-header -o requirements.txt

clean:
	rm -rf _build .pytest_cache .hypothesis .coverage

$(READY): requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is missing:" \
		"install it, or say where it is with make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo \
		"$(PYTHON) is not Python 3.11 or newer: install a newer one"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo \
		"Python's venv module is missing: install it (Debian, Ubuntu: apt install python3-venv)"; exit 1; }
	$(PYTHON) -m venv .venv
	@echo "Installing the pinned packages into .venv. The first time takes a few minutes."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(PEERS)/.ready: benchmarks/requirements.txt | $(READY)
	$(BIN)/python -m venv $(PEERS)
	@echo "Installing the peers into $(PEERS). The first time takes a few minutes."
	@$(PEERS)/bin/python -m pip install -q --disable-pip-version-check -r $<
	@touch $@
