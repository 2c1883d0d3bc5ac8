/* SPDX-License-Identifier: Apache-2.0
 *
 * test_name.c - resource names, and log leaves to the byte.
 */
#include "tests/unit/model/decode_fixture.h"

#include <stdio.h>

static struct credit_problem problem;
static struct credit_uscc uscc;
static enum credit_error plain;

#define parse(name, suffix) credit_entity_name_parse(name, suffix, &uscc, &plain, &problem)

Test(model, an_entity_name_holds_a_code_and_ends_as_the_method_asks)
{
	cr_ok(parse("entities/" SAMPLE_ENTITY, ""));
	cr_assert_eq(memcmp(uscc.character, SAMPLE_ENTITY, 18), 0);
	cr_assert_eq(plain, CREDIT_OK);
	cr_ok(parse("entities/" SAMPLE_ENTITY "/status", "/status"));
	cr_error(parse("entities/" SAMPLE_ENTITY, "/status"), RESOURCE_NAME);
	cr_error(parse("entities/" SAMPLE_ENTITY "/status", ""), RESOURCE_NAME);
	cr_error(parse("entity/" SAMPLE_ENTITY, ""), RESOURCE_NAME);
	cr_error(parse("", ""), RESOURCE_NAME);
	cr_error(parse("entities/", ""), USCC_EMPTY);
	cr_field(problem, "name");
}

Test(model, a_code_that_evidence_may_make_good_can_be_asked_for)
{
	cr_ok(parse("entities/" SAMPLE_AMBIGUOUS, ""));
	cr_assert_eq(plain, CREDIT_E_USCC_AMBIGUOUS);
	cr_ok(parse("entities/" SAMPLE_FLAGGED, ""));
	cr_assert_eq(plain, credit_uscc_check(SAMPLE_FLAGGED));
	cr_assert_neq(plain, CREDIT_OK);
}

Test(model, a_code_that_can_never_be_enrolled_is_explained)
{
	cr_error(parse("entities/11010119900307803X", ""), USCC_IS_RESIDENT_ID);
	cr_error(parse("entities/91350100M0O0100Y43", ""), USCC_LETTER_EXCLUDED);
	cr_assert_eq(problem.position, 11);
	cr_error(parse("entities/91350100M000100Y4", ""), USCC_LENGTH);
}

Test(model, an_item_of_an_entity_is_named_by_its_collection_and_32_digits)
{
	struct credit_record_id id = {{0}};

#define item(name) credit_entity_item_parse(name, "notices", &uscc, &plain, &id, &problem)
	cr_ok(item("entities/" SAMPLE_ENTITY "/notices/0000000000000000000000000000000f"));
	cr_assert_eq(memcmp(uscc.character, SAMPLE_ENTITY, 18), 0);
	cr_assert_eq(id.byte[15], 0x0f);
	cr_error(item("entities/" SAMPLE_ENTITY "/records/0000000000000000000000000000000f"),
		RESOURCE_NAME);
	cr_error(item("entities/" SAMPLE_ENTITY "/notices/0f"), RESOURCE_NAME);
	cr_error(item("entities/" SAMPLE_ENTITY "/notices"), RESOURCE_NAME);
	cr_error(item("entities/" SAMPLE_ENTITY), RESOURCE_NAME);
	cr_error(item("0000000000000000000000000000000f"), RESOURCE_NAME);
	cr_error(item("entities/1/notices/0000000000000000000000000000000f"), USCC_LENGTH);
#undef item
}

Test(model, an_act_name_holds_64_digits)
{
	struct credit_hash commitment = {{0}};
	char name[80];

	snprintf(name, sizeof name, "acts/%064x", 15);
	cr_ok(credit_act_name_parse(name, &commitment, &problem));
	cr_assert_eq(commitment.byte[31], 0x0f);
	snprintf(name, sizeof name, "acts/%065x", 15);
	cr_error(credit_act_name_parse(name, &commitment, &problem), RESOURCE_NAME);
	snprintf(name, sizeof name, "acts/%063xg", 15);
	cr_error(credit_act_name_parse(name, &commitment, &problem), RESOURCE_NAME);
	cr_error(credit_act_name_parse("acts/", &commitment, &problem), RESOURCE_NAME);
	cr_error(credit_act_name_parse(name + 5, &commitment, &problem), RESOURCE_NAME);
}

Test(model, names_of_cases_and_their_documents)
{
	static const char code[] = "913301060000000000";
	struct credit_record_id case_id;
	struct credit_problem problem;
	struct credit_hash digest;
	struct credit_uscc uscc;
	char name[256];

	snprintf(name, sizeof name, "entities/%s/cases/%032x", code, 15);
	cr_ok(credit_case_name_parse(name, &uscc, &case_id, NULL, &problem));
	cr_assert_eq(memcmp(uscc.character, code, CREDIT_USCC_SIZE), 0);
	cr_assert_eq(case_id.byte[15], 0x0f);
	cr_error(credit_case_name_parse(name, &uscc, &case_id, &digest, &problem), RESOURCE_NAME);
	snprintf(name, sizeof name, "entities/%s/cases/%032x/documents/%064x", code, 15, 7);
	cr_ok(credit_case_name_parse(name, &uscc, &case_id, &digest, &problem));
	cr_assert_eq(digest.byte[31], 7);
	cr_error(credit_case_name_parse(name, &uscc, &case_id, NULL, &problem), RESOURCE_NAME);
	snprintf(name, sizeof name, "entities/%s/cases/%031xg", code, 15);
	cr_error(credit_case_name_parse(name, &uscc, &case_id, NULL, &problem), RESOURCE_NAME);
	snprintf(name, sizeof name, "entities/%.17s/cases/%032x", code, 15);
	cr_error(credit_case_name_parse(name, &uscc, &case_id, NULL, &problem), USCC_LENGTH);
	cr_error(credit_case_name_parse("", &uscc, &case_id, NULL, &problem), RESOURCE_NAME);
}

Test(model, a_sealed_leaf_is_its_type_its_time_and_a_mac)
{
	struct credit_opening blind = {{1}};
	struct credit_hash digest = {{2}}, commitment = {{3}}, mac;
	uint8_t leaf[CREDIT_SEALED_LEAF_SIZE];

	credit_sealed_leaf(
		(credit_ms_t){0x0102030405060708}, &blind, &digest, 9, &commitment, leaf);
	credit_commit_leaf(&blind, &digest, 9, &commitment, &mac);
	cr_assert_eq(memcmp(leaf, "\x01\x01\x02\x03\x04\x05\x06\x07\x08", 9), 0);
	cr_assert_eq(memcmp(leaf + 9, mac.byte, 32), 0);
}

Test(model, a_clear_leaf_shows_manifest_index_and_act)
{
	struct credit_hash digest = {{2}};
	uint8_t memory[64], expected[48] = {2, 0, 0, 0, 0, 0, 0, 0, 5, 2};
	struct credit_buffer buffer;
	struct credit_bytes leaf;

	memcpy(expected + 41,
		"\x00\x00\x01\x02"
		"act",
		7);
	credit_buffer_init(&buffer, memory, sizeof memory);
	credit_clear_leaf((credit_ms_t){5}, &digest, 258, BYTES("act"), &buffer);
	cr_ok(credit_buffer_done(&buffer, &leaf));
	cr_assert(credit_bytes_equal(leaf, (struct credit_bytes){expected, sizeof expected}));
}
