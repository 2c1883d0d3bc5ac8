# The figures: one program that runs credd, credload and the peers in turn.

include tools/load/rules.mk

BENCH_SRC := $(filter-out tests/bench/echo.c,$(sort $(wildcard tests/bench/*.c)))
# What it borrows: the town, the client, the making of certificates, the drawing of keys, histograms.
BENCH_USES := tests/support/town.c tests/support/town_load.c tests/support/book_text.c $(CLIENT_SRC) tools/load/requests.c \
	tools/load/histogram.c \
	tools/credctl/secrets_certificate.c tools/credctl/file.c
BENCH_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(BENCH_SRC) $(BENCH_USES))
BENCH_ECHO_OBJ := $(BUILD)/obj/tests/bench/echo.o
# PostgreSQL's client is built where libpq is; the figures that want it are missing otherwise.
BENCH_PG_SRC  := $(wildcard tests/bench/peer_postgres/*.c)
BENCH_PG_OBJ  := $(patsubst %.c,$(BUILD)/obj/%.o,$(BENCH_PG_SRC) tools/load/requests.c tools/load/histogram.c)
BENCH_COUNT_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,tests/bench/instructions/jobs.c tools/load/requests.c \
	tests/support/town.c tests/support/book_text.c)
BENCH         := $(BUILD)/bench_figures
BENCH_COUNT   := $(BUILD)/bench_instructions
BENCH_ECHO    := $(BUILD)/bench_echo
BENCH_PG      := $(BUILD)/bench_postgres

$(BUILD)/obj/tests/bench/%.o: CPPFLAGS += -I. -Itools
$(BUILD)/obj/tests/bench/peer_postgres/%.o: CPPFLAGS += -isystem /usr/include/postgresql

$(BENCH): $(BENCH_OBJ) $(GEN_RPC_OBJ) $(LIBRARY)
	$(call say,LD,$@) $(CC) $(LDFLAGS) -o $@ $^ $(GRPC_LIBS) $(LIB_LIBS) -ljansson -lpthread

$(BENCH_ECHO): $(BENCH_ECHO_OBJ)
	$(call say,LD,$@) $(CC) $(LDFLAGS) -o $@ $^ $(GRPC_LIBS)

$(BENCH_PG): $(BENCH_PG_OBJ) $(GEN_RPC_OBJ) $(LIBRARY)
	$(call say,LD,$@) $(CC) $(LDFLAGS) -o $@ $^ $(LIB_LIBS) -lpq -lpthread

$(BENCH_COUNT): $(BENCH_COUNT_OBJ) $(GEN_RPC_OBJ) $(LIBRARY)
	$(call say,LD,$@) $(CC) $(LDFLAGS) -o $@ $^ $(LIB_LIBS) -lpthread

-include $(BENCH_COUNT_OBJ:.o=.d) $(BENCH_OBJ:.o=.d) $(BENCH_ECHO_OBJ:.o=.d) $(BENCH_PG_OBJ:.o=.d)

# What tests/functional/test_bench.py runs.
TEST_BENCH := $(BENCH) $(BENCH_ECHO) $(BENCH_COUNT) $(CREDLOAD)

.PHONY: bench bench-programs bench-report bench-instructions deps-bench
# Peers are no condition: what cannot be installed is said here, and again as a missing figure.
deps-bench: deps
	-$(Q)tools/dev/install_packages $(BENCH_PACKAGES)
	-$(Q)command -v npm >/dev/null || tools/dev/install_packages nodejs npm

bench-programs: $(CREDD) $(CREDCTL) $(CREDLOAD) $(BENCH) $(BENCH_ECHO)
	$(Q)if [ -e /usr/include/postgresql/libpq-fe.h ]; then \
		$(MAKE) --no-print-directory $(BENCH_PG); fi

## bench          every figure against its peers; QUICK=1 small and no verdict, ONLY=read. a group
bench: deps-bench
	$(Q)$(MAKE) --no-print-directory bench-programs
	$(Q)$(BENCH) --build $(BUILD) $(if $(filter 1,$(QUICK)),--quick) $(if $(ONLY),--only $(ONLY))

## bench-report   the newest figures into the table of docs/PERFORMANCE.md
bench-report: $(BENCH)
	$(Q)$(BENCH) --build $(BUILD) --report docs/PERFORMANCE.md

## bench-instructions  what the library spends on a status, a proof, an act, against its budget; TOP=1 where
bench-instructions: $(BENCH_COUNT)
	$(Q)tools/dev/install_packages valgrind
	$(Q)$(PYTHON) tests/bench/instructions/run.py --build $(BUILD) $(if $(filter 1,$(TOP)),--top) \
		$(if $(filter 1,$(WRITE)),--write)
