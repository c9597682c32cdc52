# make run: the shop, with a demo store.  make test: all tests.  make help: the rest.
# Needs Python 3.11 or later and make. Everything else goes into .venv; a second time costs nothing.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
# As many as the machine has cores, two at least.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2); echo $$((n > 2 ? n : 2)))
CHECKOUTS ?= 2000
EXAMPLES ?= 1000

.DEFAULT_GOAL := help
# Compiled once: the tests start some hundred processes.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.runtime-installed ## the shop with a demo store and a sandbox to pay in (PORT, SANDBOX_PORT)
	@$(BIN)/python -m demo

test: test-sqlite test-postgres ## all tests, on SQLite and on PostgreSQL

TESTS = $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test-sqlite: .venv/.dev-installed
	$(TESTS)

# Without what is the same on every database.
test-postgres: .venv/.dev-installed
	$(BIN)/python -m tests.postgres $(TESTS) -m "not any_database"

# Not part of `make test`, which has a short one of each.
soak: .venv/.dev-installed ## 2,000 checkouts through a failing store, and a long play of the payment's model
	$(BIN)/python -m tests.reliability.soak --checkouts $(CHECKOUTS)
	RELIABILITY_EXAMPLES=$(EXAMPLES) RELIABILITY_STEPS=40 $(BIN)/python -m pytest -s tests/reliability/test_payment_model.py

check: audit types types-sandbox lint layers citations language django-checks security ## lint, types, layers, citations, language, migrations, start-up checks, security

lint: .venv/.dev-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev-installed
	$(BIN)/mypy

types-sandbox: .venv/.dev-installed
	$(BIN)/mypy --config-file sandbox/mypy.ini sandbox

layers: .venv/.dev-installed
	$(BIN)/lint-imports

# Each rule number that is cited is defined in docs/.
citations: .venv/.dev-installed
	$(BIN)/python -m tests.citations

# Spelling, and turns of phrase that read like a translation.
language: .venv/.dev-installed
	$(BIN)/python -m tests.language

django-checks: .venv/.dev-installed
	$(BIN)/python -m tests.environment manage.py makemigrations --check
	$(BIN)/python -m tests.environment manage.py check --fail-level WARNING

security: .venv/.dev-installed
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml config checkout subscriptions orders catalog stores nextcommerce

# First of all: it mostly waits for an answer.
audit: .venv/.dev-installed
	$(BIN)/python -m tests.dependency_audit requirements.txt

# Fewer and quicker: make bench PRODUCTS=1000 SECONDS=2 PAYMENTS=40
bench: .venv/.dev-installed ## pages and API lists at 10,000 products beside a bare view; the CPU of a settlement (five minutes)
	$(BIN)/python -m tests.postgres $(BIN)/python -m tests.bench.pages $(or $(PRODUCTS),10000) $(or $(SECONDS),6)
	$(BIN)/python -m tests.postgres $(BIN)/python -m tests.bench.settlement $(or $(PAYMENTS),200)

bench-orders: .venv/.dev-installed ## the orders API and admin at 10,000 and 1,000,000 orders (some ten minutes)
	$(BIN)/python -m tests.postgres $(BIN)/python -m tests.bench.orders

messages: .venv/.dev-installed ## puts new sentences into the German catalogue, for translation, and compiles it
	$(BIN)/python -m tests.translations

format: .venv/.dev-installed ## puts the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" $(UPGRADE) pyproject.toml

# UPGRADE=--upgrade takes the newest of everything.
lock: .venv/.dev-installed ## pins the libraries anew from pyproject.toml
	$(COMPILE) --output-file requirements.txt
	$(COMPILE) --group dev --output-file requirements-dev.txt

.venv/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; name one with: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@touch $@

.venv/.runtime-installed: .venv/.created requirements.txt
	@echo "Installing the libraries into .venv (once) …"
	@$(PIP) -r requirements.txt
	@touch $@

.venv/.dev-installed: .venv/.created requirements-dev.txt
	@echo "Installing the libraries and tools into .venv (once) …"
	@$(PIP) -r requirements-dev.txt
	@touch $@ .venv/.runtime-installed

clean: ## takes away what make made
	rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
