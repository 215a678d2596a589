PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501

.PHONY: run test fuzz faults lint types bench screenshots

run: $(VENV)/installed
	$(BIN)/python -m streamlit run explorer/app.py --server.port $(PORT)

test: $(VENV)/installed-dev
	# Threads that wait for each other sleep: spinning beside server, worker and browser is slow.
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest tests/browser -n 2 --dist worksteal
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest --ignore tests/browser -n 2 --dist loadfile

# A thousand random networks that work and a thousand that fail (minutes).
fuzz: $(VENV)/installed-dev
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m tests.network.long_checks

# Runs under fire: killed workers and servers, full disks, crowds, other databases (minutes).
faults: $(VENV)/installed-dev
	$(BIN)/python -m tests.runs.faults all

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-dev
	$(BIN)/pyright

bench: $(VENV)/installed-dev
	$(BIN)/python -m benchmarks.training
	$(BIN)/python -m benchmarks.interaction
	$(BIN)/python -m benchmarks.builder
	$(BIN)/python -m benchmarks.agreement --cases 10000

# The pictures of every page, light and dark, wide and narrow, in screenshots/ (for looking at).
screenshots: $(VENV)/installed-dev
	$(BIN)/python -m tests.browser.screenshots

$(VENV)/installed: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/installed-dev: requirements-dev.txt requirements-optional.txt $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@
