# What a maintainer types each day. Each target sets up what it needs, in a virtual environment inside the clone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
# Tests start hundreds of processes, which need not compile the sources again.
export PYTHONDONTWRITEBYTECODE :=
.PHONY: help test-isaaclab setup setup-simulators demo test test-smacv2 quick pytest lint format docs reference results bench clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(READY) ## Make the virtual environment

# torch goes first and alone, so that its pin is settled before another package asks for it.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,docs,tensorboard]'
	-$(BIN)/pip install --quiet --disable-pip-version-check --target $(VENV)/omegaconf-2.3 --no-deps 'omegaconf==2.3.*' 'antlr4-python3-runtime==4.9.*'
	@touch $@

# Another 1.4 GB; the tests of the simulators run where they are installed, and are skipped elsewhere.
setup-simulators: $(READY) $(VENV)/.simulators ## Add the simulators to it: SMAX (jaxmarl) and MuJoCo

$(VENV)/.simulators: pyproject.toml constraints.txt $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[smax,mamujoco]'
	@touch $@

demo: $(READY) ## Train a denoiser, infer states alone, in part and together; ends by naming the picture
	$(BIN)/quorate run examples/demo.yaml
	$(BIN)/quorate analyse runs/demo --only evolution,estimates

test: ## Linters and all tests
	$(MAKE) --no-print-directory --jobs 2 lint pytest

SMACV2_BIN := .venv-smacv2/bin

# The versions are those that docs/how-to/smacv2.md names. Nothing is kept of the clone but what pip installs.
test-smacv2: ## Whole battles of SMACv2, of a clone in SMACV2=PATH, in an interpreter of its own
	@test -d "$(SMACV2)/smacv2" || { echo "Say where a clone of https://github.com/oxwhirl/smacv2 is: make test-smacv2 SMACV2=PATH"; exit 2; }
	$(PYTHON) -m venv .venv-smacv2
	$(SMACV2_BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt torch
	$(SMACV2_BIN)/pip install --quiet --disable-pip-version-check --editable . pytest hypothesis pysc2==4.0.0 protobuf==3.20.3 "$(SMACV2)"
	$(SMACV2_BIN)/pytest --quiet -W ignore::DeprecationWarning tests/plugins/smacv2

quick: ## Before each commit: linters, and the tests that take no time
	$(MAKE) --no-print-directory --jobs 2 lint pytest SELECT="-m 'not slow'"

pytest: $(READY)
	$(BIN)/pytest --numprocesses 2 --dist worksteal --quiet $(SELECT)

# Not part of `make test`: 6 GB of packages, and minutes of compilation. STAGES chooses some of what real.py does.
test-isaaclab: $(READY) ## Isaac Lab for real, in an interpreter of its own, which is made in .isaaclab/
	$(BIN)/python tests/plugins/isaaclab/real.py .isaaclab $(STAGES)

lint: $(READY) ## ruff and mypy (strict on core), benchmarks included
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy benchmarks/*.py

format: $(READY) ## Let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: reference ## Build the documentation into site/
	$(BIN)/mkdocs build --strict

reference: $(READY) $(VENV)/.simulators ## Generate docs/reference from the registry, the settings and --help
	$(BIN)/python docs/generate.py

results: $(READY) ## Run the long experiments and write docs/results.md (about three hours)
	for name in state_inference exploration ddpl mpe estimate_fed suites; do $(BIN)/python examples/check_$$name.py || exit 1; done

# Those of the simulators, where they are installed.
bench: SIMULATORS = $(if $(wildcard $(VENV)/.simulators),mujoco_steps smax_steps harl)
bench: $(READY) ## Print the ratios of benchmarks/
	for name in startup composite_inference training_step acceptance_checks mpe_steps mappo_steps small_networks ddpl_update policy_table isolation threads; do $(BIN)/python benchmarks/$$name.py || exit 1; done
	for name in $(SIMULATORS); do $(BIN)/python benchmarks/$$name.py || exit 1; done

clean: ## Remove the virtual environment and caches; runs/ stays
	rm -rf $(VENV) .venv-smacv2 .mypy_cache .ruff_cache .pytest_cache .hypothesis site dist
