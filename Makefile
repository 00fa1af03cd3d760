# The front door of sage_conslaw. `make` prints what there is.
#
# Variables given on the command line reach the scripts through the environment, where make puts
# them itself. SAGE left out and SAGE= (empty) differ: see tools/run.sh.

SHELL := /bin/sh
RUN := tools/run.sh
ARGS ?=
SCRIPT ?=

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install test test-plain test-torch shell run reproduce notebooks bench checker lint clean distclean

help:  ## Print this list.
	@echo "usage: make TARGET [SAGE=...] [PYTHON=...] [ARGS=...]"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  SAGE    the Sage to use, 9.5 or later: a path, or a name on PATH. Left out: the sage on"
	@echo "          PATH if there is one, else a Sage of its own, installed with pip in .venv."
	@echo "          SAGE= (empty): always the one in .venv."
	@echo "  PYTHON  the Python, 3.11 or later, that .venv is made with; python3 by default."
	@echo "  ARGS    further arguments of reproduce, notebooks, bench (large networks), shell, run and ruff;"
	@echo "          of pytest for test."

install:  ## Set up Sage with all that the package needs; print Sage's version.
	@$(RUN) sage --version

test:  ## Set up what is missing and run all tests: the doctests, then pytest.
	@$(RUN) sage-test --version
	@echo "== Doctests"; status=0; \
	$(RUN) sage-test -t --force-lib --long sage_conslaw || status=1; \
	echo "== Tests"; \
	$(RUN) sage-test -python -m pytest $(ARGS) || status=1; \
	exit $$status

test-plain:  ## Set up a Python without Sage and run the tests that need none.
	@$(RUN) plain -m pytest --noconftest tests/plain $(ARGS)

test-torch:  ## Set up a Python with PyTorch, and without Sage, and run the tests of its modules.
	@$(RUN) torch -m pytest --noconftest tests/pytorch $(ARGS)

shell:  ## Start Sage with this package.
	@$(RUN) sage $(ARGS)

run:  ## Run a script of yours with Sage's Python: make run SCRIPT=example.py.
	@test -n "$$SCRIPT" || { echo "usage: make run SCRIPT=FILE [ARGS=...]" >&2; exit 2; }
	@$(RUN) sage -python "$$SCRIPT" $(ARGS)

reproduce:  ## Set up what is missing and replay the papers' experiments into results/.
	@$(RUN) sage -python -m sage_conslaw.cli reproduce $(ARGS)

notebooks:  ## Execute the notebooks again, in place.
	@$(RUN) sage-test -python -m sage_conslaw.cli notebooks $(ARGS)

bench:  ## Time ours beside the plain method, and beside LinBox on ranks and large networks.
	@$(RUN) sage-test -python benchmarks/bench_plain.py
	@$(RUN) sage-test -python benchmarks/bench_rank.py
	@$(RUN) sage-test -python benchmarks/bench_programs.py
	@$(RUN) sage-test -python benchmarks/bench_scale.py $(ARGS)

checker:  ## Write build/sage_conslaw_check.py: checks certificates with nothing but Python 3.9.
	@$${PYTHON:-python3} tools/build_checker.py $(ARGS)

lint:  ## Check the code with ruff, and the types of the package with mypy.
	@$(RUN) ruff check setup.py sage_conslaw tests benchmarks tools $(ARGS)
	@$(RUN) mypy

clean:  ## Remove results/, built things and caches; keep the set-ups.
	rm -rf results build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find sage_conslaw tests benchmarks notebooks tools \
	    \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

distclean: clean  ## Remove the set-ups too.
	@# Moved away first: a removal that is interrupted must not look like a set-up.
	mkdir -p .set-up.tmp
	for made in .venv .venv-lint .venv-plain .venv-torch .sage-deps; do \
	    if [ -e $$made ]; then mv $$made .set-up.tmp/; fi; done
	rm -rf .set-up.tmp .set-up.lock
