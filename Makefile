# make demo   sets everything up and runs the whole pipeline into ./lake
# make test   sets everything up and runs every check and test

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check

SPARK_VENV := .venv-spark
SPARK4_VENV := .venv-spark4
SPARK4 := 4.0.1

.PHONY: demo test test-spark4 check format docs clean spark spark4

demo: $(VENV)/.installed
	$(BIN)/meteolake demo

# In the order of collection, in which the longest files come first; else those with the fewest tests would come last.
test: check
	-@command -v java >/dev/null && $(MAKE) --no-print-directory spark || echo "no java: the tests on Apache Spark are left out" >&2
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

# What `make test` leaves out as long as nobody has asked for it: the jobs on Spark 4.0, as an engine and as on EMR.
test-spark4: spark4 $(VENV)/.installed-dev
	$(BIN)/pytest tests/engines tests/aws/test_on_real_spark.py -k 4.0

check: $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(VENV)/.installed-dev
	$(BIN)/python docs/generate.py

# Classic PySpark, which has no room beside its client: the engine `spark`, and the tests that compare it.
spark: $(SPARK_VENV)/.installed

$(SPARK_VENV)/.installed: pyproject.toml docs/requirements-spark.txt
	$(PYTHON) -m venv $(SPARK_VENV)
	$(SPARK_VENV)/bin/pip install --quiet --disable-pip-version-check --requirement docs/requirements-spark.txt
	$(SPARK_VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

# The same with Spark 4.0, by choice: once it is there, the tests on Spark run on it, too.
spark4: $(SPARK4_VENV)/.installed

$(SPARK4_VENV)/.installed: pyproject.toml docs/requirements-spark.txt
	$(PYTHON) -m venv $(SPARK4_VENV)
	sed 's/^pyspark==.*/pyspark==$(SPARK4)/' docs/requirements-spark.txt \
		| $(SPARK4_VENV)/bin/pip install --quiet --disable-pip-version-check --requirement /dev/stdin
	$(SPARK4_VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

clean:
	rm -rf $(VENV) $(SPARK_VENV) $(SPARK4_VENV) lake

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "meteolake needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.installed
