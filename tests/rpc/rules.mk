# The rpc room and the client against each other: a Criterion binary, and a plain program that is run
# under ThreadSanitizer (Criterion cannot be).

RPC_UNDER_TEST := $(sort $(wildcard credd/rpc/*.c)) $(CLIENT_SRC) tests/rpc/service.c
RPC_OBJ        := $(RPC_UNDER_TEST:%.c=$(BUILD)/obj/%.o)
TEST_RPC_OBJ   := $(BUILD)/obj/tests/rpc/test_rpc.o $(BUILD)/obj/tests/rpc/test_shares.o $(BUILD)/obj/tests/support/temp_dir.o
STRESS_RPC_OBJ := $(BUILD)/obj/tests/rpc/stress.o
TEST_RPC       := $(BUILD)/tests/rpc
STRESS_RPC     := $(BUILD)/tests/rpc_stress

$(BUILD)/obj/tests/rpc/%.o: CPPFLAGS += -I. -Icredd
$(BUILD)/obj/tests/rpc/test_rpc.o $(BUILD)/obj/tests/rpc/test_shares.o: WARN := -Wall -Wextra -Werror

$(TEST_RPC): $(TEST_RPC_OBJ) $(RPC_OBJ) $(GEN_RPC_OBJ) $(BUILD)/obj/gen/descriptors.o $(LIBRARY) | deps-test
	$(call say,LD,$@) mkdir -p $(@D) && $(CC) $(LDFLAGS) -o $@ $^ $(GRPC_LIBS) $(LIB_LIBS) -lcriterion -lpthread

# $(STRESS_RPC): see the top of stress.c for how it is run.
$(STRESS_RPC): $(STRESS_RPC_OBJ) $(RPC_OBJ) $(GEN_RPC_OBJ) $(BUILD)/obj/gen/descriptors.o $(LIBRARY)
	$(call say,LD,$@) mkdir -p $(@D) && $(CC) $(LDFLAGS) -o $@ $^ $(GRPC_LIBS) $(LIB_LIBS) -lpthread

-include $(TEST_RPC_OBJ:.o=.d) $(STRESS_RPC_OBJ:.o=.d)
