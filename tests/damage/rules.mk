# A program that damages registries and asks them, for tests/functional/test_damage.py and `make check-long`.

DAMAGE_OBJ  := $(BUILD)/obj/tests/damage/damage.o $(BUILD)/obj/tests/damage/oracle.o \
	$(BUILD)/obj/tests/support/town.o $(BUILD)/obj/tests/support/book_text.o
TEST_DAMAGE := $(BUILD)/tests/damage

$(DAMAGE_OBJ): CPPFLAGS += -Ilibcredit -I.

$(TEST_DAMAGE): $(DAMAGE_OBJ) $(LIBRARY)
	$(call say,LD,$@) mkdir -p $(@D) && $(CC) $(LDFLAGS) -o $@ $^ $(LIB_LIBS) -lpthread

-include $(DAMAGE_OBJ:.o=.d)
