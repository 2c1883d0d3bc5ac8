# Crashes and faults: a registry's day, run once for each point at which something can go wrong; and the
# same shim as a library that is preloaded into the daemon. Neither goes with sanitizers, which stand before
# the same functions.

CRASH_SHIM_SRC := tests/crash/fault.c tests/crash/fault_calls.c tests/crash/fault_resources.c tests/crash/power.c
CRASH_SRC      := $(CRASH_SHIM_SRC) tests/crash/script.c tests/crash/verdict.c tests/crash/main.c
CRASH_OBJ      := $(CRASH_SRC:%.c=$(BUILD)/obj/%.o)
CRASH_SHIM_OBJ := $(CRASH_SHIM_SRC:%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/tests/crash/fault_env.o
TEST_CRASH     := $(if $(SANITIZE),,$(BUILD)/tests/crash $(BUILD)/tests/fault.so)

$(CRASH_OBJ) $(CRASH_SHIM_OBJ): CPPFLAGS += -I. -Ilibcredit
# What is preloaded must stand before the C library's own.
$(CRASH_SHIM_OBJ): CFLAGS += -fvisibility=default
# _FORTIFY_SOURCE would turn open() into a function of its own.
$(BUILD)/obj/tests/crash/fault_calls.o: CPPFLAGS += -U_FORTIFY_SOURCE
$(BUILD)/obj/tests/crash/fault_calls.o $(BUILD)/obj/tests/crash/fault_resources.o: WARN += -Wno-missing-prototypes

$(BUILD)/tests/crash: $(CRASH_OBJ) $(SUPPORT_OBJ) $(LIBRARY)
	$(call say,LD,$@) mkdir -p $(@D) && $(CC) $(LDFLAGS) -o $@ $^ $(LIB_LIBS) -lcriterion -lpthread

$(BUILD)/tests/fault.so: $(CRASH_SHIM_OBJ)
	$(call say,LD,$@) mkdir -p $(@D) && $(CC) -shared $(LDFLAGS) -o $@ $^ -lpthread

-include $(CRASH_OBJ:.o=.d) $(CRASH_SHIM_OBJ:.o=.d)

# How tests/broken makes a program with one object in the place of the library's own.
ifeq ($(SANITIZE),)
TEST_CRASH += $(BUILD)/tests/commands
endif
$(BUILD)/tests:
	$(Q)mkdir -p $@
# make writes these lines itself, before it runs any command: the folder must be there by then.
$(BUILD)/tests/commands: Makefile $(MAKEFILE_LIST) | $(BUILD)/tests
	$(call say,GEN,$@) :
	$(file >$@,compile: $(CC) $(CPPFLAGS) $(CFLAGS))
	$(file >>$@,link: $(CC) $(LDFLAGS))
	$(file >>$@,libs: $(LIB_LIBS) -lcriterion -ljansson -lpthread)
	$(file >>$@,unit: $(UNIT_OBJ) $(UNIT_EXTRA) $(SUPPORT_OBJ))
	$(file >>$@,crash: $(CRASH_OBJ) $(SUPPORT_OBJ))
