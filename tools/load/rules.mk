# credload, the load generator: tools/client, and of credctl its options and files.

CREDLOAD_SRC := $(sort $(wildcard tools/load/*.c)) $(CLIENT_SRC) \
	$(patsubst %,tools/credctl/%.c,options nearest output file)
CREDLOAD_OBJ := $(CREDLOAD_SRC:%.c=$(BUILD)/obj/%.o)
CREDLOAD     := $(BUILD)/credload

$(CREDLOAD): $(CREDLOAD_OBJ) $(GEN_RPC_OBJ) $(LIBRARY)
	$(call say,LD,$@) $(CC) -pie $(LDFLAGS) -o $@ $^ $(GRPC_LIBS) $(LIB_LIBS) -lssl -ljansson -lpthread

-include $(CREDLOAD_OBJ:.o=.d)
