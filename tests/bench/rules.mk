# The figures: one program that runs credd, credload and the peers in turn.

include tools/load/rules.mk

BENCH_SRC := $(filter-out tests/bench/echo.c,$(sort $(wildcard tests/bench/*.c)))
# What it borrows: the town, the client, the making of certificates, the drawing of keys.
BENCH_USES := tests/support/town.c tests/support/book_text.c $(CLIENT_SRC) tools/load/requests.c \
	tools/credctl/secrets_certificate.c tools/credctl/file.c
BENCH_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(BENCH_SRC) $(BENCH_USES))
BENCH_ECHO_OBJ := $(BUILD)/obj/tests/bench/echo.o
BENCH      := $(BUILD)/bench_figures
BENCH_ECHO := $(BUILD)/bench_echo

$(BUILD)/obj/tests/bench/%.o: CPPFLAGS += -I. -Itools

$(BENCH): $(BENCH_OBJ) $(GEN_RPC_OBJ) $(LIBRARY)
	$(call say,LD,$@) $(CC) $(LDFLAGS) -o $@ $^ $(GRPC_LIBS) $(LIB_LIBS) -ljansson -lpthread

$(BENCH_ECHO): $(BENCH_ECHO_OBJ)
	$(call say,LD,$@) $(CC) $(LDFLAGS) -o $@ $^ $(GRPC_LIBS)

-include $(BENCH_OBJ:.o=.d) $(BENCH_ECHO_OBJ:.o=.d)

.PHONY: bench bench-report
## bench          every figure against its peers; QUICK=1 small and no verdict, ONLY=read. a group
bench: $(CREDD) $(CREDLOAD) $(BENCH) $(BENCH_ECHO)
	$(Q)$(BENCH) --build $(BUILD) $(if $(filter 1,$(QUICK)),--quick) $(if $(ONLY),--only $(ONLY))

## bench-report   the newest figures into the table of docs/PERFORMANCE.md
bench-report: $(BENCH)
	$(Q)$(BENCH) --build $(BUILD) --report docs/PERFORMANCE.md
