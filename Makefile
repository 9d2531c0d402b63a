# Fresh machine, two commands: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATASETS := $(abspath ../shared/datasets)

export SPERM_VIEWER_DATASETS ?= $(if $(wildcard $(DATASETS)),$(DATASETS),)

.PHONY: run test benchmark survive screenshots clean

run: $(VENV)/.installed
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" = Darwin ]; then \
		$(BIN)/sperm-viewer demo out/demo-slide && $(BIN)/sperm-viewer out/demo-slide; \
	else \
		$(BIN)/sperm-viewer demo out/demo-slide && \
		$(BIN)/sperm-viewer score out/demo-slide --out out/demo --heatmaps; \
	fi

test: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest

benchmark: $(VENV)/.installed-test
	$(BIN)/python tests/benchmarks/score_speed.py

survive: $(VENV)/.installed-test
	$(BIN)/python tests/benchmarks/survive.py

screenshots: $(VENV)/.installed-test
	$(BIN)/python tests/e2e/screenshots.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -e .
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -e '.[torch,test]'
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) out
