# make run: the shop, with a demo store.  make test: all tests.  make help: the rest.
# Needs Python 3.11 or later and make. Everything else goes into .venv; a second time costs nothing.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
WORKERS ?= 2
CHECKOUTS ?= 2000
EXAMPLES ?= 1000

.PHONY: help run test test-sqlite test-postgres soak bench bench-orders check lint types layers django-checks format lock clean

help:
	@echo "make run      the shop with a demo store and a sandbox to pay in (PORT, SANDBOX_PORT)"
	@echo "make test     all tests, on SQLite and on PostgreSQL"
	@echo "make soak     2,000 checkouts through a failing store, and a long play of the payment's model"
	@echo "make check    lint, types, layers, migrations, start-up checks"
	@echo "make bench         public pages and API lists at 10,000 products beside a bare view (some three minutes)"
	@echo "make bench-orders  the orders API and admin at 10,000 and 1,000,000 orders (some ten minutes)"
	@echo "make format   puts the code into its form"
	@echo "make lock     pins the libraries anew from pyproject.toml"

run: .venv/.for-run
	@$(BIN)/python manage.py demo

test: test-sqlite test-postgres

test-sqlite: .venv/.for-work
	$(BIN)/python -m pytest -n $(WORKERS)

# Without what is the same on every database.
test-postgres: .venv/.for-work
	$(BIN)/python -m tests.postgres $(BIN)/python -m pytest -n $(WORKERS) -m "not once"

# Not part of `make test`, which has a short one of each.
soak: .venv/.for-work
	$(BIN)/python -m tests.proof.soak --checkouts $(CHECKOUTS)
	PROOF_EXAMPLES=$(EXAMPLES) PROOF_STEPS=40 $(BIN)/python -m pytest -s tests/proof/test_model.py

check: lint types layers django-checks

lint: .venv/.for-work
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.for-work
	$(BIN)/mypy
	$(BIN)/mypy --config-file stores/sandbox/mypy.ini stores/sandbox

layers: .venv/.for-work
	$(BIN)/lint-imports

django-checks: .venv/.for-work
	$(BIN)/python -m tests.environment manage.py makemigrations --check
	$(BIN)/python -m tests.environment manage.py check --fail-level WARNING

# Fewer and quicker: make bench PRODUCTS=1000 SECONDS=2
bench: .venv/.for-work
	$(BIN)/python -m tests.postgres $(BIN)/python -m tests.bench.pages $(or $(PRODUCTS),10000) $(or $(SECONDS),6)

bench-orders: .venv/.for-work
	$(BIN)/python -m tests.postgres $(BIN)/python -m tests.bench.orders

format: .venv/.for-work
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" $(UPGRADE) pyproject.toml

# UPGRADE=--upgrade takes the newest of everything.
lock: .venv/.for-work
	$(COMPILE) --output-file requirements.txt
	$(COMPILE) --group dev --output-file requirements-dev.txt

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; name one with: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@touch $@

.venv/.for-run: .venv/.made requirements.txt
	@echo "Installing the libraries into .venv (once) …"
	@$(PIP) -r requirements.txt
	@touch $@

.venv/.for-work: .venv/.made requirements-dev.txt
	@echo "Installing the libraries and tools into .venv (once) …"
	@$(PIP) -r requirements-dev.txt
	@touch $@ .venv/.for-run

clean:
	rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
