# Two commands set everything up on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
STAMP := $(VENV)/.ready
CODE := th7shell tests examples benchmarks

.PHONY: demo test test-long check format stubs bench sizes clean

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $(STAMP)

demo: $(STAMP)            ## train a LeNet-style net on real handwritten digits
	@mkdir -p examples/out
	$(BIN)/th7shell examples/digits.lua

test: $(STAMP)            ## the whole test suite
	$(BIN)/python -m pytest -m 'not long'

test-long: $(STAMP)       ## the checks that take minutes
	$(BIN)/python -m pytest -m long

check: $(STAMP)           ## lint, format and types
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy

format: $(STAMP)          ## rewrite the code in the project's format
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

stubs: $(STAMP)           ## write the types that editors and type checkers read
	$(BIN)/python docs/make_stubs.py

bench: $(STAMP)           ## speed, beside the original's figures
	$(BIN)/python benchmarks/run.py

sizes:                    ## lines per file, longest first
	@find th7shell -name '*.py' | xargs wc -l | sort -rn | head -40

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .mypy_cache examples/out
