/* SPDX-License-Identifier: Apache-2.0
 *
 * test_decode.c - bytes from strangers: what is refused before and after it is unpacked.
 *
 * Literals are written field by field; "\x0a" is field 1 with a length, "\x12" field 2, "\x18"
 * field 3 as a number, and so on.
 */
#include "tests/unit/model/decode_fixture.h"

#include "credit/v1/rule_book.pb-c.h"
#include "google/protobuf/descriptor.pb-c.h"

#define MEBIBYTE ((size_t)1 << 20)
#define GRANT (&credit__v1__grant__descriptor)
#define MANIFEST (&credit__v1__manifest__descriptor)
#define YEAR (&credit__v1__calendar_year__descriptor)

#define plain(type, literal) try_decode(type, BYTES(literal), false, MEBIBYTE, &problem)
#define canonical(type, literal) try_decode(type, BYTES(literal), true, MEBIBYTE, &problem)

static struct credit_problem problem;

Test(model, an_empty_message_is_canonical)
{
	cr_ok(canonical(GRANT, ""));
}

Test(model, every_cut_of_a_message_is_refused_or_shorter)
{
	static const char whole[] = "\x0a\x03"
				    "abc\x10\x02\x1a\x01x";

	cr_ok(canonical(GRANT, "\x0a\x03"
			       "abc\x10\x02\x1a\x01x"));
	for (size_t size = 0; size < sizeof whole - 1; size++) {
		bool between_fields = size == 0 || size == 5 || size == 7;
		struct credit_bytes cut = {(const uint8_t *)whole, size};
		enum credit_error error = try_decode(GRANT, cut, true, MEBIBYTE, &problem);
		cr_expect_eq(
			error, between_fields ? CREDIT_OK : CREDIT_E_MALFORMED, "cut at %zu", size);
	}
}

Test(model, field_number_zero_groups_and_unknown_wire_types_are_refused)
{
	cr_error(plain(GRANT, "\x02\x00"), MALFORMED);
	cr_error(plain(GRANT, "\xa3\x06\xa4\x06"), MALFORMED); /* group 100, begin and end */
	cr_error(plain(GRANT, "\xa6\x06"), MALFORMED);
	cr_error(plain(GRANT, "\xa7\x06"), MALFORMED);
}

Test(model, a_tag_of_more_than_32_bits_is_refused)
{
	cr_error(plain(GRANT, "\x80\x80\x80\x80\x10\x00"), MALFORMED);
	cr_error(plain(GRANT, "\x88\x80\x80\x80\x80\x00\x01"), MALFORMED);
}

