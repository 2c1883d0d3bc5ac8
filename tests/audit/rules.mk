# A program that makes a registry lie, for tests/functional/test_audit.py.

LIAR_OBJ  := $(BUILD)/obj/tests/audit/liar.o $(BUILD)/obj/tests/support/lie.o
TEST_LIAR := $(BUILD)/tests/liar

$(LIAR_OBJ): CPPFLAGS += -Ilibcredit -I.

$(TEST_LIAR): $(LIAR_OBJ) $(LIBRARY)
	$(call say,LD,$@) mkdir -p $(@D) && $(CC) $(LDFLAGS) -o $@ $^ $(LIB_LIBS) -lpthread

-include $(LIAR_OBJ:.o=.d)
