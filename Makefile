# make run: all set-up, then the app.  make test: all set-up, then the checks and all tests.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# How many tests run at once: one more than the cores of a small machine, for many of them wait. Each has files,
# ports and locks of its own.
WORKERS ?= 3
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

.PHONY: run test check quick stacks bench calibrate container-test clean
run: $(VENV)/app
	$(BIN)/streamlit run app.py

test: check
	$(PYTEST)

# Without what starts real frameworks or a browser.
quick: check
	$(PYTEST) -m "not slow"

check: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/vermin -q -t=3.6- --no-tips --violations lenet/__init__.py lenet/worker lenet/variants

# The other interpreters: TensorFlow 1, CNTK, PyTorch, JAX.
stacks: $(VENV)/app
	LENET_HOME="$(LENET_HOME)" $(BIN)/python -m lenet stacks install --all

bench: $(VENV)/dev
	$(BIN)/python -m audit --write

# An hour of races whose answers are known: are the verdicts right as often as they say?
calibrate: $(VENV)/dev
	$(BIN)/python -m audit.calibrate --write

# Build the image and try what compose.yaml describes: with docker or podman, or as root on Debian without either.
container-test: $(VENV)/dev
	PYTHON=$(BIN)/python bash deploy/container-test.sh

$(VENV)/app: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	touch $@

$(VENV)/dev: $(VENV)/app requirements-hosted.txt requirements-fleet.txt requirements-dev.txt
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	touch $@

clean:
	rm -rf $(VENV)
