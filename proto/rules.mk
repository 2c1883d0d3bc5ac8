# The contract: .proto files -> C structs, a table of field rules, and the descriptor set that
# reflection serves. Generated code lives in $(BUILD)/gen and is compiled without our warnings.

PROTOS       := $(sort $(wildcard proto/*/*.proto proto/*/*/*.proto proto/*/*/*/*.proto))
PROTO_NAMES  := $(patsubst proto/%.proto,%,$(PROTOS)) google/protobuf/descriptor \
	google/protobuf/any google/protobuf/duration
GEN_C        := $(patsubst %,$(BUILD)/gen/%.pb-c.c,$(PROTO_NAMES))
GEN_FIELDS   := $(BUILD)/gen/credit/fields.c
GEN_STAMP    := $(BUILD)/gen/.stamp
GEN_HEADERS  := $(GEN_STAMP)
DESCRIPTORS  := $(BUILD)/gen/descriptors.pb

# What libcredit links: the credit.v1 messages, the option messages and the field table.
GEN_LIB_OBJ  := $(patsubst %,$(BUILD)/obj/gen/%.pb-c.o,$(filter credit/% google/protobuf/descriptor,$(PROTO_NAMES))) \
	$(BUILD)/obj/gen/credit/fields.o
# What only speaks gRPC needs: google.rpc, grpc.health, grpc.reflection.
GEN_RPC_OBJ  := $(patsubst %,$(BUILD)/obj/gen/%.pb-c.o,$(filter-out credit/% google/protobuf/descriptor,$(PROTO_NAMES)))

$(GEN_STAMP): $(PROTOS) tools/dev/gen_fields.py | deps
	$(call say,PROTOC,proto) mkdir -p $(BUILD)/gen/credit && \
	$(PROTOC) -Iproto --c_out=$(BUILD)/gen $(addsuffix .proto,$(PROTO_NAMES)) && \
	$(PROTOC) -Iproto --include_imports --descriptor_set_out=$(DESCRIPTORS) $(PROTOS) && \
	$(PYTHON) tools/dev/gen_fields.py $(DESCRIPTORS) > $(GEN_FIELDS) && touch $@
$(GEN_C) $(GEN_FIELDS) $(DESCRIPTORS): $(GEN_STAMP) ;

$(BUILD)/obj/gen/%.o: $(GEN_STAMP)
	$(call say,CC,gen/$*.c) mkdir -p $(@D) && $(CC) -std=c17 -g $(OPTIMISE) $(HARDEN) $(SAN) -w -fvisibility=hidden -D_GNU_SOURCE \
		-Ilibcredit/include -Ilibcredit -I$(BUILD)/gen -c $(BUILD)/gen/$*.c -o $@

# The descriptor set as an object file, for reflection.
$(BUILD)/obj/gen/descriptors.o: $(GEN_STAMP)
	$(call say,LD,gen/descriptors.o) mkdir -p $(@D) && cd $(BUILD)/gen && \
		ld -r -b binary -z noexecstack -o $(abspath $@) descriptors.pb
