# Any target may be the first command on a fresh clone: each sets up what it needs.
# Needs Python >= 3.10, make, git and either Go >= 1.25 or access to Pulumi's installer.
PYTHON ?= python3
BIN := $(CURDIR)/.venv/bin
PYPROJECTS := provider/pyproject.toml emulator/pyproject.toml
PINS := constraints.txt requirements-dev.txt
PACK := policies/vectorize
# Two processes take half the time of one on two cores (measured 2026-11).
PYTEST := $(BIN)/python -m pytest -n 2 --dist worksteal

export PATH := $(BIN):$(CURDIR)/.engine/bin:$(PATH)
export PULUMI_SKIP_UPDATE_CHECK := 1
export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION := true
# Both test processes need the same seed, because it decides the order of a set in the name of a test.
export PYTHONHASHSEED := $(shell date +%s)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup test check lint format docs sdks walk matrix mutants corpus demo emulator clean
.DEFAULT_GOAL := test

setup: .venv/.stamp $(PACK)/venv/.stamp  ## .venv/ with both packages and the tools, .engine/ with a Pulumi engine
	@$(BIN)/python tools/engine/install.py
	@$(BIN)/python tools/sdks.py --packages

.venv/.stamp: $(PYPROJECTS) $(PINS)
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 10) or sys.exit("error: Python " + sys.version.split()[0] + " is too old: set PYTHON to a Python 3.10 or newer")'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear --upgrade-deps .venv
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

docs: .venv/.stamp  ## the documentation site, with every link checked
	@$(BIN)/python tools/docs.py

sdks: setup  ## the plugin's schema from the models, and the SDKs in sdk/ from the schema
	@$(BIN)/python tools/schema.py --write
	@$(BIN)/python tools/sdks.py --write

format: .venv/.stamp  ## rewrite what the linters can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

walk: .venv/.stamp  ## a longer random walk over the lifecycle: make walk STEPS=1000000 SEED=7
	@WALK_STEPS=$(or $(STEPS),1000000) WALK_SEED=$(or $(SEED),0) $(PYTEST) tests/walk

matrix: setup  ## unit and lifecycle tests on every Python and the oldest versions; one: make matrix SESSION=oldest_sdk
	@$(BIN)/nox $(if $(SESSION),--session $(SESSION))

mutants: .venv/.stamp  ## mutation testing of the core; some: make mutants MUTANTS='*.lifecycle.index.diff.*'
	@nice $(BIN)/python tools/mutants.py $(MUTANTS)

corpus: setup  ## the golden corpus of reviews, previewed again by the engine: make corpus CORPUS=--write
	@$(BIN)/python tools/corpus.py $(CORPUS)

demo: setup  ## indexes, a refused replacement and its review, with the real engine and the emulator
	@$(BIN)/python tools/demo.py

emulator: .venv/.stamp  ## the Cloudflare Vectorize API on this machine: make emulator PORT=8787
	@$(BIN)/vectorize-emulator serve --port $(or $(PORT),8787) --data-dir .emulator --hint

clean:  ## removes everything that the targets above made
	rm -rf .venv .venv-matrix .docs $(PACK)/venv .mutants .engine .emulator .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
