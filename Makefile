# hero_cockpit: `make run` and `make test` do all of their own set-up.
# Needs on the machine: python3 (3.11 or newer, with venv and pip), make, git.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
RUN_ARGS ?=

# uv brings its own certificates; where the system has some, those of the place count too.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS ?= 1
endif
# Whoever told pip about a mirror need not tell uv as well.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

.PHONY: help run setup setup-dev test check fix lock manual soak bench clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: setup ## Start the preview node and the cockpit; prints its ready line
	@$(BIN)/hero_cockpit preview $(RUN_ARGS)

setup: $(VENV)/.setup-run ## Prepare .venv with the program and the preview node

setup-dev: $(VENV)/.setup-dev ## Prepare .venv with what the tests and checks need too

$(UV): requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "hero_cockpit needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "hero_cockpit needs Python's venv and pip; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $(UV)

$(VENV)/.setup-run: requirements/run.txt pyproject.toml $(UV)
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/run.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.setup-dev: requirements/dev.txt $(VENV)/.setup-run
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

test: setup-dev ## Run all tests (installs Debian's chromium and the like when it may)
	@sh tests/install_tools.sh
	@$(BIN)/python -m pytest $(TEST_ARGS)

check: setup-dev ## What a push must pass besides the tests: format, lint, types, architecture
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: setup-dev ## Format and mend what can be mended by itself
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(UV) ## Renew requirements/ (versions and hashes, no registry address)
	@sh requirements/lock.sh $(UV)

manual: setup ## Write manual/commands.md anew from the registry of operations
	@$(BIN)/python -m cockpit_app.cli.reference > manual/commands.md.new && mv manual/commands.md.new manual/commands.md

soak: setup-dev ## Long runs: 50 kills of an upgrade, 100,000 odd answers (half an hour)
	@$(BIN)/python -m tests.soak $(SOAK_ARGS)

bench: setup-dev ## Measure; prints figures, ratios where there is a peer
	@$(BIN)/python -m tests.bench

clean: ## Remove what make made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
