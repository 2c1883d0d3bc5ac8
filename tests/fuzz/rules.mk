# Coverage-guided fuzzing of tests/fuzz/fuzz_*.c: a flavour of its own, compiled by clang with libFuzzer,
# AddressSanitizer, UBSan and source coverage. `make check` runs the same targets over their seeds and a
# few thousand mutations, with neither; tests/fuzz/fuzz.py says what is measured.

# What targets need beside libcredit.a. Those of credctl are linked with all of it but its main.
FUZZ_SUPPORT      := $(BUILD)/obj/tests/support/fuzz_file.o
FUZZ_CREDCTL      := $(filter-out %/credctl/main.o,$(CREDCTL_OBJ)) $(GEN_RPC_OBJ) $(FUZZ_SUPPORT)
FUZZ_CREDCTL_LIBS := $(GRPC_LIBS) -lqrencode -lpng -lmicrohttpd
FUZZ_EXTRA_snapshot       := $(BUILD)/obj/tests/support/snapshot_sample.o
FUZZ_EXTRA_delta          := $(SUPPORT_OBJ)
FUZZ_LIBS_delta           := -lcriterion
FUZZ_EXTRA_sequence       := $(SUPPORT_OBJ)
FUZZ_LIBS_sequence        := -lcriterion
FUZZ_EXTRA_witness_answer := $(BUILD)/obj/credd/witness_answer.o
FUZZ_EXTRA_urn            := $(BUILD)/obj/credd/rpc/urn.o
FUZZ_EXTRA_key_file       := $(BUILD)/obj/credd/key_file.o $(BUILD)/obj/tools/credctl/file.o $(FUZZ_SUPPORT)
FUZZ_EXTRA_tool_file      := $(FUZZ_CREDCTL)
FUZZ_LIBS_tool_file       := $(FUZZ_CREDCTL_LIBS)
FUZZ_EXTRA_import_state   := $(FUZZ_CREDCTL)
FUZZ_LIBS_import_state    := $(FUZZ_CREDCTL_LIBS)
FUZZ_EXTRA_details        := $(FUZZ_CREDCTL)
FUZZ_LIBS_details         := $(FUZZ_CREDCTL_LIBS)

$(patsubst %,$(BUILD)/obj/tests/fuzz/fuzz_%.o,witness_answer urn key_file): CPPFLAGS += -Icredd
$(patsubst %,$(BUILD)/obj/tests/fuzz/fuzz_%.o,key_file tool_file import_state details): CPPFLAGS += -Itools

FUZZ_BUILD    := build/fuzz
FUZZ_FLAVOUR   = CC='$(FUZZ_CC)' SANITIZE=fuzzer-no-link,address,undefined BUILD=$(FUZZ_BUILD)
FUZZ_PACKAGES := clang libclang-rt-14-dev llvm
FUZZ_CC       ?= clang
fuzz: SECONDS ?= 300
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
	$(Q)$(PYTHON) tests/support/figures.py $(FUZZ_BUILD)/report docs/RELIABILITY.md 'make fuzz-figures'
