# Every target makes what it needs: a virtual environment in .venv with the pinned set of constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SUITE ?= pinn/burgers
# Two test processes on two cores: one thread each, or they fight.
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

.PHONY: help install demo test lint format docs bench clean
help: ## show the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(STAMP): pyproject.toml constraints.txt
	@echo "== making $(VENV) with the pinned packages (about two minutes, 2 GB)"
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Isocline needs Python 3.11 or newer; name one: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -c constraints.txt torch
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[parquet,dask,bench,docs,dev]'
	@touch $@

install: $(STAMP) ## make .venv

demo: $(STAMP) ## one job of each application on the shipped data
	@echo "== isocline demo (at most four minutes)"
	$(BIN)/isocline demo --out runs/demo --force

test: $(STAMP) ## run the tests
	@echo "== pytest, two processes"
	$(ONE_THREAD) $(BIN)/python -m pytest -q -n 2 --dist loadfile

lint: $(STAMP) ## format, rules, types and the arrows between packages
	@echo "== ruff, mypy, import-linter"
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP) ## rewrite the code in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(STAMP) ## build the documentation; warnings are errors
	@echo "== sphinx into docs/_build/html"
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html

bench: $(STAMP) ## run one benchmark suite: make bench SUITE=forecast/ett
	$(BIN)/isocline bench run $(SUITE)
	$(BIN)/isocline bench table $(SUITE)

clean: ## remove .venv and what was built
	rm -rf $(VENV) build dist docs/_build docs/api .pytest_cache .mypy_cache .ruff_cache
