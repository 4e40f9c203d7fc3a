# Everything a fresh machine needs comes from these targets; `make demo` and `make test` work with nothing done before.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
DEMO := demo-study

.PHONY: demo test check bench docs lock clean

# The environment, from the lock. torch goes first: a local CPU wheel, where there is one, must win over the rest.
.venv/.made: requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check "$$(grep '^torch==' requirements.lock)"
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.lock
	touch $@

.venv/.installed: .venv/.made pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# The example study, offline, from raw pages to a report.
demo: .venv/.installed
	rm -rf $(DEMO)
	$(BIN)/codebook init --example $(DEMO)
	$(BIN)/collect threads --from-raw --study $(DEMO)
	$(BIN)/coding pull --from-raw --study $(DEMO)
	$(BIN)/scan models --from-raw --study $(DEMO)
	$(BIN)/platforms fetch --from-raw --study $(DEMO)
	$(BIN)/coding agreement --study $(DEMO)
	$(BIN)/coding saturation --study $(DEMO)
	$(BIN)/analysis crosstab theme source --study $(DEMO)
	$(BIN)/analysis gap --study $(DEMO)
	$(BIN)/analysis report --study $(DEMO)
	$(BIN)/codebook check --study $(DEMO)
	@echo "The report: $(CURDIR)/$(DEMO)/out/report.html"

# The whole suite, in two processes, each with files of its own and one thread of linear algebra: more would wait for each other. The browser tests want Chromium; as root on Debian it is installed, else they say why they skip.
test: .venv/.installed
	sh .ci/system-packages
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

check: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Measurements beside what a user would do instead; not part of the tests. All of them, also after one that misses.
bench: .venv/.installed
	missed=; for each in tests/bench/bench_*.py; do $(BIN)/python $$each || missed="$$missed $$each"; done; \
	test -z "$$missed" || { echo "missed:$$missed"; exit 1; }

# Rewrites the generated parts of the README.
docs: .venv/.installed
	$(BIN)/python tests/readme_blocks.py --write

clean:
	rm -rf .venv $(DEMO)
