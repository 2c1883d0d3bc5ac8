# Tests: one binary for unit, one for property, one small runner a fuzz target, and Python drivers
# for the functional tests. tests/support/run.py runs them all and prints 'N passed, N failed' last.

UNIT_SRC     := $(sort $(wildcard tests/unit/*.c tests/unit/*/*.c))
PROPERTY_SRC := $(sort $(wildcard tests/property/*.c))
FUZZ_SRC     := $(sort $(wildcard tests/fuzz/fuzz_*.c))
SUPPORT_SRC  := $(filter-out tests/support/fuzz_main.c,$(sort $(wildcard tests/support/*.c)))
SUPPORT_OBJ  := $(SUPPORT_SRC:%.c=$(BUILD)/obj/%.o)
UNIT_OBJ     := $(UNIT_SRC:%.c=$(BUILD)/obj/%.o)
PROPERTY_OBJ := $(PROPERTY_SRC:%.c=$(BUILD)/obj/%.o)
FUZZ_OBJ     := $(FUZZ_SRC:%.c=$(BUILD)/obj/%.o)
# Mutations of the seeds by ourselves; under clang's libFuzzer it brings its own main.
FUZZ_MAIN    := $(if $(findstring fuzzer,$(SANITIZE)),,$(BUILD)/obj/tests/support/fuzz_main.o)
FUZZ_LINK    := $(if $(findstring fuzzer,$(SANITIZE)),-fsanitize=fuzzer)

TEST_UNIT     := $(if $(UNIT_SRC),$(BUILD)/tests/unit)
TEST_PROPERTY := $(if $(PROPERTY_SRC),$(BUILD)/tests/property)
TEST_FUZZ     := $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/tests/%)

# The rooms of the daemon and the tools bring their own test programs; the bench its target.
include $(sort $(wildcard tests/*/rules.mk))
TEST_PROGRAMS := $(TEST_UNIT) $(TEST_PROPERTY) $(TEST_FUZZ) $(TEST_RPC) $(TEST_CREDD) $(TEST_CREDCTL) $(TEST_LIAR) \
	$(TEST_BENCH) $(TEST_DAMAGE) $(TEST_CRASH)

# Objects that the unit tests or fuzz target <name> need beside libcredit.a:
#   UNIT_EXTRA := $(BUILD)/obj/tools/credctl/csv.o
#   FUZZ_EXTRA_<name> := $(BUILD)/obj/tools/credctl/csv.o, and FUZZ_LIBS_<name> := -lpng

# White-box unit tests may see a room's private headers.
$(UNIT_OBJ) $(PROPERTY_OBJ) $(FUZZ_OBJ) $(SUPPORT_OBJ) $(FUZZ_MAIN): CPPFLAGS += -Ilibcredit -I.
# Criterion's macros are not written for our warnings.
$(UNIT_OBJ) $(PROPERTY_OBJ): WARN := -Wall -Wextra -Werror
# Most of a build's time would go into optimising what runs once.
$(UNIT_OBJ): CFLAGS += -O0 -U_FORTIFY_SOURCE
# LLVMFuzzerTestOneInput has no header.
$(FUZZ_OBJ): WARN += -Wno-missing-prototypes
$(UNIT_OBJ) $(PROPERTY_OBJ): | deps-test

$(BUILD)/tests/unit: $(UNIT_OBJ) $(UNIT_EXTRA) $(SUPPORT_OBJ) $(LIBRARY) | deps-test
	$(call say,LD,$@) mkdir -p $(@D) && $(CC) $(LDFLAGS) -o $@ $^ $(LIB_LIBS) -lcriterion -ljansson -lpthread

$(BUILD)/tests/property: $(PROPERTY_OBJ) $(SUPPORT_OBJ) $(LIBRARY) | deps-test
	$(call say,LD,$@) mkdir -p $(@D) && $(CC) $(LDFLAGS) -o $@ $^ $(LIB_LIBS) -lcriterion -lpthread

.SECONDEXPANSION:
$(TEST_FUZZ): $(BUILD)/tests/fuzz_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(FUZZ_MAIN) $$(FUZZ_EXTRA_$$*) $(LIBRARY)
	$(call say,LD,$@) mkdir -p $(@D) && $(CC) $(LDFLAGS) $(FUZZ_LINK) -o $@ $^ $(LIB_LIBS) $(FUZZ_LIBS_$*) -ljansson -lpthread

-include $(UNIT_OBJ:.o=.d) $(PROPERTY_OBJ:.o=.d) $(FUZZ_OBJ:.o=.d) $(SUPPORT_OBJ:.o=.d) $(FUZZ_MAIN:.o=.d)

SAN_BUILD  := $(BUILD)/san
TSAN_BUILD := $(BUILD)/tsan
RUN       := $(PYTHON) tests/support/run.py --logs $(BUILD)
PLAIN     := --flavour plain=$(BUILD)
SANITIZED := --flavour san=$(SAN_BUILD)

