# Every target sets up what it needs: a fresh clone, Python 3.11 or later and a package index are enough.
.DEFAULT_GOAL := help
.PHONY: help install demo dialects rates ready coverage test quick lint bench lock wheel-test docs-check reference tutorial
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-from-lock
WORKERS ?= 2

# What is compiled is kept beside the packages, also where bytecode is switched off: commands and tests start hundreds
# of processes, each of which would compile the product anew.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/bytecode

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/:.*  ## /\t/' | expand -t 14

install: $(STAMP)  ## make .venv with the locked packages and this project (once)

$(STAMP): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked packages into $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: $(STAMP)  ## compare two shipped scenarios and write runs/demo/report.html
	$(BIN)/crmsim compare cart_rescue loud_discounts --customers 5000 --days 90 --tail 90 --replications 20 \
		--log all --out runs/demo

dialects: $(STAMP)  ## renew docs/explanation/dialects-table.md
	@$(BIN)/crmsim dialects vendors --customers 500 --days 42 --replications 4 --out runs/dialects --markdown \
		> docs/explanation/dialects-table.md

rates: $(STAMP)  ## renew experiments/message_rates.json and docs/explanation/message-rates-table.md
	@$(BIN)/crmsim run reference --customers 5000 --tail 0 --replications 8 --log all --out runs/rates
	@$(BIN)/python -m experiments.message_rates runs/rates > runs/rates/message_rates.json
	@cp runs/rates/message_rates.json experiments/message_rates.json
	@$(BIN)/python -m experiments.message_rates > docs/explanation/message-rates-table.md

ready: $(STAMP)  ## renew docs/explanation/ready-strategies-table.md (some ten minutes)
	@$(BIN)/crmsim compare $$($(BIN)/python -m experiments.ready_strategies names) --customers 3000 --tail 0 \
		--replications 2 --log none --out runs/ready
	@$(BIN)/python -m experiments.ready_strategies page runs/ready > docs/explanation/ready-strategies-table.md

coverage: $(STAMP)  ## renew docs/explanation/coverage.md (some minutes)
	@$(BIN)/crmsim reach full_programme --customers 20000 --days 180 --replications 1 --out runs/coverage
	@$(BIN)/python -m experiments.coverage runs/coverage > docs/explanation/coverage.md

test: $(STAMP)  ## all tests
	@$(BIN)/python -m pytest -q -n $(WORKERS)

quick: $(STAMP)  ## the tests that take under a minute together
	@$(BIN)/python -m pytest -q -n $(WORKERS) -m "not slow"

lint: $(STAMP)  ## style, types, layers
	@status=0; for check in "ruff check ." "ruff format --check ." mypy lint-imports; do \
		$(BIN)/$$check || status=1; done; exit $$status

bench: $(STAMP)  ## benchmarks
	@$(BIN)/python -m pytest -q --benchmark-enable --benchmark-only benchmarks
	@$(BIN)/python -m benchmarks

reference: $(STAMP)  ## write what is made from the program: JSON Schema, pages of keys and figures
	@$(BIN)/python -m strategies.language > configs/schema/scenario.json
	@$(BIN)/python -m strategies.language dialect > configs/schema/dialect.json
	@$(BIN)/python -m sim.population_schema > configs/schema/population.json
	@$(BIN)/python -m strategies.language keys > docs/reference/keys.md
	@$(BIN)/python -m experiments.metrics_page > docs/reference/metrics.md

tutorial: $(STAMP)  ## renew the outputs shown in the tutorial and in reading-a-comparison.md
	@UPDATE_TUTORIAL=1 $(BIN)/python -m pytest -q tests/docs/test_tutorial.py

lock:  ## renew requirements.lock from pyproject.toml (needs uv)
	@uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-header \
		--extra dev --output-file requirements.lock pyproject.toml

wheel-test: $(STAMP)  ## build the wheel and use it outside the source tree
	@$(BIN)/python -m pytest -q tests/test_wheel.py

docs-check: $(STAMP)  ## examples in docstrings run, links in the docs lead somewhere
	@$(BIN)/python -m pytest -q -n $(WORKERS) tests/docs sim strategies experiments
