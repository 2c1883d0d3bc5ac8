/* SPDX-License-Identifier: Apache-2.0
 *
 * decode_fixture.h - decodes literal bytes, and says what came of it.
 */
#ifndef TESTS_UNIT_MODEL_DECODE_FIXTURE_H
#define TESTS_UNIT_MODEL_DECODE_FIXTURE_H

#include "tests/support/samples.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define cr_ok(call) cr_assert_eq((call), CREDIT_OK)
#define cr_error(call, name) cr_assert_eq((call), CREDIT_E_##name)
#define cr_field(problem, path) cr_assert_str_eq((problem).field, path)

/* Bytes of a literal, without its NUL. */
#define BYTES(literal) ((struct credit_bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

static inline enum credit_error try_decode(const ProtobufCMessageDescriptor *type,
	struct credit_bytes bytes, bool canonical, size_t limit, struct credit_problem *problem)
{
	enum credit_error (*decode)(const ProtobufCMessageDescriptor *, struct credit_bytes,
		struct credit_arena *, ProtobufCMessage **, struct credit_problem *) =
		canonical ? credit_decode_canonical : credit_decode;
	/* In memory of exactly its size, so that a read past the end is seen. */
	uint8_t *copy = malloc(bytes.size > 0 ? bytes.size : 1);
	ProtobufCMessage *message = NULL;
	struct credit_arena arena;
	enum credit_error error;

	memcpy(copy, bytes.data, bytes.size);
	credit_arena_init(&arena, NULL, 0, limit);
	*problem = (struct credit_problem){0};
	error = decode(type, (struct credit_bytes){copy, bytes.size}, &arena, &message, problem);
	cr_assert_eq(error == CREDIT_OK, message != NULL);
	cr_assert_eq(problem->error, error, "the problem must tell the error");
	cr_assert_leq(arena.total, limit);
	credit_arena_deinit(&arena);
	free(copy);
	return error;
}

#endif
