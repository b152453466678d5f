# What a developer does here. Each environment is made once, from pinned files with hashes, and again when they change.
#
#   make demo           a throw-away root, split onto sheets, read back, recovered; KEY=path does it with your own key
#   make test           all tests; TESTS='tests/test_keys.py -k rsa' some of them
#   make test-long      what takes longer: tests/long, and what is marked so elsewhere
#   make check          linters, types, floors
#   make bench          the figures of the documentation, beside their peers (about a quarter of an hour)
#   make bench-damage   what comes back from damaged sheets, beside their peers; DRAWS=2 for a quick look
#   make install        the environment .venv with the command in it
#   make wheels         the folder wheels/, which `kit --wheels` puts on a medium; FOR='x86_64-3.11 aarch64-3.13' for others
#   make schemas        the JSON schemas in docs/, from the code
#   make pins           the newest versions that pyproject.toml allows, written into the requirement files
#   make clean          everything that this file makes

# The first of these that is Python 3.11 or newer; PYTHON=… names another.
PYTHON ?= $(shell for p in python3.11 python3 python3.13 python3.12; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --no-input --require-hashes
# Folders too: theirs is the time at which a file was deleted.
SOURCES := $(shell find rootescrow -name __pycache__ -prune -o -print)
ORACLES := $(basename $(notdir $(wildcard tests/oracles/*.txt)))
NODE_ORACLES := $(notdir $(patsubst %/,%,$(dir $(wildcard tests/oracles/*/package.json))))
PEERS := $(basename $(notdir $(wildcard benchmarks/peers/*.txt)))
CODE := rootescrow tests examples benchmarks
WORKERS ?= auto
TESTS ?= tests
ROUNDS ?= 3
DRAWS ?= 20
PYTEST = $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.DELETE_ON_ERROR:
.PHONY: demo test test-long check format bench bench-damage install oracles peers wheels schemas pins clean

demo: .venv/package.stamp
	$(BIN)/rootescrow demo $(if $(KEY),--key '$(KEY)')

# A file's tests stay together, so that what they share is made once; tests/conftest.py puts the longest files first.
test: .venv/package.stamp .venv/dev.stamp oracles
	$(PYTEST) $(if $(filter tests,$(TESTS)),-m 'not long') $(TESTS)

test-long: .venv/package.stamp .venv/dev.stamp .venv/wheels.stamp oracles
	$(PYTEST) -m long

check: .venv/package.stamp .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(wildcard $(CODE))
	$(BIN)/lint-imports --no-cache

format: .venv/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/package.stamp oracles peers
	$(BIN)/python -m benchmarks --rounds $(ROUNDS)

bench-damage: .venv/package.stamp peers
	$(BIN)/python -m benchmarks.damage --draws $(DRAWS)

install: .venv/package.stamp

# For each computer and version of Python asked for: rootescrow, what it needs, and what installs it; every hash pinned.
# The tags are those of glibc up to 2.36, that of Debian 12.
FOR ?= $(shell uname -m)-$(shell $(PYTHON) -c 'import platform; print(".".join(platform.python_version_tuple()[:2]))')
GLIBC = 2014 _2_17 _2_24 _2_26 _2_27 _2_28 _2_31 _2_34 _2_35 _2_36
DOWNLOAD = $(BIN)/python $(subst install,download,$(PIP_INSTALL)) --only-binary :all: --no-deps --dest wheels
wheels:
	rm -f .venv/wheels.stamp
	$(MAKE) .venv/wheels.stamp

.venv/wheels.stamp: .venv/package.stamp requirements/wheels.txt
	rm -rf wheels
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index \
		--wheel-dir wheels .
	for pair in $(FOR); do $(DOWNLOAD) --python-version $${pair#*-} $(GLIBC:%=--platform manylinux%_$${pair%-*}) \
		-r requirements/runtime.txt -r requirements/wheels.txt || exit 1; done
	touch $@

schemas: .venv/package.stamp
	$(BIN)/rootescrow record schema > docs/record.schema.json
	$(BIN)/rootescrow record schema --published > docs/record-published.schema.json

oracles: $(ORACLES:%=.oracles/%/stamp) $(if $(shell command -v npm),$(NODE_ORACLES:%=.oracles/%/stamp))

peers: $(PEERS:%=.oracles/%/stamp)

# The package is installed as a user would get it, so that tests see a file missing from it. It is built with the
# pinned backend of this environment, not in one that pip would fill with newer versions.
.venv/package.stamp: .venv/runtime.stamp $(SOURCES) pyproject.toml README.md LICENSE
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index \
		--force-reinstall .
	$(BIN)/python -m pip check
	touch $@

.venv/runtime.stamp: requirements/runtime.txt requirements/build.txt
	@test -n '$(PYTHON)' || { echo 'rootescrow needs Python 3.11 or newer: install it, or name it: make PYTHON=…'; exit 1; }
	$(PYTHON) -m venv --clear .venv || { rm -rf .venv; echo 'On Debian: apt-get install python3-venv'; exit 1; }
	$(BIN)/python $(PIP_INSTALL) -r requirements/runtime.txt -r requirements/build.txt
	touch $@

.venv/dev.stamp: .venv/runtime.stamp requirements/dev.txt
	$(BIN)/python $(PIP_INSTALL) -r requirements/dev.txt
	touch $@

# Independent implementations, each in an environment of its own: they have modules of the same name.
.oracles/%/stamp: tests/oracles/%.txt
	$(make-oracle)

.oracles/%/stamp: benchmarks/peers/%.txt
	$(make-oracle)

# Those of npm, without the scripts that a package may bring; where npm is missing, their tests are skipped.
.oracles/%/stamp: tests/oracles/%/package.json tests/oracles/%/package-lock.json
	rm -rf $(@D)
	mkdir -p $(@D)
	cp $^ $(@D)
	npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --silent
	touch $@

define make-oracle
@test -n '$(PYTHON)' || { echo 'rootescrow needs Python 3.11 or newer: install it, or name it: make PYTHON=…'; exit 1; }
$(PYTHON) -m venv --clear $(@D)
$(@D)/bin/python $(PIP_INSTALL) -r $<
touch $@
endef

# pip-tools has an environment of its own and is the one thing here without hashes: it writes them.
COMPILE = .venv-pins/bin/pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-header \
	--no-emit-options --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --newline lf
pins:
	$(PYTHON) -m venv --clear .venv-pins
	.venv-pins/bin/python -m pip install --quiet --disable-pip-version-check pip-tools==7.6.2
	$(COMPILE) pyproject.toml --output-file requirements/runtime.txt
	$(COMPILE) pyproject.toml --build-deps-for wheel --only-build-deps --output-file requirements/build.txt
	$(COMPILE) pyproject.toml --extra dev --constraint requirements/runtime.txt --output-file requirements/dev.txt
	$(COMPILE) requirements/wheels.in --constraint requirements/runtime.txt --output-file requirements/wheels.txt
	for file in tests/oracles/*.in benchmarks/peers/*.in; do $(COMPILE) $$file --output-file $${file%.in}.txt; done
	for name in $(NODE_ORACLES); do npm install --prefix tests/oracles/$$name --package-lock-only --ignore-scripts \
		--no-audit --no-fund --omit-lockfile-registry-resolved; done
	rm -rf .venv-pins

clean:
	rm -rf .venv .venv-pins .oracles wheels build dist demo demo-* .hypothesis .mypy_cache .pytest_cache .ruff_cache \
		.import_linter_cache
	find $(wildcard $(CODE)) -name __pycache__ -type d -prune -exec rm -rf {} +
