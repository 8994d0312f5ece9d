# standfast: what developers and operators type.  `make help` lists it.
SHELL := /bin/bash
PACKAGES := base
PY := .venv/bin/python

.PHONY: help venv system check format lint types layers unit seeds test demo golden bench bench-live chaos clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

system: ## the distribution's packages that the tests and the demo run (root; else says what is missing)
	@bash tools/system-packages $(PACKAGES)

.venv/.made: pyproject.toml | system
	@bash tools/make-venv
	@touch $@

venv: .venv/.made ## .venv with the command, as .venv/bin/standfast, and the compiled form of some modules
	@$(PY) tools/compile_modules.py

format: .venv/.made ## rewrite the layout of all sources
	$(PY) -m ruff format src tests bench
	$(PY) -m ruff check --fix src tests bench

lint: .venv/.made ## layout and lint, nothing rewritten
	$(PY) -m ruff format --check src tests bench
	$(PY) -m ruff check src tests bench

types: .venv/.made ## mypy, strict
	$(PY) -m mypy

layers: .venv/.made ## rooms import downwards only
	.venv/bin/lint-imports

unit: .venv/.made ## the fast tests
	$(PY) -m pytest -n 2 -m "not live and not slow" -rs

seeds: .venv/.made ## a minute of simulated worlds
	.venv/bin/standfast sim --seconds 60

check: lint types layers unit seeds ## the developers' quick check

test: PACKAGES := test
test: check ## everything, with real components
	$(PY) -m pytest -n 2 --dist loadfile -m "live and not busy" -rs
	$(PY) -m pytest -m "busy or slow and not live" -rs

ENGINE := local
demo: PACKAGES := demo$(if $(filter corosync,$(ENGINE)),-corosync)
demo: .venv/.made ## three nodes on this machine lose one
	.venv/bin/standfast demo --engine $(ENGINE) $(ARGS)

golden: .venv/.made ## rewrite the golden cases; review the difference
	GOLDEN_REWRITE=1 $(PY) -m pytest tests/unit -k golden

bench: venv ## measure, beside the peers where they are installed
	for f in $(filter-out bench/live.py bench/vrrp_turns.py,$(wildcard bench/*.py)); do echo "== $$f"; $(PY) $$f; done

bench-live: PACKAGES := bench-live
bench-live: .venv/.made ## Pacemaker and ours in turn on Corosync (root): make bench-live ARGS='--runs 3 --tokens 1000'
	$(PY) bench/live.py $(ARGS)

chaos: .venv/.made ## random faults on three Corosync nodes: make chaos ARGS='--seed 1 --faults 100'
	PYTHONPATH=src:tests/live/daemons $(PY) -m chaos $(ARGS)

clean: ## remove what was built
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
