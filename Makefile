# Any target may be the first command on a fresh clone: each sets up what it needs.
# Needs Python >= 3.10, make, git and either Go >= 1.25 or access to Pulumi's installer.
PYTHON ?= python3
BIN := $(CURDIR)/.venv/bin
PYPROJECTS := provider/pyproject.toml emulator/pyproject.toml
PINS := constraints.txt requirements-dev.txt
PACK := policies/vectorize
# Two processes take half the time of one on two cores (measured 2026-11); more would only crowd the engines they start.
PYTEST := $(BIN)/python -m pytest -n 2 --dist worksteal

export PATH := $(BIN):$(CURDIR)/.engine/bin:$(PATH)
export PULUMI_SKIP_UPDATE_CHECK := 1
export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION := true
# One seed for both test processes, another for each run: they must agree on the order of a set in a test's name.
export PYTHONHASHSEED := $(shell date +%s)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup test check lint format walk matrix mutants corpus demo emulator clean
.DEFAULT_GOAL := test

setup: .venv/.stamp $(PACK)/venv/.stamp  ## .venv/ with both packages and the tools, .engine/ with a Pulumi engine
	@$(BIN)/python tools/engine/install.py

.venv/.stamp: $(PYPROJECTS) $(PINS)
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 10) or sys.exit("error: Python " + sys.version.split()[0] + " is too old: set PYTHON to a Python 3.10 or newer")'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --requirement requirements-dev.txt \
	  --editable './provider[cli]' --editable './emulator[test]'
	@touch $@

$(PACK)/venv/.stamp: .venv/.stamp $(PACK)/requirements.txt $(PACK)/constraints.txt
	@$(BIN)/python -m venv --clear $(PACK)/venv
	$(PACK)/venv/bin/python -m pip install --quiet --constraint $(PACK)/constraints.txt --requirement $(PACK)/requirements.txt
	@touch $@

test: setup  ## every test
	$(PYTEST) $(PYTEST_ARGS)

check: lint setup  ## what CI runs, with coverage of provider/ gated at 95 %
	$(PYTEST) --cov --cov-report=term $(PYTEST_ARGS)

lint: .venv/.stamp  ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: .venv/.stamp  ## rewrite what the linters can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

walk: .venv/.stamp  ## a longer random walk over the lifecycle: make walk STEPS=1000000 SEED=7
	@WALK_STEPS=$(or $(STEPS),1000000) WALK_SEED=$(or $(SEED),0) $(PYTEST) tests/walk

matrix: setup  ## unit and lifecycle tests on every supported Python, and on the oldest supported SDK
	@$(BIN)/python tools/matrix.py

mutants: .venv/.stamp  ## mutation testing of the core; some: make mutants MUTANTS='*.lifecycle.diff.*'
	@nice $(BIN)/python tools/mutants.py $(MUTANTS)

corpus: setup  ## the golden corpus of reviews, made again by the engine: shows what differs; CORPUS=--write takes it over
	@$(BIN)/python tools/corpus.py $(CORPUS)

demo: setup  ## a real `pulumi up` against the local emulator
	@$(BIN)/python tools/demo.py

emulator: .venv/.stamp  ## the Cloudflare Vectorize API on http://127.0.0.1:8787
	@$(BIN)/vectorize-emulator serve --data-dir .emulator --hint

clean:  ## removes everything that the targets above made
	rm -rf .venv .venv-matrix $(PACK)/venv .mutants .engine .emulator .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
