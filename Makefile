# `make help` lists what there is to run. Python 3.11 or newer and make are all it takes.

SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
INSTALLER ?= uv
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
UV := $(BIN)/uv
FILE ?= samples/demo.csv
PORT ?= 8000
ARGS ?=
MUTATIONS ?= 10000
SECONDS ?= 600
LINES ?= 3000000
CLIENTS ?= 50
RUNS ?= 5
FAULTS ?= 500
SEED ?= 1
LOCKED := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-header --no-annotate --quiet
NOWHERE := DJANGO_SETTINGS_MODULE=tests.settings

.DEFAULT_GOAL := help
.PHONY: help install demo serve test fuzz fair abuse bench load chaos lint audit format types schema check docs lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

install: $(STAMP) ## make .venv from the lock files, every package checked against its hash (INSTALLER=pip without uv)

$(STAMP): requirements.lock installer.lock
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "Python is not installed: OAS needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "OAS needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ echo "Python's venv module is missing: install it (on Debian and Ubuntu: the python3-venv package)."; exit 1; }
	$(PIP) -r $(if $(filter pip,$(INSTALLER)),requirements.lock,installer.lock)
	$(if $(filter pip,$(INSTALLER)),,$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock)
	@touch $@

demo: install ## one sales file from upload to totals (FILE=path for your own)
	@$(BIN)/python manage.py local --port 0 --once "$(FILE)"

serve: install ## the whole stack, until Ctrl-C (PORT=8000)
	@$(BIN)/python manage.py local --port $(PORT)

test: install ## every test, on the embedded servers (ARGS='-k words')
	@$(BIN)/python -m pytest -n 2 $(ARGS)

fuzz: install ## ten thousand mutated files through cleaning and importing (some minutes; MUTATIONS=number)
	OAS_MUTATIONS=$(MUTATIONS) $(BIN)/python -m pytest -n 2 tests/glider/mutations

chaos: install ## faults of every kind while files are processed: nothing is lost or doubled (FAULTS=number SEED=number)
	@$(BIN)/python -m tests.chaos.run --faults $(FAULTS) --seed $(SEED)

abuse: install ## valid and invalid requests to every operation, ten minutes (SECONDS=number)
	@$(BIN)/python -m tests.abuse --seconds $(SECONDS)

bench: install ## OAS beside bare Polars, DuckDB, pyarrow and pandas (LINES=3000000 RUNS=5)
	@$(BIN)/python -m benchmarks.engines.table --lines $(LINES) --runs $(RUNS)

load: install ## fifty clients for a minute: requests, times and errors of each route (CLIENTS=50 SECONDS=60)
	@$(BIN)/python -m benchmarks.load --clients $(CLIENTS) --seconds $(if $(filter file,$(origin SECONDS)),60,$(SECONDS))

fair: install ## one organisation sends 500 sales files, another sends one (some minutes)
	OAS_FAIR_FILES=500 $(BIN)/python -m pytest tests/e2e/test_fair_queue.py

lint: install ## style, and which package may import which
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-cache

audit: install ## known weaknesses of the locked packages (pip-audit, where its source can be reached)
	@test -x $(VENV)/audit/bin/pip-audit || { $(PYTHON) -m venv $(VENV)/audit && \
		$(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check --timeout 10 --retries 1 pip-audit; } || true
	@$(BIN)/python -m tests.audit $(VENV)/audit/bin/pip-audit

format: install ## correct the style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: install ## mypy, strict
	$(BIN)/mypy

schema: install ## the OpenAPI schema is valid and complete
	$(NOWHERE) $(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

check: install ## Django's checks for a deployment, with made-up settings
	$(NOWHERE) $(BIN)/python manage.py check --deploy --fail-level WARNING

docs: install ## the generated pages of docs/: layouts, their keys, and the worked example of reports
	$(BIN)/python -m tests.glider.independent
	$(BIN)/python -m tests.glider.layouts.page
	$(BIN)/python -m tests.glider.layouts.keys_page
	OAS_WRITE_DOCS=1 $(BIN)/python -m pytest -q tests/reports/test_example.py

lock: install ## resolve pyproject.toml again: requirements.lock, production.lock without the extras, installer.lock
	$(UV) pip compile pyproject.toml --all-extras $(LOCKED) -o requirements.lock
	$(UV) pip compile pyproject.toml --constraint requirements.lock $(LOCKED) -o production.lock
	echo uv | $(UV) pip compile - $(LOCKED) -o installer.lock

clean: ## remove what was made here: .venv, .local and caches (the demo's data too)
	rm -rf $(VENV) .local .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
