# Two commands: `make book` and `make test`. Both set up .venv first; nothing else is needed.

# The first Python here that is new enough makes the virtual environment.
ifndef PYTHON
PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
endif

VENV := .venv
LOCK := requirements.txt
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := benchmarks/.venv
MUTATION := .venv-mutation
# The folder with the files that let the cells run on the page; book/live/SHA256SUMS lists them.
LIVE ?= $(wildcard pyodide)
export LIVE
# What make pdf needs of Debian or Ubuntu; elsewhere, a TeX Live with these fonts.
LATEX := latexmk texlive-xetex texlive-fonts-recommended fonts-texgyre fonts-texgyre-math fonts-dejavu

.PHONY: help book live pdf slides test serve notebooks exercises grade lab bench lint links dist lock clean test-pdf test-live test-faults mutate test-all test-newest test-lowest

help:
	@echo "make book       build the book into _build/html"
	@echo "make live       build it so that its cells run on the page; needs Pyodide: make live LIVE=folder"
	@echo "make pdf        build the book as a PDF, _build/pdf/book.pdf; needs LaTeX"
	@echo "make slides     make a deck of slides of each chapter, _build/slides, and its PDF with Chromium"
	@echo "make test       run every test: the library, every notebook, the book"
	@echo "make test-pdf   build the PDF and look for what is lost, wrong or too wide"
	@echo "make test-live  run every cell and do every exercise on its page, in a browser; needs LIVE=folder"
	@echo "make test-faults  see that the tests find injected faults"
	@echo "make mutate     change the library one step at a time and list what no test sees"
	@echo "make test-all   run the tests on every Python here; test-newest, test-lowest: other versions"
	@echo "make serve      build the book and serve it on http://localhost:8000"
	@echo "make notebooks  run the chapters again and store their notebooks"
	@echo "make exercises  make the student notebooks and the solutions from the masters"
	@echo "make grade      grade what students handed in: make grade SUBMISSIONS=folder"
	@echo "make lab        open the notebooks in JupyterLab"
	@echo "make bench      measure the library beside its peers"
	@echo "make lint       check the style of the code and the types of the library"
	@echo "make links      ask whether the addresses in the book still answer"
	@echo "make dist       pack the library"
	@echo "make lock       pin the newest versions that pyproject.toml allows"
	@echo "make clean      remove the built book and the caches"

book: $(READY)
	$(BIN)/jupyter-book build -q -W -n --keep-going .
	@echo "The book is ready: open file://$(CURDIR)/_build/html/index.html"
	@test -n "$(LIVE)" || echo "Its cells do not run on the page: make live says what that needs."

live:
	@test -n "$(LIVE)" || { echo "Unpack pyodide-0.27.7.tar.bz2 of Pyodide's release here, and run:" \
		"pip download --no-deps --dest pyodide autograd==1.8.0 mpmath==1.3.0 networkx==3.4.2 sympy==1.13.3" \
		"tqdm==4.66.2. Or name the folder that has the files: make live LIVE=folder"; exit 1; }
	@$(MAKE) book

# In a folder of its own: the pages that the website has read stay as they are.
pdf: xelatex latexmk $(READY)
	$(BIN)/jupyter-book build -q -W -n --keep-going --builder latex --path-output _build/pdf .
	@echo "Running LaTeX. This takes half a minute."
	@cd _build/pdf/_build/latex \
		&& latexmk -xelatex -interaction=nonstopmode -halt-on-error -silent book.tex >/dev/null 2>&1 \
		|| { echo "LaTeX failed: see $(CURDIR)/_build/pdf/_build/latex/book.log." \
			"make pdf needs (Debian, Ubuntu): apt install $(LATEX)"; exit 1; }
	@cp _build/pdf/_build/latex/book.pdf _build/pdf/book.pdf
	@echo "The book is ready: open file://$(CURDIR)/_build/pdf/book.pdf"

slides: $(READY)
	$(BIN)/jupyter-book build -q -W -n --keep-going --builder custom --custom-builder slides .
	$(BIN)/python book/_ext/print_slides.py _build/slides
	@echo "The slides are ready: open file://$(CURDIR)/_build/slides/index.html"

xelatex latexmk:
	@command -v $@ >/dev/null || { echo \
		"$@ is missing. make pdf needs (Debian, Ubuntu): apt install $(LATEX)"; exit 1; }

test: $(READY)
	$(BIN)/python -m pytest --cov

# Slow: builds the PDF. Where LaTeX is missing, pytest says that nothing was tested.
test-pdf: $(READY)
	TEST_PDF=1 $(BIN)/python -m pytest -n 0 -rs tests/book/test_pdf.py

