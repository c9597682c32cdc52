# make run: start a demo shop.  make test: run all tests.  make help: list all targets.
# Needs make and Python 3.11 or later. Everything else is installed into .venv, once.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
# One per core, and one more because many tests wait for processes that they started.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2); echo $$((n + 1)))
CHECKOUTS ?= 2000
EXAMPLES ?= 1000
CARTS ?= 10000

.DEFAULT_GOAL := help
# The tests start hundreds of processes, so let Python cache bytecode.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))

help: ## list all targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.runtime-installed ## start a demo shop and a sandbox NEXT store (PORT, SANDBOX_PORT)
	@$(BIN)/python -m demo

test: test-sqlite test-postgres ## run all tests on SQLite and PostgreSQL

TESTS = $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test-sqlite: .venv/.dev-installed
	$(TESTS)

# Skips tests that don't depend on the database.
test-postgres: .venv/.dev-installed
	$(BIN)/python -m tests.postgres $(TESTS) -m "not any_database"

# Not part of `make test`, which runs a short version of each.
soak: .venv/.dev-installed ## run 2,000 checkouts against a failing NEXT store, the long payment model test, and 10,000 random carts
	$(BIN)/python -m tests.reliability.soak --checkouts $(CHECKOUTS)
	RELIABILITY_EXAMPLES=$(EXAMPLES) RELIABILITY_STEPS=40 $(BIN)/python -m pytest -s tests/reliability/test_payment_model.py
	RELIABILITY_CARTS=$(CARTS) $(TESTS) tests/reliability/test_cart_totals.py

first-hour: .venv/.dev-installed ## play a merchant's first hour in a browser, with 500 products (PRODUCTS)
	FIRST_HOUR_PRODUCTS=$(or $(PRODUCTS),500) $(BIN)/python -m pytest -s tests/browser/test_first_hour.py::test_first_hour

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
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml config checkout subscriptions orders catalog stores accounts nextcommerce outbound wording

# Listed first in `check` because it mostly waits for the network.
audit: .venv/.dev-installed
	$(BIN)/python -m tests.dependency_audit requirements-extras.txt

# For a shorter run: make bench PRODUCTS=1000 SECONDS=2 PAYMENTS=40
bench: .venv/.dev-installed ## measure pages and API lists at 10,000 products, and the CPU time of a settlement (5 minutes)
	$(BIN)/python -m tests.postgres $(BIN)/python -m tests.bench.pages $(or $(PRODUCTS),10000) $(or $(SECONDS),6)
	$(BIN)/python -m tests.postgres $(BIN)/python -m tests.bench.settlement $(or $(PAYMENTS),200)

bench-orders: .venv/.dev-installed ## measure the orders API and admin at 10,000 and 1,000,000 orders (10 minutes)
	$(BIN)/python -m tests.postgres $(BIN)/python -m tests.bench.orders

bench-admin: .venv/.dev-installed ## measure the admin's lists at 100,000 rows, and home and reports at 1,000,000 orders (15 minutes)
	$(BIN)/python -m tests.postgres $(BIN)/python -m tests.bench.admin $(ROWS) $(ORDERS)

bench-catalog: .venv/.dev-installed ## measure the catalog's lists and searches at 5,000 and 100,000 products (5 minutes)
	$(BIN)/python -m tests.postgres $(BIN)/python -m tests.bench.catalog $(FEW) $(MANY)

# 100 shoppers press Pay within a second while NEXT is silent.
bench-burst: .venv/.dev-installed ## measure the shop's pages while a hundred shoppers press Pay at once (2 minutes)
	$(BIN)/python -m tests.postgres $(BIN)/python -m tests.reliability.silent_store

bench-load: .venv/.dev-installed ## measure how much one machine serves: requests, connections, memory (1 minute)
	$(BIN)/python -m tests.postgres $(BIN)/python -m tests.bench.load

messages: .venv/.dev-installed ## add new texts to the German message file, and compile it
	$(BIN)/python -m tests.translations

format: .venv/.dev-installed ## fix and format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" $(UPGRADE) pyproject.toml

# UPGRADE=--upgrade picks the latest versions. requirements-extras.txt adds all optional packages to
# requirements.txt, and the container image installs it. Tests need them too, so requirements-dev.txt has them.
lock: .venv/.dev-installed ## pin the dependencies of pyproject.toml
	$(COMPILE) --output-file requirements.txt
	$(COMPILE) --all-extras --output-file requirements-extras.txt
	$(COMPILE) --all-extras --group dev --output-file requirements-dev.txt

# BASE is any image with Python 3.11 or later, or a Debian or Ubuntu. ENGINE is docker, podman, or buildah.
image: ## build the container image "shop" (BASE, ENGINE)
	$(or $(ENGINE),docker) build --build-arg BASE=$(or $(BASE),debian:bookworm-slim) --tag shop .

# Takes minutes and 3 GB in /var/tmp/shop-image. Not part of `make test`, because it needs root and two packages:
# sudo apt install mmdebstrap buildah
image-test: .venv/.dev-installed ## build the container image from Debian's packages, without a registry, and run it
	$(BIN)/python -m tests.image

release: .venv/.dev-installed ## check, test, and tag this commit as the version in config/__init__.py, and build its archive
	$(BIN)/python -m tests.release --check
	$(MAKE) check test test-pythons
	$(BIN)/python -m tests.release

# Each in an environment of its own, which stays for the next time. Skips versions that aren't installed.
test-pythons: ## run all tests on SQLite with Python 3.12 and 3.13, where they are installed
	@for version in 3.12 3.13; do \
		python$$version -c pass 2>/dev/null || { echo "Skipped: python$$version is not installed"; continue; }; \
		python$$version -m venv .venv-$$version && \
		.venv-$$version/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
			-r requirements-dev.txt && \
		.venv-$$version/bin/python -m pytest -n $(WORKERS) --dist worksteal || exit 1; \
	done

.venv/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is required. Choose one with: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@touch $@

.venv/.runtime-installed: .venv/.created requirements.txt
	@echo "Installing dependencies into .venv (first run only) …"
	@$(PIP) -r requirements.txt
	@touch $@

.venv/.dev-installed: .venv/.created requirements-dev.txt
	@echo "Installing dependencies and tools into .venv (first run only) …"
	@$(PIP) -r requirements-dev.txt
	@touch $@ .venv/.runtime-installed

clean: ## remove everything that make created
	rm -rf .venv .venv-3.* dist var .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
