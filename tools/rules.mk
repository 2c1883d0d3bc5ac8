# credctl, the command line. tools/client is its only file room that speaks gRPC.

CLIENT_SRC  := $(sort $(wildcard tools/client/*.c))
CREDCTL_SRC := $(sort $(wildcard tools/credctl/*.c)) $(CLIENT_SRC)
CREDCTL_OBJ := $(CREDCTL_SRC:%.c=$(BUILD)/obj/%.o)
CREDCTL     := $(BUILD)/credctl
TOOLS       := $(CREDCTL)

$(CREDCTL): $(CREDCTL_OBJ) $(GEN_RPC_OBJ) $(LIBRARY)
	$(call say,LD,$@) $(CC) -pie $(LDFLAGS) -o $@ $^ $(GRPC_LIBS) $(LIB_LIBS) -ljansson -lqrencode -lpng -lmicrohttpd -lpthread

-include $(CREDCTL_OBJ:.o=.d)

.PHONY: demo
## demo           start a registry from nothing, import a real-format file, ask, verify, clean up
demo: all
	$(Q)BUILD=$(BUILD) tools/demo/run

# The checks of our own house; each is one test of `make check`. Folders are named
# further on, in tests/rules.mk.
SOURCE_CHECKS := text format quotes headers symbols
HOUSE_CHECKS   = --check 'layers=tools/dev/check_layers' \
	--check 'tsan=tests/rpc/run_tsan $(TSAN_BUILD)' \
	$(foreach check,$(SOURCE_CHECKS),--check 'source-$(check)=tools/dev/check_source --build $(BUILD) $(check)')

.PHONY: check-source check-layers
## check-source   house style, quotes of docs/spec, public headers alone, exported symbols
check-source: $(LIBRARY_SO) | deps-test
	$(Q)tools/dev/check_source --build $(BUILD) $(SOURCE_CHECKS)

## check-layers   who may include whom
check-layers:
	$(Q)tools/dev/check_layers