# Slow: runs every cell of every chapter in a browser. Without the files, pytest says that nothing was tested.
test-live: $(READY)
	TEST_LIVE=1 $(BIN)/python -m pytest -rs tests/book/test_live_browser.py tests/book/test_live_exercises.py

# Slow: puts faults into copies of the course and sees that the tests find each of them.
test-faults: $(READY)
	$(BIN)/python -m pytest tests/faults

# Very slow: changes every line of the library in turn, in a copy; tests/survivors.md says what comes out.
mutate: $(READY) $(MUTATION)/.ready
	rm -rf _build/mutation
	mkdir -p _build/mutation/tests _build/mutation/book
	cp -r course_lib pyproject.toml _build/mutation
	cp -r tests/conftest.py tests/test_*.py tests/networks tests/differentiation \
		tests/equations tests/beyond tests/drawing _build/mutation/tests
	cp book/compare_figures.py _build/mutation/book
	@printf '%s\n' '' 'import threading' 'import tqdm' 'from hypothesis import HealthCheck' \
		'# mutmut runs every test twice in one process,' \
		'twice = [HealthCheck.differing_executors]' \
		'settings.register_profile("twice", settings.get_profile("course"), suppress_health_check=twice)' \
		'settings.load_profile("twice")' \
		'# and may kill a process that holds the lock of its bar.' \
		'tqdm.tqdm.set_lock(threading.RLock())' >> _build/mutation/tests/conftest.py
	cd _build/mutation && export PYTHONPATH="$$(../../$(BIN)/python -c \
		'import sysconfig; print(sysconfig.get_path("purelib"))')" \
		&& ../../$(MUTATION)/bin/mutmut run --max-children 2 \
		&& ../../$(MUTATION)/bin/mutmut results

# Every Python here that the course supports, each in an environment of its own.
test-all:
	@for version in 3.11 3.12 3.13 3.14; do \
		if python$$version -c '' 2>/dev/null; \
		then $(MAKE) test PYTHON=python$$version VENV=.venv-$$version || exit 1; \
		else echo "no Python $$version here: left out"; fi; \
	done

# The newest versions that pyproject.toml allows, without the lock, and the lowest.
test-newest test-lowest: test-%: uv
	mkdir -p _build
	uv pip compile pyproject.toml --all-extras --python-version 3.11 --no-header --upgrade \
		--resolution $(if $(filter lowest,$*),lowest-direct,highest) -o _build/$*.txt
	$(MAKE) test VENV=.venv-$* LOCK=_build/$*.txt

serve: book
	$(BIN)/python -m http.server --directory _build/html 8000

notebooks: $(READY)
	$(BIN)/python book/build_notebooks.py

exercises: $(READY)
	$(BIN)/python exercises/release.py

grade: $(READY)
	$(BIN)/python exercises/grading/grade.py "$(SUBMISSIONS)"

lab: $(READY)
	$(BIN)/jupyter lab book

bench: $(READY) $(PEERS)/.ready
	$(BIN)/python benchmarks/solver.py $(PEERS)/bin/python
	$(BIN)/python benchmarks/engines.py $(PEERS)/bin/python
	$(BIN)/python benchmarks/systems.py $(PEERS)/bin/python
	OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/partial.py $(PEERS)/bin/python

# Asks every address in the book whether it still answers. Needs a network.
links: $(READY)
	$(BIN)/jupyter-book build --builder linkcheck .

# The library as sdist and wheel, the same bytes each time.
dist: $(READY)
	rm -rf dist
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m build

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/mypy

lock: uv
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
		--upgrade --generate-hashes --no-strip-extras --no-header -o requirements.txt

uv:
	@command -v uv >/dev/null || { echo "uv is missing: pip install uv"; exit 1; }

clean:
	rm -rf _build .pytest_cache .hypothesis .mypy_cache .ruff_cache .coverage

$(READY): $(LOCK) pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is missing:" \
		"install it, or say where it is with make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo \
		"$(PYTHON) is not Python 3.11 or newer: install a newer one"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo \
		"Python's venv module is missing: install it (Debian, Ubuntu: apt install python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned packages into $(VENV). The first time takes a few minutes."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r $(LOCK)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(PEERS)/.ready: benchmarks/requirements.txt | $(READY)
	$(BIN)/python -m venv $(PEERS)
	@echo "Installing the peers into $(PEERS). The first time takes a few minutes."
	@$(PEERS)/bin/python -m pip install -q --disable-pip-version-check -r $<
	@touch $@

$(MUTATION)/.ready: | $(READY)
	$(BIN)/python -m venv $(MUTATION)
	@$(MUTATION)/bin/python -m pip install -q --disable-pip-version-check mutmut==3.8.1
	@touch $@
