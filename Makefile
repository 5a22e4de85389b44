# `make run` and `make test` work on a bare Debian 12 / Ubuntu with Python 3.11 or newer. The work is done in scripts/.
PYTHON ?= python3
export PORT

.PHONY: help run test test-quick check bench bench-timesen2crop pins format docs clean

help:  ## Show what there is
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

run:  ## Install what is missing, start the portal on http://127.0.0.1:8000 (PORT=8123 for another), do a demo job
	@$(PYTHON) -m scripts.run

test:  ## Lint, types, import contracts, migrations, and every test
	@$(PYTHON) -m scripts.test all

test-quick:  ## The everyday tests, without browser and slow ones
	@$(PYTHON) -m scripts.test quick

check:  ## Lint, types, import contracts, migrations
	@$(PYTHON) -m scripts.test check

bench:  ## Ours beside the comparison, into benchmarks/results.json (ONLY=tiles for one)
	@$(PYTHON) -m scripts.bench $(ONLY)

bench-timesen2crop:  ## Train and test on the real TimeSen2Crop (DATA=TimeSen2Crop.zip, its folder, or a result of ours)
	@.venv/bin/python -m benchmarks.learning $(DATA)

pins:  ## Pin requirements*.txt from requirements*.in; what is pinned stays (UPGRADE=--upgrade: the newest)
	@for name in requirements requirements-dev; do .venv/bin/pip-compile --quiet --strip-extras --allow-unsafe --no-header \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links $(UPGRADE) --output-file $$name.txt $$name.in || exit 1; done
	@sed -i 's/^\(torch==[0-9.]*\)+.*/\1/' requirements.txt  # any build of it, not the one that is installed here

format:  ## Format the code and order its imports
	@.venv/bin/ruff check --select I --fix --quiet . && .venv/bin/ruff format .

docs:  ## Write the pages of docs/ that are made from declarations and rules
	@.venv/bin/python -m scripts.service_docs

clean:  ## Remove scratch under var/ (jobs, caches, the demo world); the database and results stay
	rm -rf var/jobs var/cache var/demo var/static var/mail .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
