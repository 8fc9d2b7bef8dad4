.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help run test lint bench draw bundle clean

help: ## List what can be done
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

.venv/run.stamp: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Partnerline needs Python 3.11 or newer; set PYTHON=python3.11")'
	@echo "Setting up .venv (once; about half a minute) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.txt
	@echo "Adding what the tests need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

run: .venv/run.stamp ## Set everything up and run the whole demo on this machine (PORT, STUB_PORT, STATE_DIR)
	@exec $(BIN)/python -m config.local

test: .venv/dev.stamp ## Run the checks and the whole suite (TEST_DATABASE_URL, TEST_REDIS_URL, LONG=1)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest $(ARGS)

lint: .venv/dev.stamp ## Only the checks: ruff, mypy, the import line
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: .venv/dev.stamp ## Measure, print one table and write docs/figures.md
	@$(BIN)/python -m tests.benchmarks

draw: .venv/dev.stamp ## Write the generated documents anew: docs/flows.md, docs/openapi.json, docs/retention.md
	@PARTNERLINE_ENV=test $(BIN)/flask --app wsgi flows draw
	@PARTNERLINE_ENV=test $(BIN)/flask --app wsgi docs openapi
	@PARTNERLINE_ENV=test $(BIN)/flask --app wsgi docs retention

bundle: .venv/dev.stamp ## Build the mini-app's browser files anew
	@$(BIN)/python miniapp_stub/h5/build.py

clean: ## Remove the virtual environment and caches; the data in var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
