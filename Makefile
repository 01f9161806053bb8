# Two commands do everything on a fresh machine: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BASE := $(VENV)/.base-installed
DEV := $(VENV)/.dev-installed
READY := var/.ready

.PHONY: run test check setup messages requirements clean

run: $(READY)
	@cat var/sample_accounts.txt 2>/dev/null || true
	@exec $(BIN)/qingqu serve

$(BASE): requirements/base.txt pyproject.toml
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || sh tools/system-packages.sh python3-venv
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(BASE) requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

# Tables, message catalogue, static files and the sample school: again whenever the code of one of them changes.
SOURCES := $(shell find config qingqu templates static locale -type f \( -name '*.po' -o -path '*/migrations/*.py' -o -path '*/static/*' -o -path 'static/*' \) 2>/dev/null)
$(READY): $(BASE) $(SOURCES)
	$(BIN)/python tools/compile_messages.py
	$(BIN)/qingqu setup --sample
	@mkdir -p var && touch $@

setup: $(READY)

test: $(DEV)
	@sh tools/system-packages.sh chromium gettext fonts-noto-cjk
	$(BIN)/python tools/compile_messages.py
	$(BIN)/pytest -n auto --dist worksteal

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy config qingqu
	$(BIN)/djlint --lint --quiet templates qingqu
	$(BIN)/python manage.py makemigrations --check --dry-run

messages: $(DEV)
	$(BIN)/python tools/collect_messages.py
	$(BIN)/python tools/compile_messages.py

# Needs `uv`: pip install uv
requirements:
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header requirements/base.in -o requirements/base.txt
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header requirements/dev.in -o requirements/dev.txt
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header requirements/spark.in -o requirements/spark.txt

clean:
	rm -rf $(VENV) var .mypy_cache .pytest_cache .ruff_cache
