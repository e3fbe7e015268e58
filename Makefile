# The front door. The build itself is CMake's (CMakeLists.txt, cmake/); this
# file names the things one wants done and the order of their steps.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build
MAKEFLAGS += --no-print-directory

BUILD     := build/release
SANITIZED := build/sanitized
CLANG     := build/clang
TSAN      := build/tsan
FUZZING   := build/fuzzing
FUZZCOV   := build/fuzz-coverage
PREFIX    ?= /usr/local
DESTDIR   ?=
JOBS      ?= $(shell nproc)
BENCH     := build/bench
FUZZ_SECONDS ?= 60
FUZZ_CPU  ?=
FUZZ_JOBS ?= 1
PASSES    ?= 3

# Says which step runs; a failing step is named by `make` at the end.
step = @printf '\n== %s\n' '$(1)'

.PHONY: build
build: ## Build the libraries, the command and the examples in build/release
	@tools/build $(BUILD) -DCMAKE_BUILD_TYPE=RelWithDebInfo

.PHONY: demo
demo: ## Show it: a hybrid CA, a server, a client, and a refused forgery
	$(call step,setting up)
	@tools/bootstrap build
	$(call step,building)
	@tools/build $(BUILD) -DCMAKE_BUILD_TYPE=RelWithDebInfo --target programs
	@QTLS_BIN=$(CURDIR)/$(BUILD)/qtls QTLS_BUILD_DIR=$(CURDIR)/$(BUILD) \
		QTLS_SOURCE_DIR=$(CURDIR) bash demo/demo.sh

.PHONY: check
check: ## Everything: tests, also under sanitizers, the checks, other stacks
	@tools/check

.PHONY: test
test: build ## The tests of build/release only, without other stacks
	@ctest --test-dir $(BUILD) --no-tests=error --output-on-failure -j $(JOBS) -LE interop

.PHONY: interop
interop: ## Other stacks, both ways: their tests, and the matrix of docs/interop.md
	@tools/bootstrap check
	@tools/build $(BUILD) -DCMAKE_BUILD_TYPE=RelWithDebInfo
	@tools/debian-root trixie $$(grep -v '^#' tests/interop/packages) >/dev/null
	@tools/peers
	@ctest --test-dir $(BUILD) --no-tests=error --output-on-failure -j $(JOBS) -L interop
	@QTLS_BIN=$(CURDIR)/$(BUILD)/qtls python3 tests/peers/_matrix.py

.PHONY: crash
crash: build ## Kill qtls pki at every call that changes a file, and CRASHES (3000) times at random
	@QTLS_BIN=$(CURDIR)/$(BUILD)/qtls QTLS_SOURCE_DIR=$(CURDIR) QTLS_CRASHES=$(or $(CRASHES),3000) \
		python3 tests/cli/pki_crash_test.py

.PHONY: fuzz
fuzz: ## Fuzz every target for FUZZ_SECONDS (60) each, or for FUZZ_CPU seconds of processor time
	@tools/bootstrap check
	@CC=clang tools/build $(FUZZING) -DCMAKE_BUILD_TYPE=RelWithDebInfo \
		-DQTLS_FUZZ=ON -DQTLS_SANITIZE=address,undefined --target fuzz_programs
	@tools/fuzz $(if $(FUZZ_CPU),-c) -j $(FUZZ_JOBS) $(FUZZING) $(or $(FUZZ_CPU),$(FUZZ_SECONDS)) $(FUZZ_TARGETS)

.PHONY: fuzz-coverage
fuzz-coverage: ## List the lines of the core that no fuzz target reaches
	@tools/bootstrap coverage
	@CC=clang tools/build $(FUZZCOV) -DCMAKE_BUILD_TYPE=Debug \
		"-DCMAKE_C_FLAGS=-fprofile-instr-generate -fcoverage-mapping" --target fuzz_programs
	@tools/fuzz-coverage $(FUZZCOV) $(FUZZING)/corpus

.PHONY: tsan
tsan: ## What has threads, under ThreadSanitizer: library, adapters, and the command's servers
	@tools/bootstrap check
	@tools/tsan

.PHONY: faults
faults: ## Cut whole conversations at every byte, flip every bit, outside and inside the protection
	@tools/bootstrap check
	@tools/build $(SANITIZED) -DCMAKE_BUILD_TYPE=RelWithDebInfo \
		-DQTLS_SANITIZE=address,undefined --target faults_wire_test --target faults_inner_test
	@for part in wire inner; do \
		$(SANITIZED)/tests/faults_$${part}_test list | sed "s|^|$(SANITIZED)/tests/faults_$${part}_test |"; \
	done | xargs -P $(JOBS) -L 1 env

.PHONY: proofs
proofs: ## Prove reader, writer, framing and length arithmetic with CBMC
	@tests/proofs/run.sh --all

.PHONY: bench
bench: bench-build ## Measure, beside the primitives and other stacks (DOCS=1: into docs/)
	@python3 bench/run.py $(BENCH)/tree $(BENCH) --passes $(PASSES) $(if $(DOCS),--docs)

.PHONY: bench-instructions
bench-instructions: bench-build ## Count instructions, compare with those kept (WRITE=1: keep)
	@python3 bench/instructions.py $(BENCH)/tree $(if $(WRITE),--write)

.PHONY: bench-build
bench-build:
	@tools/bootstrap bench
	@tools/build $(BENCH)/tree -DCMAKE_BUILD_TYPE=RelWithDebInfo -DQTLS_BENCH=ON \
		-DQTLS_AWSLC_ROOT=$(CURDIR)/build/deps/aws-lc-tls --target bench_programs

.PHONY: install
install: build ## Install into PREFIX (/usr/local), under DESTDIR when set
	@DESTDIR='$(DESTDIR)' cmake --install $(BUILD) --prefix '$(PREFIX)'

.PHONY: clean
clean: ## Remove what was built; AWS-LC and the Debian roots stay
	@rm -rf $(BUILD) $(SANITIZED) $(CLANG) $(TSAN) $(FUZZING) $(FUZZCOV) $(BENCH) build/check

.PHONY: distclean
distclean: ## Remove build/ as a whole
	@for root in build/roots/*/; do \
		if [ -d "$$root" ]; then tools/debian-root --remove "$$(basename "$$root")"; fi; done
	@rm -rf build

.PHONY: help
help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|' 2>/dev/null || \
		sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1: \2/p' $(MAKEFILE_LIST)
