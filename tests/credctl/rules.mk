# Tests of the parts of credctl that need no daemon.

CREDCTL_TEST_SRC := $(sort $(wildcard tests/credctl/*.c))
CREDCTL_TEST_OBJ := $(CREDCTL_TEST_SRC:%.c=$(BUILD)/obj/%.o)
# What they test.
CSV_OBJ := $(patsubst %,$(BUILD)/obj/tools/credctl/%.o,csv_reader csv_writer csv_encoding sheet sheet_columns value nearest)
CREDCTL_TESTED_OBJ := $(CSV_OBJ) \
	$(patsubst %,$(BUILD)/obj/tools/credctl/%.o,bilingual code_set file options output)
TEST_CREDCTL := $(BUILD)/tests/credctl

$(CREDCTL_TEST_OBJ): CPPFLAGS += -I. -Itools
$(CREDCTL_TEST_OBJ): WARN := -Wall -Wextra -Werror
$(BUILD)/obj/tests/fuzz/fuzz_csv.o: CPPFLAGS += -Itools
FUZZ_EXTRA_csv := $(CSV_OBJ)

$(TEST_CREDCTL): $(CREDCTL_TEST_OBJ) $(SUPPORT_OBJ) $(CREDCTL_TESTED_OBJ) $(LIBRARY) | deps-test
	$(call say,LD,$@) mkdir -p $(@D) && $(CC) $(LDFLAGS) -o $@ $^ $(LIB_LIBS) -ljansson -lcriterion -lpthread

-include $(CREDCTL_TEST_OBJ:.o=.d)
