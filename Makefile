# Fresh machine, two commands: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BUNDLE_VENV := .venv-bundle
DATASETS := $(abspath ../shared/datasets)

export SPERM_VIEWER_DATASETS ?= $(if $(wildcard $(DATASETS)),$(DATASETS),)

.PHONY: run test docs generate review-speed survive teach-figures torture screenshots report-pages bundle bundle-programs bundle-torch test-bundle audit-offline lock self-test-answers clean review-by-keys frame-times

run: $(VENV)/.installed
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" = Darwin ]; then \
		$(BIN)/sperm-viewer demo out/demo-images && $(BIN)/sperm-viewer out/demo-images; \
	else \
		$(BIN)/sperm-viewer demo out/demo-images && \
		$(BIN)/sperm-viewer score out/demo-images --out out/demo-scored --heatmaps; \
	fi

test: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

docs: $(VENV)/.installed-docs
	$(BIN)/python docs/tools/stage_docs.py
	$(BIN)/zensical build --clean --strict
	@echo "out/docs/index.html"

# Pages and pictures of the documentation that come from the source.
generate: $(VENV)/.installed-test
	$(BIN)/python docs/tools/generate.py

review-speed: $(VENV)/.installed-test
	$(BIN)/python tests/benchmarks/review_speed.py

# Needs Xvfb, xdotool and openbox.
review-by-keys: $(VENV)/.installed-test
	$(BIN)/python tests/benchmarks/review_by_keys.py

frame-times: $(VENV)/.installed-test
	$(BIN)/python tests/benchmarks/frame_times.py

survive: $(VENV)/.installed-test
	$(BIN)/python tests/benchmarks/survive.py

# How well site models learn; stopped, it goes on with the next draw.
teach-figures: $(VENV)/.installed-test
	$(BIN)/python tests/benchmarks/teach_figures.py run out/teach-figures

# `make torture PART=images COUNT=1000`; without them all parts at full size. Stopped, it goes on where it was.
PART ?= all
torture: $(VENV)/.installed-test
	$(BIN)/python tests/torture/main.py --part $(PART) $(if $(COUNT),--count $(COUNT))

screenshots: $(VENV)/.installed-test
	$(BIN)/python tests/e2e/screenshots.py
	$(BIN)/python tests/e2e/screen_sizes.py

# On A4 and US Letter. Needs pdftoppm (poppler-utils) and Chromium.
report-pages: $(VENV)/.installed-test
	$(BIN)/python tests/e2e/report_pages.py

# What it needs besides Python is in packaging/README.md.
bundle: bundle-programs $(BUNDLE_VENV)/.installed
	$(BUNDLE_VENV)/bin/python packaging/build.py

bundle-programs:
	@$(PYTHON) packaging/programs.py

bundle-torch: bundle-programs $(VENV)/.installed-test
	$(BIN)/python -m pip install --quiet -e '.[bundle]'
	SPERM_VIEWER_TORCH=1 $(BIN)/python packaging/build.py

test-bundle: $(VENV)/.installed-test
	$(BIN)/pytest -m bundle -s tests/bundle

audit-offline: $(VENV)/.installed-test
	$(BIN)/python tests/bundle/audit_offline.py

lock: $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra bundle --universal --python-version 3.11 --generate-hashes --quiet \
		--no-emit-index-url --no-header --no-annotate --upgrade --output-file packaging/requirements-bundle.txt

self-test-answers: $(VENV)/.installed-test
	$(BIN)/python packaging/store_self_test.py

$(BUNDLE_VENV)/.installed: packaging/requirements-bundle.txt
	$(PYTHON) -m venv --clear $(BUNDLE_VENV)
	$(BUNDLE_VENV)/bin/python -m pip install --quiet --require-hashes -r packaging/requirements-bundle.txt
	@touch $@

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -e .
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -e '.[torch,test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-docs: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -e '.[docs]'
	@touch $@

clean:
	rm -rf $(VENV) $(BUNDLE_VENV) out build dist
