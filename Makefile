# On a fresh machine with Python 3.11+, Node 20+, npm and apt, two commands do everything:
#   make demo   sets up and opens a notebook that works without an API key
#   make test   sets up and passes every test, those in the browser included

PYTHON ?= python3
NPM ?= npm
LAB_FLAGS ?=
# More than processors, because many tests wait: for typing speeds, timeouts and servers that start. Those in a browser
# wait most of their time.
WORKERS ?= 3
BROWSER_WORKERS ?= 4
BENCH_FLAGS ?=

BIN := .venv/bin
STATIC := src/nbstream/static
BUNDLE := $(STATIC)/widget.js
ROOT_FLAG := $(if $(filter 0,$(shell id -u)),--allow-root,)

# Containers often set this variable. Each of the hundreds of processes that the tests start would then compile all
# modules that it imports, which takes half the time of `import anthropic`.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test dev lint types unit page browser hosts bench bench-all site docs pictures dist format clean chromium services

demo: .venv/installed
	$(BIN)/jupyter lab $(ROOT_FLAG) $(LAB_FLAGS) notebooks/quickstart.ipynb

# The tests of the page leave a processor free, which the unit tests use. The tests marked `alone` need the machine for
# themselves, so they come last.
test:
	$(MAKE) -j2 lint types page unit
	$(MAKE) browser

# Rebuilds the page's code on every change; open notebooks take it over at once.
dev: .venv/installed
	$(NPM) run --prefix js dev & trap "kill $$!" EXIT; \
	ANYWIDGET_HMR=1 $(BIN)/jupyter lab $(ROOT_FLAG) $(LAB_FLAGS) notebooks/quickstart.ipynb

lint: .venv/installed js/node_modules/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(NPM) run --prefix js lint

types: .venv/installed js/node_modules/installed
	$(BIN)/mypy
	$(NPM) run --prefix js types

page: js/node_modules/installed chromium
	$(NPM) run --prefix js test

# The listener runs in the kernels that its tests start, of which many are killed before they have counted. A worker
# whose tests are done takes over some of the other one's.
unit: .venv/installed services
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --ignore=tests/browser -n $(WORKERS) --dist worksteal
	$(BIN)/coverage combine -q
	$(BIN)/coverage report --include "src/nbstream/core/*" --fail-under=100
	$(BIN)/coverage report --omit "*/kernel/listener.py" --fail-under=95

browser: .venv/installed chromium
	$(BIN)/pytest tests/browser -m "not alone and not hosts" -n $(BROWSER_WORKERS)
	$(BIN)/pytest tests/browser -m alone

# The full matrix of hosts: each in its own process, most of them with a real page. `make test` runs one scenario a host.
# The table of what each host can do is in build/hosts/matrix.md afterwards, also if tests have failed.
hosts: .venv/installed chromium
	rm -rf build/hosts
	$(BIN)/pytest tests/browser -m "hosts or matrix" -n $(WORKERS); failed=$$?; $(BIN)/python tests/browser/hosts/matrix.py; exit $$failed

# The table of the documentation, beside its baselines: takes 15 minutes on a quiet machine, and fails where a goal is
# missed. `make bench BENCH_FLAGS=--save` writes the table into the documentation.
bench: .venv/installed js/node_modules/installed chromium
	$(BIN)/python benchmarks/table.py $(BENCH_FLAGS)

# Every other benchmark, each beside a baseline of the same run.
bench-all: bench
	for each in startup cpu events wire many stop page latency keys readers heap reloads offline soak proxied streams leaving resume map map_page lives; do $(BIN)/python benchmarks/$$each.py || exit 1; done

# A folder for any web server, in which the quickstart notebook runs in the reader's browser.
site: .venv/installed js/node_modules/installed
	$(BIN)/python site/build_site.py build/site

# The documentation, with the site above in it: any web server can serve the folder.
docs: .venv/installed js/node_modules/installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	$(BIN)/python site/build_site.py build/docs/try

# Takes the pictures of the documentation from the real page.
pictures: .venv/installed chromium
	$(BIN)/python docs/make_pictures.py
	$(BIN)/python docs/make_sheets.py

# Builds the files for PyPI and npm, and tries them in empty environments. A tag `v…` uploads those for PyPI, so these
# have a folder of their own.
dist: .venv/installed
	rm -rf dist
	mkdir -p dist/npm
	$(BIN)/python -m build --no-isolation --outdir dist/pypi
	$(BIN)/twine check --strict dist/pypi/*
	cd js/npm && $(NPM) pack --silent --pack-destination ../../dist/npm
	$(BIN)/python release/check_dist.py dist

format: .venv/installed js/node_modules/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(NPM) run --prefix js format

clean:
	rm -rf .venv .kernels build dist js/node_modules $(STATIC) test-results

chromium:
	@test -x "$${NBSTREAM_CHROMIUM:-/usr/bin/chromium}" || { \
	  sudo=$$(test "$$(id -u)" = 0 || echo sudo); \
	  $$sudo apt-get update -qq && $$sudo apt-get install -y -qq chromium; }

# Installs the programs; the tests start their own servers, on free ports. Chromium comes first, since apt has a lock.
services: chromium
	@PATH="$$PATH:/usr/sbin"; command -v redis-server >/dev/null && command -v nginx >/dev/null || { \
	  sudo=$$(test "$$(id -u)" = 0 || echo sudo); \
	  $$sudo apt-get update -qq && $$sudo apt-get install -y -qq redis-server nginx; }

# Python compiles the modules that are imported; to compile all of them costs twice the rest of the installation.
.venv/dependencies: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nbstream needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -U "pip>=25.1"
	$(BIN)/python -m pip install -q --no-compile --group dev
	touch $@

# The bundle is built already. Another run of npm would remove its stamp files, and the next `make` would start anew.
.venv/installed: .venv/dependencies $(BUNDLE)
	HATCH_JUPYTER_BUILDER_SKIP_NPM=1 $(BIN)/python -m pip install -q --no-build-isolation -e .
	touch $@

js/node_modules/installed: js/package.json js/package-lock.json
	$(NPM) ci --prefix js --no-audit --no-fund
	touch $@

$(BUNDLE): js/node_modules/installed js/build.mjs $(shell find js/src -type f)
	$(NPM) run --prefix js build
