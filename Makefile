# Every target installs what it needs and is missing; a second run installs nothing. `make help` lists them.

SWIFT_FLAGS ?=

.PHONY: help deps build demo test crash-matrix interleavings chaos bench lint format seeds clean

help:
	@echo "make demo    the main job, end to end: a tiny model is trained, measured and reported (.demo/)"
	@echo "make test    all tests"
	@echo "make crash-matrix  every kill point, power loss and disk error, as the table of docs/crash-safety.md (a quarter of an hour)"
	@echo "make chaos   trainings on rented pods while everything fails at random, as the table of docs/chaos.md (a quarter of an hour)"
	@echo "make interleavings  1,000 random worlds of people, crashes and power losses (some minutes)"
	@echo "make bench   benchmarks beside their peers, as bench/RESULTS.md"
	@echo "make deps    install what is needed and missing: Debian packages, a private Python environment"
	@echo "make build   build caid"
	@echo "make seeds   the demo's experiment for five seeds, as the table of docs/tiny-model.md"
	@echo "make lint    check the formatting;  make format  put it right"
	@echo "make clean   remove what was built here (.build/, .demo/)"

deps:
	@scripts/deps.sh

build: deps
	@echo "== building caid (the first time takes about two minutes)"
	@swift build $(SWIFT_FLAGS)

demo: deps
	@scripts/demo.sh

test: deps
	@scripts/test.sh

crash-matrix: deps
	@scripts/crash-matrix.sh

chaos: deps
	@scripts/chaos.sh

interleavings: deps
	@CAID_INTERLEAVINGS=1000 swift test $(SWIFT_FLAGS) --filter Interleaving

bench: deps
	@bench/run.sh

seeds: build
	@scripts/seeds.sh

lint:
	@swift format lint --strict --recursive --parallel Package.swift Sources Tests

format:
	@swift format --in-place --recursive --parallel Package.swift Sources Tests

clean:
	@rm -rf .build .demo
