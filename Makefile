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
TESTS := -m 'not long' -n auto --dist loadfile --no-loadscope-reorder

.PHONY: demo test test-long test-oldest test-pythons check format stubs docs bench dist sizes clean

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $(STAMP)

demo: $(STAMP)            ## train a LeNet-style net on real handwritten digits
	@mkdir -p examples/out
	$(BIN)/th7shell examples/digits.lua

# One seed: all processes must collect the tests in one order.
test test-oldest test-pythons: export OPENBLAS_NUM_THREADS = 1
test test-oldest test-pythons: export PYTHONHASHSEED = 0
test: $(STAMP)            ## the whole test suite, a process a core
	$(BIN)/python -m compileall -q th7shell
	$(BIN)/python -m pytest $(TESTS)

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

docs: $(STAMP)            ## the documentation site, in build/site
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	$(BIN)/python -m sphinx -q -W --keep-going -d build/doctrees docs build/site

bench: $(STAMP)           ## speed: the original, NumPy, PyTorch, and the commit BEFORE=… in one table
	$(BIN)/python benchmarks/run.py $(if $(BEFORE),--before $(BEFORE) --rounds 3)

sizes:                    ## lines per file, longest first
	@find th7shell -name '*.py' | xargs wc -l | sort -rn | head -40

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .mypy_cache examples/out

dist:                     ## wheel and sdist, checked and tried, in dist/
	$(PYTHON) -m venv $(VENV)/build
	$(VENV)/build/bin/python -m pip install --quiet build twine check-wheel-contents pyroma
	rm -rf dist
	$(VENV)/build/bin/python -m build --outdir dist .
	$(VENV)/build/bin/python -m twine check --strict dist/*
	$(VENV)/build/bin/python -m check_wheel_contents dist/*.whl
	$(VENV)/build/bin/pyroma --min=8 dist/*.tar.gz  # two points are for an address of a person and a page
	$(PYTHON) tests/try_dist.py dist

test-oldest:              ## the suite on the oldest versions that pyproject.toml allows (uses uv)
	$(PYTHON) -m venv $(VENV)/oldest
	$(VENV)/oldest/bin/python -m pip install --quiet uv
	VIRTUAL_ENV=$(VENV)/oldest $(VENV)/oldest/bin/uv pip install --quiet --resolution lowest-direct --editable '.[test]'
	$(VENV)/oldest/bin/python -m pytest $(TESTS)

test-pythons:             ## the suite on every Python that is alive (uv brings them)
	$(PYTHON) -m venv $(VENV)/pythons
	$(VENV)/pythons/bin/python -m pip install --quiet uv
	for version in 3.11 3.12 3.13 3.14; do \
		$(VENV)/pythons/bin/uv run --quiet --isolated --no-project --python $$version \
			--with-editable '.[test]' python -m pytest $(TESTS) || exit 1; \
	done
