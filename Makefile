# Ninefold's commands, each from nothing: they make .venv and node_modules where these are missing or out of date.

.DEFAULT_GOAL := help
.PHONY: help run test check soak bench format messages lock
SHELL := /bin/bash
export PATH := $(CURDIR)/.venv/bin:$(PATH)

# Test processes, twice the cores of a small machine: many only wait. ARGS goes to pytest: make test ARGS='tests/shop -k stock'
WORKERS ?= 4
ARGS ?=

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: ## Serve the demo at HOST:PORT (127.0.0.1:8000) until ctrl-C
	@bin/setup run
	@python bin/run

test: ## Run the tests; REQUIRE_ALL=1 makes a skip a failure
	@bin/setup dev
	@python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder $(ARGS)

check: ## Format, lint, types, import contract, then the tests: what CI runs
	@bin/setup dev
	ruff format --check
	ruff check
	mypy
	lint-imports
	@$(MAKE) --no-print-directory test

soak: ## Run the long tests only
	@bin/setup dev
	@python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder -m soak $(ARGS)

bench: ## Print the speed of the main pages, as ratios to a bare Flask hello
	@bin/setup dev
	@python -m bench

format: ## Write the code in the house's format and sort its imports
	@bin/setup dev
	ruff check --fix --select I,UP,RUF100
	ruff format

messages: ## Collect every message into the catalogue
	@bin/setup dev
	@bin/messages

lock: ## Write the locks anew from the .in files; UPGRADE=--upgrade takes the newest versions
	@bin/setup dev
	@for name in requirements requirements-dev requirements-node; do \
		uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
			--no-emit-find-links --custom-compile-command 'make lock' $(UPGRADE) $$name.in -o $$name.txt; done
	@npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved
