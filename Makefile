# Gelombang. `make run` serves it, `make test` tests it, `make help` lists the rest.
# Needs GNU make, Python 3.11 or newer with its venv module, and a network the first time.

PORT ?= 8000
ARGS ?=
VENV := .venv
READY := $(VENV)/ready
PY := $(VENV)/bin/python
FLASK := $(VENV)/bin/flask
PYTHONS := python3.13 python3.12 python3.11 python3.14 python3

export FLASK_APP := wsgi
run: export GELOMBANG_ENVIRONMENT ?= development
run: export GELOMBANG_PUBLIC_URL ?= http://127.0.0.1:$(PORT)

.DEFAULT_GOAL := help
.PHONY: help run test lint format lock bench shots clean broken

help: ## print this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

run: $(READY) ## set up what is missing, then serve on http://127.0.0.1:8000 (or PORT=...) with the worker
	@$(PY) -c 'import socket as s, sys; p = s.socket(); p.setsockopt(s.SOL_SOCKET, s.SO_REUSEADDR, 1); \
	    p.bind(("127.0.0.1", int(sys.argv[1])))' $(PORT) 2>/dev/null || { \
	    echo "Port $(PORT) is in use: stop what listens there, or choose another with: make run PORT=8001" >&2; exit 1; }
	@$(PY) -m app.make_keys var/keys.json
	@$(FLASK) db up
	@$(FLASK) regions load --if-missing
	@$(FLASK) demo --if-empty
	@echo "Gelombang serves http://127.0.0.1:$(PORT) - Ctrl-C stops it"
	@asked=; trap 'asked=yes' INT TERM HUP; \
	$(PY) -m gunicorn --bind 127.0.0.1:$(PORT) wsgi:app & web=$$!; \
	$(PY) -m app.worker & worker=$$!; \
	while [ -z "$$asked" ] && kill -0 $$web 2>/dev/null && kill -0 $$worker 2>/dev/null; do \
	    sleep 1 & wait $$!; \
	done; \
	kill $$web $$worker 2>/dev/null; wait $$web $$worker; \
	[ -n "$$asked" ] || { echo "The web server or the worker stopped by itself; its last lines above say why" >&2; exit 1; }

# A file stays in one process: its tests share what they start (a browser, a server).
test: $(READY) ## set up what is missing, then run all tests, a process per core (ARGS="-k wave" runs some)
	@$(PY) -m pytest --numprocesses=auto --dist=loadfile $(ARGS)

lint: $(READY) ## ruff, mypy and djlint
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/djlint --lint --quiet app/templates

format: $(READY) ## let ruff lay out the code and mend what it can
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

bench: $(READY) ## measure the speed of the product (bench/)
	@$(PY) -m bench $(ARGS)

shots: $(READY) ## walk through the product in Chromium and keep pictures of what is seen (docs/shots/)
	@$(PY) docs/shots/walk.py $(ARGS)

lock: ## renew requirements.lock from pyproject.toml: names, versions and hashes, no address
	@command -v uv >/dev/null || { echo "make lock needs uv: $(PY) -m pip install uv, then put it on the PATH" >&2; exit 1; }
	@uv pip compile pyproject.toml --quiet --all-extras --group dev --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements.lock

clean: ## remove what can be made again (never var/, which holds keys and data)
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +

# The virtual environment: made once, renewed when the lock changes or its Python is gone.
$(READY): requirements.lock $(if $(shell $(PY) -c 'print("works")' 2>/dev/null),,broken)
	@rm -f $@; found=; usable=; for python in $(PYTHONS); do \
	    $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	    found=$${found:-$$python}; \
	    $$python -c 'import ensurepip, venv' 2>/dev/null && usable=$$python && break; \
	done; \
	[ -n "$$found" ] || { echo "Python 3.11 or newer is missing. Debian 12, Ubuntu 24.04 or newer: sudo apt install python3 python3-venv; others: python.org/downloads" >&2; exit 1; }; \
	[ -n "$$usable" ] || { echo "Python's venv module is missing. Debian, Ubuntu: sudo apt install $$found-venv" >&2; exit 1; }; \
	$(PY) -c '' 2>/dev/null || { echo "Making $(VENV) with $$usable"; $$usable -m venv --clear $(VENV) || exit 1; }; \
	echo "Installing the packages of requirements.lock"; \
	$(PY) -m pip install -qq --no-input --disable-pip-version-check --require-hashes -r requirements.lock || { \
	    echo "The packages could not be installed. Is this machine online, and does pip reach its package index?" >&2; exit 1; }
	@touch $@

broken: ;
