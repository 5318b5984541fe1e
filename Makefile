# Everything runs in .venv, made from requirements.lock.

NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$python $(NEW_ENOUGH) 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
CONSOLE_SOURCES := console/package-lock.json console/index.html $(wildcard console/src/*) console/vite.config.js

.PHONY: setup demo test test-bare test-console prove check console format lock bench bench-quick peers

setup: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" && $(PYTHON) $(NEW_ENOUGH) || \
		{ echo "Palisade needs Python 3.11 or newer: set PYTHON=/path/to/python3.11."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what requirements.lock names ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# The playground needs Node.js 20; without it a plain page shows the schema.
console:
	@if ! command -v npm >/dev/null; then \
		echo "Node.js is missing: the playground is not built, a plain page shows the schema."; \
	else $(MAKE) --no-print-directory console/dist/index.html; fi

console/dist/index.html: $(CONSOLE_SOURCES)
	@echo "Building the playground ..."
	@cd console && npm ci --silent --no-audit --no-fund && npm run --silent build >/dev/null
	@touch $@

demo: setup console
	@exec $(BIN)/palisade demo $(DEMO_FLAGS)

test: setup
	$(BIN)/pytest -n auto --dist loadfile -q

# The same tests with the bare policy form, in which a reference without a context raises.
test-bare: setup
	PALISADE_TEST_POLICY=bare $(BIN)/pytest -n auto --dist loadfile -q

# The playground in headless Chromium and npm GraphQL clients, against a running demo.
test-console: setup console
	$(BIN)/python console/e2e/run.py

# Isolation shown by all there is: doctor, attacks, planted holes, walls taken away, fuzz, PgBouncer.
PROVED := tests/ablation tests/assurance tests/auth tests/fuzz tests/holes tests/isolation tests/witness
prove: setup
	@command -v pgbouncer >/dev/null || test -x /usr/sbin/pgbouncer || \
		{ echo "PgBouncer is missing, which the fuzz goes through: apt-get install pgbouncer."; exit 1; }
	@rm -rf .palisade/prove
	$(BIN)/palisade migrate --data-dir .palisade/prove
	$(BIN)/palisade doctor --data-dir .palisade/prove
	$(BIN)/palisade prove --report palisade-prove-report/core
	cd examples && ../$(BIN)/palisade prove --models crm --report ../palisade-prove-report/crm
	$(BIN)/pytest --thorough -n auto -q $(PROVED)
	PALISADE_WRITE_DOCS=1 $(BIN)/pytest -n 0 -q tests/ablation/test_table.py tests/holes/test_table.py

# Against its peers and the limit: benchmarks/README.md. Needs wrk and Node.js.
bench: setup peers
	$(BIN)/python -m benchmarks $(BENCH_FLAGS)

bench-quick: setup peers
	$(BIN)/python -m benchmarks --quick $(BENCH_FLAGS)

peers: benchmarks/peers/node_modules/.package-lock.json

benchmarks/peers/node_modules/.package-lock.json: benchmarks/peers/package-lock.json
	@command -v wrk >/dev/null || \
		{ echo "wrk is missing, which makes the load: apt-get install wrk (Debian, Ubuntu)."; exit 1; }
	@command -v npm >/dev/null || { echo "Node.js is missing, which two of the peers run on."; exit 1; }
	@echo "Installing the peers ..."
	@cd benchmarks/peers && npm ci --silent --no-audit --no-fund
	@touch $@

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# After a change of the dependencies in pyproject.toml.
lock: setup
	$(BIN)/pip-compile --quiet --all-extras --strip-extras --generate-hashes --allow-unsafe \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
		--no-header --output-file requirements.lock pyproject.toml
