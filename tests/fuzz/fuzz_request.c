/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_request.c - the request and the answer of every method there is, decoded as daemon and tools do.
 *
 * The first two bytes of an input choose service, method and direction; the rest is the message. Beside
 * not crashing: what is decoded stays within its arena, is encoded again, and decodes to the same bytes.
 *
 * Decoder: libcredit/model/wire.c libcredit/model/decode.c
 */
#include <credit/model.h>

#include <credit/v1/admin_service.pb-c.h>
#include <credit/v1/audit_service.pb-c.h>
#include <credit/v1/case_service.pb-c.h>
#include <credit/v1/entity_service.pb-c.h>
#include <credit/v1/filing_service.pb-c.h>
#include <credit/v1/grading_service.pb-c.h>
#include <credit/v1/notice_service.pb-c.h>
#include <credit/v1/status_service.pb-c.h>
#include <credit/v1/supervision_service.pb-c.h>
#include <credit/v1/transparency_service.pb-c.h>

#include <stdlib.h>

#define ARENA_LIMIT ((size_t)16 << 20)

static const ProtobufCServiceDescriptor *const services[] = {
	&credit__v1__admin_service__descriptor,
	&credit__v1__audit_service__descriptor,
	&credit__v1__repair_service__descriptor,
	&credit__v1__objection_service__descriptor,
	&credit__v1__entity_service__descriptor,
	&credit__v1__filing_service__descriptor,
	&credit__v1__grading_service__descriptor,
	&credit__v1__notice_service__descriptor,
	&credit__v1__status_service__descriptor,
	&credit__v1__supervision_service__descriptor,
	&credit__v1__transparency_service__descriptor,
};

static void require(bool condition)
{
	if (!condition)
		abort();
}

static const ProtobufCMessageDescriptor *chosen(const uint8_t *choice)
{
	const ProtobufCServiceDescriptor *service =
		services[choice[0] % (sizeof services / sizeof services[0])];
	const ProtobufCMethodDescriptor *method =
		&service->methods[(choice[1] >> 1) % service->n_methods];

	return choice[1] & 1 ? method->output : method->input;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const ProtobufCMessageDescriptor *type;
	ProtobufCMessage *message;
	struct credit_problem problem = {0};
	struct credit_bytes encoded, again;
	struct credit_arena arena;
	enum credit_error error;

	if (size < 2)
		return 0;
	type = chosen(data);
	credit_arena_init(&arena, NULL, 0, ARENA_LIMIT);
	error = credit_decode(
		type, (struct credit_bytes){data + 2, size - 2}, &arena, &message, &problem);
	require(error == problem.error);
	if (error == CREDIT_OK && credit_encode(message, &arena, &encoded) == CREDIT_OK &&
		credit_decode(type, encoded, &arena, &message, &problem) == CREDIT_OK &&
		credit_encode(message, &arena, &again) == CREDIT_OK)
		require(credit_bytes_equal(encoded, again));
	credit_arena_deinit(&arena);
	return 0;
}
