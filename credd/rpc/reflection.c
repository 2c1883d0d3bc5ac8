/* SPDX-License-Identifier: Apache-2.0
 *
 * reflection.c - grpc.reflection: which services there are, and their descriptors.
 *
 * v1alpha is v1 under another package name and the same on the wire, so one handler speaks both.
 * The index is descriptors.c; an answer is built in the call's arena and sent whole.
 */
#include "rpc/core.h"

#include "grpc/reflection/v1/reflection.pb-c.h"

#define ARENA_LIMIT (1 << 20)
#define NUMBERS_MAX 256

typedef Grpc__Reflection__V1__ServerReflectionRequest Request;
typedef Grpc__Reflection__V1__ServerReflectionResponse Response;

#define RESPONSE_IS(name) \
	GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_##name##_RESPONSE

/* The parts that an answer may be made of; one of them is used. */
struct answer {
	Response response;
	Grpc__Reflection__V1__FileDescriptorResponse files;
	Grpc__Reflection__V1__ExtensionNumberResponse numbers;
	Grpc__Reflection__V1__ListServiceResponse services;
	Grpc__Reflection__V1__ErrorResponse error;
	int32_t number[NUMBERS_MAX];
};

static void answer_error(struct answer *answer, grpc_status_code code, const char *text)
{
	union {
		const char *from;
		char *to;
	} cast = {.from = text}; /* protobuf-c has no const; packing only reads */

	answer->error.error_code = (int32_t)code;
	answer->error.error_message = cast.to;
	answer->response.error_response = &answer->error;
	answer->response.message_response_case = RESPONSE_IS(ERROR);
}

/* file: -1 when there is none */
static void answer_file(struct answer *answer, struct credd_call *call, int file)
{
	const struct credd_descriptors *descriptors = call->server->descriptors;
	ProtobufCBinaryData *files;

	if (file < 0) {
		answer_error(answer, GRPC_STATUS_NOT_FOUND, "no file here defines it");
		return;
	}
	files = credit_arena_alloc(
		&call->arena, credd__descriptors_file_count(descriptors) * sizeof *files);
	if (!files) {
		answer_error(answer, GRPC_STATUS_RESOURCE_EXHAUSTED, "the answer is too large");
		return;
	}
	answer->files.file_descriptor_proto = files;
	answer->files.n_file_descriptor_proto =
		credd__descriptors_closure(descriptors, file, files);
	answer->response.file_descriptor_response = &answer->files;
	answer->response.message_response_case = RESPONSE_IS(FILE_DESCRIPTOR);
}

static void answer_numbers(struct answer *answer, struct credd_call *call, char *type)
{
	const struct credd_descriptors *descriptors = call->server->descriptors;

	if (credd__descriptors_symbol(descriptors, type) < 0) {
		answer_error(answer, GRPC_STATUS_NOT_FOUND, "there is no such message");
		return;
	}
	answer->numbers.base_type_name = type;
	answer->numbers.extension_number = answer->number;
	answer->numbers.n_extension_number =
		credd__descriptors_numbers(descriptors, type, answer->number, NUMBERS_MAX);
	answer->response.all_extension_numbers_response = &answer->numbers;
	answer->response.message_response_case = RESPONSE_IS(ALL_EXTENSION_NUMBERS);
}

/* Of the services in the descriptor set, those that are served. */
static void answer_services(struct answer *answer, struct credd_call *call)
{
	const char *const *name;
	size_t count = credd__descriptors_services(call->server->descriptors, &name);
	Grpc__Reflection__V1__ServiceResponse *service =
		credit_arena_alloc(&call->arena, count * sizeof *service);
	Grpc__Reflection__V1__ServiceResponse **list =
		credit_arena_alloc(&call->arena, count * sizeof(void *));

	if (!service || !list) {
		answer_error(answer, GRPC_STATUS_RESOURCE_EXHAUSTED, "the answer is too large");
		return;
	}
	for (size_t i = 0; i < count; i++) {
		union {
			const char *from;
			char *to;
		} cast = {.from = name[i]};

		if (!credd__serves(call->server, name[i]))
			continue;
		grpc__reflection__v1__service_response__init(&service[i]);
		service[i].name = cast.to;
		list[answer->services.n_service++] = &service[i];
	}
	answer->services.service = list;
	answer->response.list_services_response = &answer->services;
	answer->response.message_response_case = RESPONSE_IS(LIST_SERVICES);
}

