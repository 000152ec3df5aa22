# The commands a person types. `make` lists them.

PORT ?= 8000
PYTHON ?= python3
BIN := .venv/bin
# The embedded service keeps its data here, so that a stopped `make run` goes on where it was.
export CHARACTER_SYNC_DATA_DIR ?= data/demo

# Some machines forbid Python to keep what it has compiled, which costs each of the tests' hundreds of processes seconds.
unexport PYTHONDONTWRITEBYTECODE

# The Node that came with the Python packages, for npm and for whatever npm starts.
WITH_NODE := PATH="$(CURDIR)/$(BIN):$$PATH"
NODE_MODULES := $(addsuffix /node_modules/.package-lock.json,tests/e2e/node packages/react web)

.DEFAULT_GOAL := help
.PHONY: help run test chaos bench fuzz check format docs page screenshots lock audit install install-dev clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: install ## Start service, worker and sandbox Battle.net on PORT (8000)
	@exec $(BIN)/character-sync demo --port $(PORT)

test: install-dev ## Check everything: format, lint, types, import rules, audit, every test
	@scripts/provide-test-servers
	@scripts/provide-browser
	$(MAKE) --no-print-directory check
	$(MAKE) --no-print-directory audit
	cd packages/react && $(WITH_NODE) npm run --silent check
	cd web && $(WITH_NODE) npm run --silent check
	@# Files in their own order: bench, browser and chaos take longest and come first, so none is left running alone at the end.
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

chaos: install-dev ## Kill, freeze and starve real processes for an hour; writes docs/reliability.md
	@scripts/provide-test-servers
	cd tests && ../$(BIN)/python -m chaos

bench: install-dev ## Measure cost and speed, PART (all) of it, for half an hour; writes docs/benchmarks.md
	@scripts/provide-test-servers
	cd tests && ../$(BIN)/python -m bench $(PART)

fuzz: install-dev ## Random requests, histories and answers of Battle.net, EXAMPLES (500) of each, for an hour
	@scripts/provide-test-servers
	FUZZ_EXAMPLES=$(or $(EXAMPLES),500) $(BIN)/python -m pytest -s --show-capture=no tests/fuzz tests/integration/test_history_agrees.py

check: install-dev ## Format, lint, types and import rules; no tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: install-dev ## Put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: install-dev ## Write the generated pages of docs/ and the React package's types
	$(BIN)/python -m character_sync.reference.docs_pages
	cd packages/react && $(WITH_NODE) npm run --silent generate

page: install-dev ## Build the page from web/ and packages/react into the Python package; commit what it writes
	cd packages/react && $(WITH_NODE) npm run --silent build
	cd web && $(WITH_NODE) npm run --silent build
	$(BIN)/python scripts/page_manifest.py --write
	$(BIN)/python scripts/page_licenses.py --write

screenshots: install-dev ## Take pictures of the page's main states, for docs/
	@scripts/provide-browser
	$(BIN)/python -m pytest -q -x tests/browser/take_screenshots.py

lock: install-dev ## Resolve the dependencies anew and lock them with their hashes
	scripts/lock

audit: install-dev ## Look for known vulnerabilities in what is locked, and for secrets in the tree
	$(BIN)/python scripts/audit.py

install: .venv/installed-runtime
install-dev: .venv/installed-dev $(NODE_MODULES)

clean: ## Remove what was installed and built
	rm -rf .venv web/node_modules tests/e2e/node/node_modules packages/react/node_modules packages/react/tests/react-18/node_modules
	rm -rf packages/react/dist dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/uv: requirements/uv.txt
	@PYTHON="$(PYTHON)" scripts/bootstrap
	@touch $@

.venv/installed-runtime: $(BIN)/uv requirements/runtime.txt pyproject.toml
	@scripts/install requirements/runtime.txt
	@touch $@

.venv/installed-dev: $(BIN)/uv requirements/dev.txt pyproject.toml
	@scripts/install requirements/dev.txt
	@touch $@ .venv/installed-runtime

%/node_modules/.package-lock.json: %/package-lock.json .venv/installed-dev
	@cd $* && $(WITH_NODE) npm ci --no-fund --no-audit --loglevel=error
	@touch $@