Test(model, a_length_that_wraps_around_is_refused)
{
	cr_error(plain(GRANT, "\x0a\xff\xff\xff\xff\x0f"), MALFORMED);
	cr_error(plain(GRANT, "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), MALFORMED);
}

Test(model, a_number_of_eleven_bytes_or_65_bits_is_refused)
{
	cr_error(plain(GRANT, "\x10\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), MALFORMED);
	cr_error(plain(GRANT, "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), MALFORMED);
	cr_ok(plain(GRANT, "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
}

Test(model, a_known_field_of_another_wire_type_is_refused_with_its_name)
{
	cr_error(plain(GRANT, "\x08\x01"), MALFORMED);
	cr_field(problem, "authority_uscc");
	cr_error(plain(GRANT, "\x12\x01\x02"), MALFORMED);
	cr_field(problem, "role");
}

Test(model, an_unknown_field_is_passed_over_but_not_in_what_is_signed)
{
	cr_ok(plain(GRANT, "\xa0\x06\x01"));
	cr_error(canonical(GRANT, "\xa0\x06\x01"), UNKNOWN_FIELD);
	/* also deep inside: Act.grant */
	cr_error(canonical(&credit__v1__act__descriptor, "\x2a\x03\xa0\x06\x01"), UNKNOWN_FIELD);
	cr_field(problem, "grant");
}

Test(model, a_doubled_field_is_not_canonical)
{
	cr_ok(plain(GRANT, "\x10\x01\x10\x02"));
	cr_error(canonical(GRANT, "\x10\x01\x10\x02"), NOT_CANONICAL);
	cr_field(problem, "role");
}

Test(model, fields_out_of_order_are_not_canonical)
{
	cr_error(canonical(GRANT, "\x10\x01\x0a\x01x"), NOT_CANONICAL);
	/* elements of one field with another between them */
	cr_error(canonical(GRANT, "\x1a\x01x\x22\x01y\x1a\x01z"), NOT_CANONICAL);
	cr_field(problem, "items[1]");
}

Test(model, two_members_of_one_oneof_are_not_canonical)
{
	cr_error(canonical(&credit__v1__act__descriptor, "\x2a\x00\x32\x00"), NOT_CANONICAL);
}

Test(model, a_default_value_written_out_is_not_canonical)
{
	cr_ok(plain(GRANT, "\x10\x00"));
	cr_error(canonical(GRANT, "\x10\x00"), NOT_CANONICAL);
	cr_error(canonical(GRANT, "\x0a\x00"), NOT_CANONICAL);
	cr_error(canonical(MANIFEST, "\x30\x00"), NOT_CANONICAL);
}

Test(model, numbers_longer_than_needed_are_not_canonical)
{
	cr_error(canonical(GRANT, "\x10\x81\x00"), NOT_CANONICAL);  /* value */
	cr_error(canonical(GRANT, "\x90\x00\x01"), NOT_CANONICAL);  /* tag */
	cr_error(canonical(GRANT, "\x0a\x81\x00x"), NOT_CANONICAL); /* length */
	cr_error(canonical(MANIFEST, "\x30\x02"), NOT_CANONICAL);   /* true is 1 */
}

Test(model, a_number_that_does_not_fit_its_type_is_not_canonical)
{
	/* role 2^32 + 1 would be read as 1, a 32-bit -1 is written with ten bytes */
	cr_error(canonical(GRANT, "\x10\x81\x80\x80\x80\x10"), NOT_CANONICAL);
	cr_error(canonical(GRANT, "\x28\xff\xff\xff\xff\x0f"), NOT_CANONICAL);
	cr_ok(canonical(GRANT, "\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
}

Test(model, repeated_numbers_may_be_packed_and_must_be_to_be_canonical)
{
	cr_ok(canonical(YEAR, "\x1a\x02\x01\x02"));
	cr_ok(plain(YEAR, "\x18\x01\x18\x02"));
	cr_error(canonical(YEAR, "\x18\x01\x18\x02"), NOT_CANONICAL);
	cr_error(canonical(YEAR, "\x1a\x01\x01\x1a\x01\x02"), NOT_CANONICAL);
	cr_error(plain(YEAR, "\x1a\x02\x01\x80"), MALFORMED); /* the last number is cut off */
	cr_field(problem, "off[0]");
}

Test(model, a_nul_in_a_string_is_refused_at_its_place)
{
	/* protobuf-c would take the string for its first part */
	cr_error(plain(GRANT, "\x0a\x05\xe7\xbd\x9a\x00x"), CONTROL_CHARACTER);
	cr_field(problem, "authority_uscc");
	cr_assert_eq(problem.position, 2);
	cr_error(plain(GRANT, "\x0a\x01\x00"), CONTROL_CHARACTER);
	cr_assert_eq(problem.position, 1);
}

Test(model, invalid_utf8_is_refused_at_its_place)
{
	cr_error(plain(GRANT, "\x1a\x01x\x1a\x03y\xc0\x80"), UTF8_INVALID);
	cr_field(problem, "items[1]");
	cr_assert_eq(problem.position, 2);
}

Test(model, bytes_fields_may_hold_anything)
{
	cr_ok(canonical(MANIFEST, "\x1a\x03\x00\xff\x00"));
}

Test(model, nesting_is_followed_eight_deep_and_no_deeper)
{
	/* DescriptorProto.nested_type = 3, the only type at hand that can hold itself */
	const ProtobufCMessageDescriptor *type = &google__protobuf__descriptor_proto__descriptor;
	uint8_t bytes[64];

	for (size_t depth = 0; depth < 30; depth++) {
		/* depth messages inside the outermost one */
		for (size_t i = 0; i < depth; i++) {
			bytes[2 * i] = 0x1a;
			bytes[2 * i + 1] = (uint8_t)(2 * (depth - i - 1));
		}
		enum credit_error error = try_decode(
			type, (struct credit_bytes){bytes, 2 * depth}, false, MEBIBYTE, &problem);
		cr_expect_eq(error, depth < CREDIT_DEPTH_MAX ? CREDIT_OK : CREDIT_E_MALFORMED,
			"%zu deep", depth);
	}
}

Test(model, a_very_deep_message_does_not_use_up_the_stack)
{
	enum {
		DEPTH = 400000
	};
	uint8_t *bytes = malloc(5 * DEPTH);
	size_t size = 0, at = 5 * DEPTH;

	/* from the inside out: tag 3 and the length of all that is inside */
	while (at > 5) {
		uint8_t head[5] = {0x1a};
		size_t length = 1;
		for (size_t rest = size; rest > 0 || length == 1; rest >>= 7)
			head[length++] = (uint8_t)((rest & 0x7F) | (rest >= 0x80 ? 0x80 : 0));
		at -= length;
		memcpy(bytes + at, head, length);
		size += length;
	}
	cr_error(try_decode(&google__protobuf__descriptor_proto__descriptor,
			 (struct credit_bytes){bytes + at, size}, false, MEBIBYTE, &problem),
		MALFORMED);
	free(bytes);
}

Test(model, elements_of_a_field_are_counted)
{
	uint8_t bytes[2 * 4097];

	for (size_t i = 0; i < sizeof bytes; i += 2) {
		bytes[i] = 0x1a; /* items: an empty string each */
		bytes[i + 1] = 0;
	}
	cr_ok(try_decode(GRANT, (struct credit_bytes){bytes, 2 * 4096}, true, MEBIBYTE, &problem));
	cr_error(
		try_decode(GRANT, (struct credit_bytes){bytes, 2 * 4097}, true, MEBIBYTE, &problem),
		TOO_MANY);
	cr_field(problem, "items[4097]");
}

Test(model, elements_of_a_packed_field_are_counted)
{
	uint8_t bytes[3 + 4097] = {0x1a, 0x81, 0x20};

	memset(bytes + 3, 1, 4097);
	cr_error(try_decode(YEAR, (struct credit_bytes){bytes, sizeof bytes}, false, MEBIBYTE,
			 &problem),
		TOO_MANY);
}

Test(model, fields_are_counted_at_all_depths_together)
{
	enum {
		FIELDS = 65537
	};
	uint8_t *bytes = malloc(2 * FIELDS);

	for (size_t i = 0; i < FIELDS; i++) {
		bytes[2 * i] = 0x78; /* field 15, unknown */
		bytes[2 * i + 1] = 1;
	}
	cr_error(try_decode(GRANT, (struct credit_bytes){bytes, 2 * FIELDS}, false, 64 * MEBIBYTE,
			 &problem),
		TOO_MANY);
	free(bytes);
}

Test(model, many_empty_strings_take_no_more_memory_than_the_arena_gives)
{
	uint8_t bytes[2 * 4096];

	for (size_t i = 0; i < sizeof bytes; i += 2) {
		bytes[i] = 0x1a;
		bytes[i + 1] = 0;
	}
	cr_error(try_decode(
			 GRANT, (struct credit_bytes){bytes, sizeof bytes}, false, 65536, &problem),
		NO_MEMORY);
}

Test(model, at_every_limit_of_the_arena_a_message_is_whole_or_refused)
{
	bool decoded = false;

	for (size_t limit = 0; limit < 2048; limit += 16) {
		enum credit_error error = try_decode(GRANT,
			BYTES("\x0a\x03"
			      "abc\x1a\x01x\x1a\x01y\x22\x01z"),
			true, limit, &problem);
		cr_expect(error == CREDIT_E_NO_MEMORY || error == CREDIT_OK);
		cr_expect(!decoded || error == CREDIT_OK, "more memory must not do less");
		decoded = error == CREDIT_OK;
	}
	cr_assert(decoded);
}

Test(model, what_is_encoded_decodes_canonically)
{
	struct credit_arena arena;
	struct sample_act act;
	struct credit_bytes bytes;

	sample_grant(&act);
	credit_arena_init(&arena, NULL, 0, 4096);
	cr_ok(credit_encode(&act.act.base, &arena, &bytes));
	cr_ok(try_decode(&credit__v1__act__descriptor, bytes, true, MEBIBYTE, &problem));
	credit_arena_deinit(&arena);
}

Test(model, encoding_into_a_full_arena_fails)
{
	struct credit_arena arena;
	struct sample_act act;
	struct credit_bytes bytes;

	sample_grant(&act);
	credit_arena_init(&arena, NULL, 0, 16);
	cr_error(credit_encode(&act.act.base, &arena, &bytes), NO_MEMORY);
	credit_arena_deinit(&arena);
}
