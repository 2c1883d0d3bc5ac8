# Coverage-guided fuzzing of tests/fuzz/fuzz_*.c: a flavour of its own, compiled by clang with libFuzzer,
# AddressSanitizer, UBSan and source coverage. `make check` runs the same targets over their seeds and a
# few thousand mutations, with neither; tests/fuzz/fuzz.py says what is measured.

FUZZ_BUILD    := build/fuzz
FUZZ_FLAVOUR   = CC='$(FUZZ_CC)' SANITIZE=fuzzer-no-link,address,undefined BUILD=$(FUZZ_BUILD)
FUZZ_PACKAGES := clang libclang-rt-14-dev llvm
FUZZ_CC       ?= clang
SECONDS       ?= 300
ONLY          ?=
FUZZ           = $(PYTHON) tests/fuzz/fuzz.py --build $(FUZZ_BUILD) $(if $(ONLY),--only $(ONLY))

.PHONY: fuzz fuzz-programs fuzz-minimise fuzz-figures

fuzz-programs: deps-test
	$(Q)tools/dev/install_packages $(FUZZ_PACKAGES)
	$(Q)$(MAKE) -j2 --no-print-directory $(FUZZ_FLAVOUR) $(TEST_FUZZ:$(BUILD)/%=$(FUZZ_BUILD)/%)

## fuzz           coverage-guided fuzzing of every decoder; SECONDS=300 of all together, ONLY=target
fuzz: fuzz-programs
	$(Q)$(FUZZ) run --seconds $(SECONDS)

## fuzz-minimise  adds to tests/fuzz/seeds the few found inputs that reach what the seeds do not
fuzz-minimise: fuzz-programs
	$(Q)$(FUZZ) minimise

## fuzz-figures   writes the table of the last `make fuzz` into docs/RELIABILITY.md
fuzz-figures:
	$(Q)$(FUZZ) figures docs/RELIABILITY.md