.PHONY: check check-crash crash-figures check-san check-unit check-long check-functional test-programs test-programs-plain test-programs-san \
	test-programs-san-brief test-programs-brief test-programs-tsan

# All that the suites of one flavour run, daemon and tools included.
test-programs: all $(TEST_PROGRAMS) $(CREDLOAD)

test-programs-brief: all $(filter-out $(TEST_BENCH) $(TEST_DAMAGE) $(TEST_PROPERTY),$(TEST_PROGRAMS)) $(CREDLOAD)

test-programs-plain: deps-test
	$(Q)$(MAKE) -j2 --no-print-directory test-programs

test-programs-san: deps-test
	$(Q)$(MAKE) -j2 --no-print-directory SANITIZE=address,undefined BUILD=$(SAN_BUILD) test-programs

# Without what only the suites use that are left to check-san.
test-programs-san-brief: deps-test
	$(Q)$(MAKE) -j2 --no-print-directory SANITIZE=address,undefined BUILD=$(SAN_BUILD) test-programs-brief

# The rpc room's threads under ThreadSanitizer; a plain program, as Criterion does not run under it.
test-programs-tsan: deps-test
	$(Q)$(MAKE) -j2 --no-print-directory SANITIZE=thread BUILD=$(TSAN_BUILD) $(TSAN_BUILD)/tests/rpc_stress

## check          every test; with sanitizers all but the longest, which check-san has; the checks of our own house
check: test-programs-plain
	$(Q)$(MAKE) --no-print-directory test-programs-san-brief
	$(Q)$(MAKE) --no-print-directory test-programs-tsan
	$(Q)$(RUN) $(HOUSE_CHECKS) $(PLAIN) $(SANITIZED) --brief san --once fuzz

## check-unit     unit and property tests, plain
check-unit: test-programs-plain
	$(Q)$(RUN) --only unit,property,rooms $(PLAIN)

## check-functional  the real daemon through the real tools, plain
check-functional: test-programs-plain
	$(Q)$(RUN) --only functional $(PLAIN)

## check-long     series too long for check: random histories, every reachable state, a kill at every step, a million changes
check-long: test-programs-plain $(TEST_LONG)
	$(Q)$(RUN) $(CRASH_RUNS) $(foreach program,$(TEST_LONG),--check '$(notdir $(program))=$(program)') \
		--check 'histories=CREDIT_ERASE_HISTORIES=400 $(BUILD)/tests/property --filter "erase_property/*"' \
		--check 'reachable=CREDIT_REACH_STATES=5000000 $(BUILD)/tests/property --filter "property_reachable/*"' \
		--check 'years=CREDIT_HISTORY_ACTS=10000 CREDIT_HISTORY_SEEDS=5 $(BUILD)/tests/property --filter "histories/*"' \
		--check 'damage=$(BUILD)/tests/damage --trials 20000 --seed 2026' \
		--check 'killed=BUILD=$(BUILD) CREDIT_EVERY_STEP=1 $(PYTHON) tests/functional/test_erase.py KilledBetweenSteps' \
		--check 'dictated=BUILD=$(BUILD) CREDIT_RANDOM_CALLS=30000 $(PYTHON) tests/functional/test_hostile.py Dictated' \
		--check 'abuse=BUILD=$(BUILD) $(PYTHON) tests/abuse/abuse.py --seconds 5'

# KILLS: how often fate is drawn, for the library; a hundredth of it for the daemon.
KILLS ?= 2000
CRASH_MODES := kill power torn enospc full eio dead-disk short emfile enomem doubt begin-kill begin-power begin-torn
CRASH_RUNS = $(foreach mode,$(CRASH_MODES),--check 'crash-$(mode)=$(BUILD)/tests/crash --mode $(mode)') \
	--check 'crash-random=$(BUILD)/tests/crash --random $(KILLS) --seed 1' \
	--check 'crash-daemon=BUILD=$(BUILD) CREDIT_CRASH_KILLS=$(shell expr $(KILLS) / 100) $(PYTHON) tests/crash/test_daemon.py Daemon.test_at_points_drawn_from_all_of_them'

CRASH_REPORT = $(PYTHON) tests/crash/report.py $(patsubst %,$(BUILD)/test-logs/check-crash-%.log,$(CRASH_MODES) random daemon)

## check-crash    every point at which something can go wrong, and KILLS=2000 at random; figures are printed
check-crash: test-programs-plain
	$(Q)$(RUN) $(CRASH_RUNS)
	$(Q)$(CRASH_REPORT)

## crash-figures  writes the table of the last `make check-crash` into docs/RELIABILITY.md
crash-figures:
	$(Q)$(CRASH_REPORT) > $(BUILD)/crash-report
	$(Q)$(PYTHON) tests/support/figures.py $(BUILD)/crash-report docs/RELIABILITY.md 'make crash-figures'

## check-san      every test with AddressSanitizer and UndefinedBehaviorSanitizer
check-san: test-programs-san
	$(Q)$(RUN) $(SANITIZED)
