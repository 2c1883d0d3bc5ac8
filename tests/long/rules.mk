# Series that are too long for `make check`: programs that end with 0 when all agreed.

LONG_SRC := $(sort $(wildcard tests/long/*.c))
LONG_OBJ := $(LONG_SRC:%.c=$(BUILD)/obj/%.o)
TEST_LONG := $(LONG_SRC:tests/long/%.c=$(BUILD)/tests/long_%)

$(LONG_OBJ): CPPFLAGS += -I.

$(TEST_LONG): $(BUILD)/tests/long_%: $(BUILD)/obj/tests/long/%.o $(SUPPORT_OBJ) $(LIBRARY)
	$(call say,LD,$@) mkdir -p $(@D) && $(CC) $(LDFLAGS) -o $@ $^ $(LIB_LIBS) -lcriterion -lpthread

-include $(LONG_OBJ:.o=.d)