static void answer_request(struct answer *answer, struct credd_call *call, Request *request)
{
	const struct credd_descriptors *descriptors = call->server->descriptors;

#define REQUEST_IS(name) GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_##name
	switch (request->message_request_case) {
	case REQUEST_IS(FILE_BY_FILENAME):
		answer_file(answer, call,
			credd__descriptors_file(descriptors, request->file_by_filename));
		break;
	case REQUEST_IS(FILE_CONTAINING_SYMBOL):
		answer_file(answer, call,
			credd__descriptors_symbol(descriptors, request->file_containing_symbol));
		break;
	case REQUEST_IS(FILE_CONTAINING_EXTENSION):
		answer_file(answer, call,
			credd__descriptors_extension(descriptors,
				request->file_containing_extension->containing_type,
				request->file_containing_extension->extension_number));
		break;
	case REQUEST_IS(ALL_EXTENSION_NUMBERS_OF_TYPE):
		answer_numbers(answer, call, request->all_extension_numbers_of_type);
		break;
	case REQUEST_IS(LIST_SERVICES):
		answer_services(answer, call);
		break;
	case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST__NOT_SET:
	case _GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST__CASE_IS_INT_SIZE:
		answer_error(answer, GRPC_STATUS_INVALID_ARGUMENT, "nothing was asked");
		break;
	}
#undef REQUEST_IS
}

static void fail(struct credd_call *call, enum credit_error error)
{
	struct credit_problem problem;

	credit_problem_set(&problem, error, NULL, NULL, NULL);
	credd_call_fail(call, &problem, 0);
}

static void reply(struct credd_call *call)
{
	ProtobufCAllocator allocator = credd__arena_allocator(&call->arena);
	Request *request = grpc__reflection__v1__server_reflection_request__unpack(
		&allocator, call->request.size, call->request.data);
	struct credit_bytes message;
	struct answer answer;
	uint8_t *packed;

	if (!request) {
		fail(call, CREDIT_E_MALFORMED);
		return;
	}
	grpc__reflection__v1__server_reflection_response__init(&answer.response);
	grpc__reflection__v1__file_descriptor_response__init(&answer.files);
	grpc__reflection__v1__extension_number_response__init(&answer.numbers);
	grpc__reflection__v1__list_service_response__init(&answer.services);
	grpc__reflection__v1__error_response__init(&answer.error);
	answer.response.valid_host = request->host;
	answer.response.original_request = request;
	answer_request(&answer, call, request);
	message.size = protobuf_c_message_get_packed_size(&answer.response.base);
	packed = credit_arena_alloc(&call->arena, message.size);
	if (!packed) {
		fail(call, CREDIT_E_NO_MEMORY);
		return;
	}
	protobuf_c_message_pack(&answer.response.base, packed);
	message.data = packed;
	credd_call_send(call, &message, 1);
}

static void handle(void *service, struct credd_call *call, enum credd_event event)
{
	(void)service;
	switch (event) {
	case CREDD_EVENT_REQUEST:
		reply(call);
		break;
	case CREDD_EVENT_WRITABLE:
		break; /* the next request is read by itself */
	case CREDD_EVENT_HALF_CLOSED:
	case CREDD_EVENT_CANCELLED:
		credd_call_end(call);
		break;
	}
}

const struct credd_method credd__reflection_v1 = {
	.path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
	.shape = CREDD_BIDI,
	.handle = handle,
	.arena_limit = ARENA_LIMIT};

const struct credd_method credd__reflection_v1alpha = {
	.path = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
	.shape = CREDD_BIDI,
	.handle = handle,
	.arena_limit = ARENA_LIMIT};
