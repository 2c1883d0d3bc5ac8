# credd: the gRPC daemon around libcredit.

CREDD_SRC := $(sort $(wildcard credd/*.c credd/*/*.c))
CREDD_OBJ := $(CREDD_SRC:%.c=$(BUILD)/obj/%.o)
CREDD     := $(BUILD)/credd

$(CREDD): $(CREDD_OBJ) $(GEN_RPC_OBJ) $(BUILD)/obj/gen/descriptors.o $(LIBRARY)
	$(call say,LD,$@) $(CC) -pie $(LDFLAGS) -o $@ $^ $(GRPC_LIBS) $(LIB_LIBS) -lcurl -lmicrohttpd -lpthread

-include $(CREDD_OBJ:.o=.d)
