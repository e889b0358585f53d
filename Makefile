# The book's commands.  `make book` is all a fresh machine needs: a Python 3.12, and Node
# if it has one.  Settings, on the command line or in the environment:
#   VENV=...         the environment's folder
#   TORCH_INDEX=...  another index for torch alone; the CPU one saves gigabytes:
#                    make book TORCH_INDEX=https://download.pytorch.org/whl/cpu
#   PYTHON=...       a Python 3.12 of your choice
#   PORT=...         where `make serve` listens
VENV ?= .venv
PORT ?= 8000
SITE := _build/html
BIN   = $(abspath $(VENV))/bin

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: help env book test serve screenshots clean distclean
export VENV TORCH_INDEX PYTHON
# Threads that wait asleep.  On two cores that were busy with something else, drawing 100 samples with two
# threads took 2.4 to 3.7 s so, and 26 to 34 s with the default; on an idle machine we have not measured it.
export OMP_WAIT_POLICY ?= PASSIVE
# One thread: the pages' models are small, and threads wait for each other more than they help.  On two cores
# the chapter on Pig Latin took 84 s with one and 128 s with two, that on n-grams 62 s and 85 s.
export OMP_NUM_THREADS ?= 1

help:
	@echo "make book         build the site, both languages, into $(SITE)"
	@echo "make test         run all tests (browser checks too, where there is a Chromium)"
	@echo "make serve        serve the built site on http://127.0.0.1:$(PORT)/"
	@echo "make screenshots  every page, both languages, wide and narrow, light and dark"
	@echo "make clean        remove what was built; distclean: the environment too"

# Cheap when nothing changed: the script compares the pins' hash with the installed one's.
env:
	@tools/bootstrap

book: env
	@PATH="$(BIN):$$PATH" jupyter-book build . -W --keep-going
	@"$(BIN)/python" tools/site_report.py $(SITE)

# A process for each core, and so one thread for each; a file's tests stay together, for what they share.
test: env
	@OMP_NUM_THREADS=1 "$(BIN)/python" -m pytest -n logical --maxprocesses 4 --dist loadfile

serve:
	@test -f $(SITE)/index.html || { echo "No site yet: run 'make book' first."; exit 1; }
	@echo "http://127.0.0.1:$(PORT)/   (Ctrl-C ends it)"
	@"$(BIN)/python" -m http.server $(PORT) --bind 127.0.0.1 --directory $(SITE)

screenshots: env
	@test -f $(SITE)/index.html || { echo "No site yet: run 'make book' first."; exit 1; }
	@"$(BIN)/python" tools/screenshots.py

clean:
	rm -rf _build

distclean: clean
	rm -rf "$(VENV)" node_modules
