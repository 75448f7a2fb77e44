# quitus: two commands on a fresh machine, `make demo` and `make test`. `make` alone lists the others.

PYTHON ?= python3
SERVE ?= 1
UPGRADE ?=

ENVIRONMENT = @command -v "$(PYTHON)" >/dev/null 2>&1 || { \
	echo "Il manque Python : apt-get install python3 python3-venv / Python is missing." >&2; exit 1; }; \
	"$(PYTHON)" .ci/environment.py
COMPILE = .venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --only-binary :all: \
	--generate-hashes --no-annotate --no-header --no-emit-index-url --quiet $(if $(UPGRADE),--upgrade)

.PHONY: help demo test check bench chaos lock clean environment-run environment-test

help:
	@echo "make demo [SERVE=0]   l'organisme d'exemple et sa nuit, dans ./demo-data (SERVE=0 : s'arrêter au compte rendu)"
	@echo "make test             tout ce que vérifie l'intégration continue"
	@echo "make check            la même chose, sous son nom d'usage pendant le développement"
	@echo "make bench            les mesures de vitesse et de mémoire (tests/benchmarks)"
	@echo "make chaos            les longues campagnes de pannes (tests/chaos)"
	@echo "make lock [UPGRADE=1] recalculer les dépendances verrouillées"
	@echo "make clean            effacer l'environnement, les caches et ./demo-data"

# 3 means: done, and something waits for a human. The sample has deliberate troubles.
demo: environment-run
	@unset QUITUS_DATABASE_URL QUITUS_BROKER_URL; QUITUS_HOME="$$PWD/demo-data"; export QUITUS_HOME; \
	.venv/bin/quitus demo $(if $(filter 0,$(SERVE)),--no-serve) || [ $$? -eq 3 ]

test: check

check: environment-test
	@sh .ci/check

bench: environment-test
	@.venv/bin/python -m pytest tests/benchmarks -p no:randomly -o python_files='bench_*.py' -o faulthandler_timeout=0 -s

chaos: environment-test
	@.venv/bin/python -m pytest tests/chaos -o python_files='chaos_*.py test_*.py' -o faulthandler_timeout=0 -s

# The tests' lock first: the other one is then a part of it, at the same versions.
lock: environment-test
	@$(COMPILE) --group test --output-file requirements-test.lock
	@$(COMPILE) --group build --constraint requirements-test.lock --output-file requirements.lock

clean:
	@rm -rf .venv .build .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache demo-data dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment-run:
	$(ENVIRONMENT) run

environment-test:
	$(ENVIRONMENT) test
