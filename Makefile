# Everything a developer or CI runs. `make` alone lists the targets.

# The week that `make demo` shows, and the day after it: the sample community was busy then.
DEMO_WEEK ?= 2026-W23
DEMO_UNTIL ?= 2026-06-08

# PYTHON=python3.13 says which interpreter .venv is made with; otherwise the one it has, or the first that is new enough.
PYTHON ?=
PYTHONS := $(or $(PYTHON),$(wildcard .venv/bin/python) python3 python3.13 python3.12 python3.11)
# More words for the tool behind `test`, `bench` and `lock`: make test ARGS="-k digest -x"
ARGS ?=
# And for the second tool behind `bench`: make bench REST="--url https://review.example.org --projects a b"
REST ?=

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO := $(BIN)/plustwo --config examples/demo.toml

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test gerrit lint format docs bench lock clean another-python

# Sets $$python in a recipe, or ends it with a sentence that says what is missing.
define find_python
python=; \
for candidate in $(PYTHONS); do \
  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$candidate; break; fi; \
done; \
if [ -z "$$python" ]; then \
  echo "plustwo needs Python 3.11 or newer, and none was found under: $(PYTHONS)." \
    "Install one, or say which: make setup PYTHON=/path/to/python3" >&2; exit 1; \
fi; \
if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
  echo "$$python has no venv module. Debian and Ubuntu have it in a package of its own: apt-get install python3-venv" >&2; \
  exit 1; \
fi
endef

help: ## List the targets
	@awk -F ' *## ' '/^[a-z]+:.*## / { sub(/:.*/, "", $$1); printf "make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(READY) ## Make .venv with the locked dependencies and plustwo itself, editable; nothing when nothing changed

# An existing .venv is brought up to date, and made anew only if it is broken or of another version than PYTHON says.
ifneq ($(PYTHON),)
ifneq ($(shell $(BIN)/python -V 2>&1),$(shell $(PYTHON) -V 2>&1))
$(READY): another-python
another-python:
endif
endif

$(READY): pyproject.toml requirements.lock
	@$(find_python); \
	if [ "$$($(BIN)/python -V 2>/dev/null)" != "$$("$$python" -V)" ]; then \
	  echo "Making $(VENV) with $$("$$python" --version)"; \
	  "$$python" -m venv --clear $(VENV); \
	fi
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## Collect the sample community and show its digest, reviewers and dashboards, without the network
	@rm -rf demo && mkdir demo
	@printf '\n== Collecting the sample community: real review activity, invented names\n\n'
	@$(DEMO) collect
	@printf '\n== The digest of week $(DEMO_WEEK): what merged, who is new, what waits\n\n'
	@$(DEMO) digest --week $(DEMO_WEEK)
	@printf '\n== Who reviewed in the 90 days before $(DEMO_UNTIL)\n\n'
	@$(DEMO) reviewers --days 90 --until $(DEMO_UNTIL)
	@printf '\n== The dashboards, as pages to open in a browser\n\n'
	@$(DEMO) dashboard demo/dashboard --until $(DEMO_UNTIL)
	@printf '\n== The same digest as the message that Slack would be sent: its first lines, the whole in demo/slack.json\n\n'
	@$(DEMO) digest --week $(DEMO_WEEK) --format slack > demo/slack.json
	@head -n 40 demo/slack.json
	@printf '\nOpen the dashboards: file://%s/demo/dashboard/index.html\n' '$(CURDIR)'

test: $(READY) ## Run the tests; ARGS="-k digest -x" goes to pytest
	@$(BIN)/python -m pytest -q $(ARGS)

gerrit: $(READY) ## Fetch the real Gerrit that some tests run against, with Maven; nothing when it is there
	@$(BIN)/python -m tests.gerrit.jars

lint: $(READY) ## Check style, format, types and who may import whom
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: $(READY) ## Put the code in the one format, and fix what can be fixed safely
	@$(BIN)/ruff check --fix --exit-zero --quiet
	@$(BIN)/ruff format

docs: $(READY) ## Write the parts of the documentation that are made from the code
	@$(BIN)/python docs/make.py $(ARGS)

bench: $(READY) ## Measure collecting and reporting over git; with PLUSTWO_RECORDED or REST="--url URL" over REST too
	@$(BIN)/python bench/run.py $(ARGS)
	@$(BIN)/python bench/rest.py $(REST)

# uv, in an environment of its own: a lock that cannot be installed must not be in the way of a new one.
lock: ## Take changes of pyproject.toml into requirements.lock; ARGS=--upgrade takes the newest of everything
	@$(find_python); [ -x .venv-lock/bin/uv ] || "$$python" -m venv --clear .venv-lock
	@.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check --upgrade uv
	@.venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links $(ARGS) pyproject.toml --output-file requirements.lock
	@{ \
	  echo '# The exact versions of what plustwo runs with, is tested with and is checked with, on Python 3.11 and newer.'; \
	  echo '# `make setup` installs them. Not written by hand: `make lock` takes in what pyproject.toml changed,'; \
	  echo '# `make lock ARGS=--upgrade` the newest of everything.'; \
	  cat requirements.lock; \
	} > requirements.lock.new && mv requirements.lock.new requirements.lock

clean: ## Remove everything that these commands made
	rm -rf $(VENV) .venv-lock demo build dist *.egg-info .coverage
	find . \( -name __pycache__ -o -name .hypothesis -o -name .import_linter_cache -o -name .mypy_cache \
	  -o -name .pytest_cache -o -name .ruff_cache \) -prune -exec rm -rf {} +
