# Every command makes its own .venv and installs what it needs; `make help` lists them.

SHELL = /bin/bash
.DEFAULT_GOAL = help
.PHONY: help book test test-site lint clean serve runs bench readme release repoint moved
.NOTPARALLEL:

# Set on the command line. TORCH_INDEX, where PyTorch is to come from, may stand in the environment as well.
PYTHON = python3
PROFILE = quick
CELL_LIMIT =
ONLY =
VERSION =
REPO =

RUN = .venv/bin/python
TOOLS = book/tools
READY = .venv/ready
MODULES = book/node/node_modules/.package-lock.json
NPM = npm ci --loglevel=error --no-audit --no-fund --prefix book/node

# What someone typed behind `make book` and is not an option of this file is a parameter of the notebooks.
# Only the command line counts: make takes over the environment too, LANG for one.
OPTIONS = PYTHON PROFILE CELL_LIMIT ONLY TORCH_INDEX REQUIRE_CIFAR10 VERSION REPO
PARAMETERS = $(filter-out $(OPTIONS:%=%=%),$(MAKEOVERRIDES))

# What cannot be looked at, for want of a browser or of Node, is skipped and said; REQUIRE_SITE_CHECKS forbids it.
LOOK = $(RUN) -m pytest -q -rs -p no:cacheprovider tests/site --site _build/site

# Two notebooks at a time, but not where each may want a GPU for a night.
JOBS = $(if $(filter quick,$(PROFILE)),--jobs 2)
LIMIT = $(if $(CELL_LIMIT),--cell-limit $(CELL_LIMIT))
CHAPTER = $(if $(ONLY),--only $(ONLY))

# glibc gives the memory of large tensors back after each use and asks for it again, which can take a
# third of a training's time; with these two it keeps it.
export MALLOC_MMAP_THRESHOLD_ = 4294967296
export MALLOC_TRIM_THRESHOLD_ = 17179869184

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "make book PROFILE=full         the values that stand in the notebooks: hours without a GPU"
	@echo "make book EPOCHS=3             a parameter of the notebooks; wins over both profiles"
	@echo "make book ONLY=07_training     runs one chapter; the others stay as they were run"
	@echo "make book CELL_LIMIT=3600      seconds after which a cell counts as stuck"
	@echo "make release VERSION=0.2.0     make repoint REPO=owner/name     make book TORCH_INDEX=https://..."

# The stamp holds where PyTorch came from; when another place is asked for, it is not valid.
MOVED = $(if $(filter-out $(shell cat $(READY) 2>/dev/null),$(TORCH_INDEX)),moved)

$(READY): book/requirements.txt pyproject.toml $(MOVED)
	@$(PYTHON) $(TOOLS)/install.py --torch-index "$(TORCH_INDEX)"

# Node makes the site light; where npm or its network is missing the site is right all the same, and heavier.
$(MODULES): book/node/package-lock.json
	@if command -v npm >/dev/null; then $(NPM) --omit=dev || echo "npm failed: the site will be heavier."; fi

# A notebook that fails (1) does not keep the rest from being built; a command that makes no sense (2) does.
book: $(READY) $(MODULES)  ## execute the notebooks, build the site and the PDFs, both languages
	@$(RUN) $(TOOLS)/fetch_data.py
	@$(RUN) $(TOOLS)/run_notebooks.py --profile $(PROFILE) $(JOBS) $(LIMIT) $(CHAPTER) $(PARAMETERS); ran=$$?; \
	if [ $$ran -gt 1 ]; then exit $$ran; fi; \
	$(RUN) $(TOOLS)/build_site.py; built=$$?; \
	$(LOOK) --numprocesses 2 --dist worksteal; checked=$$?; \
	cat _build/executed/problems.txt; \
	echo "The site is in _build/site; make serve shows it."; \
	exit $$((ran | built | checked))

test: $(READY) $(MODULES)  ## run the tests, all notebooks (quick) and the style checks
	@$(RUN) -m pytest -q --durations=10 --numprocesses 2 --dist loadfile -m 'not slow and not look' tests
	@# `make book` finds them, and one that it has run with the full values is left as it is.
	@$(RUN) $(TOOLS)/run_notebooks.py --profile any --jobs 2 || { cat _build/executed/problems.txt; exit 1; }
	@$(MAKE) --no-print-directory lint

lint: $(READY)  ## check the style of code, notebooks and workflows
	@$(RUN) -m ruff check .
	@$(RUN) -m check_jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(RUN) -m check_jsonschema --builtin-schema vendor.citation-file-format CITATION.cff

serve: $(READY)  ## show the built site on a free port of this machine
	@test -f _build/site/index.html || { echo "There is no site yet; run make book first."; exit 1; }
	@$(RUN) -u -m http.server 0 --bind 127.0.0.1 --directory _build/site

test-site: $(READY)  ## check every page of the built site: browser, accessibility, HTML; some minutes
	@if command -v npm >/dev/null; then $(NPM); fi
	@# One at a time: Lighthouse measures how fast the pages are.
	@$(LOOK) --every-page
	@# What takes minutes: a third language in a copy of a small book, the wheel, a fork, every movable figure.
	@$(RUN) -m pytest -q -m slow tests

runs: $(READY)  ## train the recorded runs that are missing from book/results: hours
	@$(RUN) book/runs/record_runs.py

bench: $(READY)  ## measure the training against the blog post's on this machine: some minutes, idle
	@$(RUN) book/runs/bench.py

readme: $(READY)  ## write the table of recorded runs into README.md, draw the book's pictures
	@$(RUN) $(TOOLS)/write_readme.py

release:  ## give the package, the setup cells and the links the version VERSION
	@$(PYTHON) $(TOOLS)/release.py version "$(VERSION)"

repoint:  ## give every link the repository REPO
	@$(PYTHON) $(TOOLS)/release.py repository "$(REPO)"

clean:  ## remove what was built; the data, the recorded runs, kept trainings and .venv stay
	@rm -rf _build build *.egg-info .pytest_cache .ruff_cache
	@find alexnet_lib book notebooks tests -name __pycache__ -o -name .ipynb_checkpoints | xargs rm -rf
