# Tests of the parts of the daemon that need neither gRPC nor a registry.

CREDD_TEST_SRC := $(sort $(wildcard tests/credd/*.c))
CREDD_TEST_OBJ := $(CREDD_TEST_SRC:%.c=$(BUILD)/obj/%.o)
# What they test.
CREDD_TESTED_OBJ := $(patsubst %,$(BUILD)/obj/credd/%.o,config config_table config_value clock log key_file rate \
	metrics notify bounds \
	witness_answer)
TEST_CREDD := $(BUILD)/tests/credd

$(CREDD_TEST_OBJ): CPPFLAGS += -I. -Icredd
$(CREDD_TEST_OBJ): WARN := -Wall -Wextra -Werror
$(BUILD)/obj/tests/fuzz/fuzz_config.o: CPPFLAGS += -Icredd
FUZZ_EXTRA_config := $(patsubst %,$(BUILD)/obj/credd/%.o,config config_table config_value)

$(TEST_CREDD): $(CREDD_TEST_OBJ) $(SUPPORT_OBJ) $(CREDD_TESTED_OBJ) $(LIBRARY) | deps-test
	$(call say,LD,$@) mkdir -p $(@D) && $(CC) $(LDFLAGS) -o $@ $^ $(LIB_LIBS) -lcriterion -lpthread

-include $(CREDD_TEST_OBJ:.o=.d)
