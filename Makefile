# libcredit, credd, credctl: one thin Makefile. Every room brings its own rules.mk.
#
#   make help        what there is to make
#   make V=1         show the commands
#   make SANITIZE=address,undefined BUILD=build/san   another flavour in another folder

BUILD    ?= build
SANITIZE ?=
V        ?= 0
PREFIX   ?= /usr/local
DESTDIR  ?=
VERSION  := 0.1.0

ifeq ($(origin CC),default)
CC       := gcc
endif
AR       ?= ar
PYTHON   ?= /usr/bin/python3
PROTOC   ?= protoc

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-8s %s\n' '$(1)' '$(patsubst $(BUILD)/%,%,$(2))';)

# One line a flag family, so that a reader sees what is on and why.
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wvla -Wmissing-prototypes -Werror
HARDEN   := -fstack-protector-strong -fstack-clash-protection -fcf-protection
# A program that the linker need not move starts sooner, and every unit test starts one.
FIXED    := $(findstring address,$(SANITIZE))
HARDEN   += $(if $(FIXED),-fno-pie,-fPIC)
HARDEN   += $(if $(SANITIZE),,-D_FORTIFY_SOURCE=2)
OPTIMISE := $(if $(SANITIZE),-O1 -fno-omit-frame-pointer,-O2)
# A sanitizer's report needs lines and no more; the rest of it would be an eighth of the compiler's time.
DEBUG    := $(if $(SANITIZE),-g1,-g)
SAN      := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all)
SAN      += $(if $(findstring fuzzer,$(SANITIZE)),-fprofile-instr-generate -fcoverage-mapping)
CPPFLAGS += -D_GNU_SOURCE -DCREDIT_VERSION='"$(VERSION)"' -Ilibcredit/include -isystem $(BUILD)/gen
CFLAGS   += -std=c17 $(DEBUG) $(OPTIMISE) $(WARN) $(HARDEN) $(SAN) -fvisibility=hidden -ffile-prefix-map=$(CURDIR)=.
LDFLAGS  += $(SAN) $(if $(FIXED),-no-pie) -Wl,-z,relro,-z,now -Wl,--as-needed

LIB_LIBS  := -llmdb -lsodium -lprotobuf-c -lcrypto -lfyaml
GRPC_LIBS := -lgrpc -lgpr

include proto/rules.mk
include libcredit/rules.mk
include credd/rules.mk
include tools/rules.mk
include tests/rules.mk
include docs/rules.mk

# Compile any C source of ours; dependencies are written beside the object.
$(BUILD)/obj/%.o: %.c $(GEN_HEADERS) | deps
	$(call say,CC,$<) mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -I$(firstword $(subst /, ,$<)) -MMD -MP -c $< -o $@

.PHONY: all deps deps-test install clean format help

## all            build the library, the daemon and the tools (the default)
# A fixed program has no shared library beside it.
all: $(LIBRARY) $(if $(FIXED),,$(LIBRARY_SO)) $(PROOF_LIBRARY) $(CREDD) $(TOOLS)

## deps           install what the build needs (apt-get as root; otherwise print the line to run)
deps:
	$(Q)tools/dev/install_packages $(BUILD_PACKAGES)

deps-test: deps
	$(Q)tools/dev/install_packages $(TEST_PACKAGES)

BUILD_PACKAGES := python3 pkg-config liblmdb-dev libsodium-dev libprotobuf-c-dev libprotobuf-dev \
	protobuf-c-compiler protobuf-compiler libgrpc-dev libssl-dev libfyaml-dev libjansson-dev \
	libqrencode-dev libpng-dev libcurl4-openssl-dev libmicrohttpd-dev
TEST_PACKAGES := libcriterion-dev python3-grpcio python3-protobuf clang clang-format openssl procps \
	zbar-tools systemd
BENCH_PACKAGES := postgresql-15 postgresql-client-15 libpq-dev

## format         lay out every C file in the house style
format:
	$(Q)clang-format -i $$(git ls-files '*.c' '*.h')

## clean          remove everything that was built
clean:
	$(Q)rm -rf build

## help           this list
help:
	@echo 'make demo    the main job, shown from beginning to end'
	@echo 'make check   every test'
	@echo
	@sed -n 's/^## //p' $(MAKEFILE_LIST)
