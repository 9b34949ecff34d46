# Two commands for a newcomer: `make demo` and `make test`. Each sets up what it needs in .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/ready
SOURCES := otel_lift processors exporters tests benchmarks fuzz tools hatch_build.py

.DEFAULT_GOAL := help
.PHONY: help setup demo test soak fuzz check format docs dashboards lock bench bench-long privacy-report clean

help: ## List the commands.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(READY) ## Make the virtual environment.

NATIVE := $(shell find otel_lift processors -name '*.pyx' -o -name '*.pxd')

$(READY): requirements.lock pyproject.toml hatch_build.py $(NATIVE)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "otel-lift needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## Run the gateway and a small app with simulated visitors, and watch.
	$(BIN)/otel-lift demo $(if $(SECONDS_TO_RUN),--seconds $(SECONDS_TO_RUN))

test: $(READY) ## Run the tests, those of the web console in Chromium.
	@tools/chromium.sh
	@# one more than there are cores: many tests wait for processes
	$(BIN)/python -m pytest -n $$(($$(nproc) + 1)) --dist loadfile

soak: $(READY) ## Run the long tests: kills, memory.
	$(BIN)/python -m pytest -m soak

fuzz: $(READY) ## Fuzz the native modules under AddressSanitizer: INPUTS=, SEED=, REPLAY=file.
	rm -rf build/fuzz
	$(BIN)/python hatch_build.py --sanitize build/fuzz >/dev/null
	$(BIN)/python -m fuzz --modules build/fuzz \
		$(if $(INPUTS),--inputs $(INPUTS)) $(if $(SEED),--seed $(SEED)) $(if $(REPLAY),--replay $(REPLAY))

check: $(READY) ## Lint, format and type checks.
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/mypy -p tools.dashboards
	$(BIN)/pyright

format: $(READY) ## Format the code and mend what lint can.
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

docs: $(READY) ## Write the generated reference pages and modules again.
	$(BIN)/python tools/generate_docs.py

dashboards: $(READY) ## Write Grafana's dashboards again, from the named queries.
	$(BIN)/python -m tools.dashboards

lock: $(READY) ## Resolve requirements.lock again (needs uv on the path).
	uv pip compile --quiet pyproject.toml --extra gateway --extra demo --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --upgrade --output-file requirements.lock

bench: $(READY) ## Measure beside peers (ONLY="traces tiny", WRITE=1); see benchmarks/RESULTS.md.
	$(BIN)/python -m benchmarks $(ONLY) $(if $(WRITE),--write)

bench-long: $(READY) ## Measure the cost of a span over 100 million of them.
	$(BIN)/python -m benchmarks flat --steps 100 $(if $(WRITE),--write)

privacy-report: $(READY) ## Recall and precision of redaction, beside Presidio's: SEED=, WRITE=1 into RESULTS.md.
	$(BIN)/python -m benchmarks.privacy $(if $(SEED),--seed $(SEED)) $(if $(WRITE),--write)

clean: ## Remove the virtual environment and the demo's data.
	rm -rf $(VENV) lift-data
