/* SPDX-License-Identifier: Apache-2.0
 *
 * test_act.c - acts held against the rules of their fields.
 */
#include "tests/unit/model/decode_fixture.h"

#include "model/parts.h"

#include "credit/v1/field.pb-c.h"

static struct credit_problem problem;

/* The same verdict from the struct, and from its bytes. */
static enum credit_error check(const Credit__V1__Act *act)
{
	static uint8_t memory[65536];
	size_t size = credit__v1__act__get_packed_size(act);
	struct credit_problem packed_problem = {0};
	const Credit__V1__Act *decoded = NULL;
	struct credit_arena arena;
	enum credit_error error, packed_error;

	cr_assert_leq(size, sizeof memory);
	credit__v1__act__pack(act, memory);
	credit_arena_init(&arena, NULL, 0, (size_t)1 << 20);
	packed_error = credit_act_decode(
		(struct credit_bytes){memory, size}, &arena, &decoded, &packed_problem);
	credit_arena_deinit(&arena);
	problem = (struct credit_problem){0};
	error = credit_act_check(act, &problem);
	if (size <= CREDIT_ACT_MAX) {
		cr_expect_eq(packed_error, error, "bytes and struct judged alike");
		cr_expect_str_eq(packed_problem.field, problem.field);
		cr_expect_eq(packed_problem.position, problem.position);
	}
	return error;
}

#define PENALTY_WITH(field_, value_) \
	(sample_penalty(&sample, 1), sample.body.penalty.field_ = (value_), check(&sample.act))
#define GRANT_WITH(field_, value_) \
	(sample_grant(&sample), sample.body.grant.field_ = (value_), check(&sample.act))

static struct sample_act sample;

Test(model, the_samples_are_good_acts)
{
	sample_penalty(&sample, 1);
	cr_ok(check(&sample.act));
	sample_listing(&sample);
	cr_ok(check(&sample.act));
	sample_grant(&sample);
	cr_ok(check(&sample.act));
	sample_key_act(&sample, 1);
	cr_ok(check(&sample.act));
	sample_adoption(&sample, BYTES("x"));
	cr_ok(check(&sample.act));
}

/* A field without a rule, or with one that does not fit its type, would be a hole. */
static void expect_rules(const ProtobufCMessageDescriptor *type)
{
	const struct credit__message_rules *rules = credit__rules_find(type);

	cr_assert_not_null(rules, "%s has rules", type->name);
	cr_expect_eq(rules->count, type->n_fields, "%s: a rule for each field", type->name);
	for (size_t i = 0; i < rules->count; i++) {
		const struct credit__field_rule *rule = &rules->rules[i];
		const ProtobufCFieldDescriptor *field =
			protobuf_c_message_descriptor_get_field(type, rule->number);
		uint8_t zero[16] = {0};
		char *text = (char *)"1";
		const void *value = field->type == PROTOBUF_C_TYPE_STRING ? (void *)&text : zero;
		cr_expect_neq(rule->zh[0], '\0', "%s.%s has a title", type->name, field->name);
		if (rule->kind == CREDIT__V1__FIELD_KIND__FIELD_KIND_MESSAGE)
			expect_rules(field->descriptor);
		else
			cr_expect_neq(credit__value_check(rule, field, value, NULL),
				CREDIT_E_INTERNAL, "%s.%s: kind and type", type->name, field->name);
	}
}

Test(model, every_field_of_every_act_has_a_rule_that_fits_its_type)
{
	expect_rules(&credit__v1__act__descriptor);
}

Test(model, a_rule_that_does_not_fit_its_field_is_a_defect)
{
	const ProtobufCFieldDescriptor *role = protobuf_c_message_descriptor_get_field_by_name(
		&credit__v1__grant__descriptor, "role");
	struct credit__field_rule rule = {.kind = CREDIT__V1__FIELD_KIND__FIELD_KIND_TEXT};
	int value = 1;

	cr_error(credit__value_check(&rule, role, &value, &problem), INTERNAL);
	rule.kind = 99;
	cr_error(credit__value_check(&rule, role, &value, &problem), INTERNAL);
}

Test(model, an_act_without_a_payload_is_refused)
{
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;

	cr_error(check(&act), ACT_KIND);
}

Test(model, a_payload_chosen_but_not_there_is_refused)
{
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;

	act.payload_case = CREDIT__V1__ACT__PAYLOAD_GRANT;
	cr_error(credit_act_check(&act, &problem), FIELD_MISSING);
	cr_field(problem, "grant");
}

Test(model, an_oversized_act_is_refused)
{
	static uint8_t zeros[CREDIT_ACT_MAX + 1];
	const Credit__V1__Act *act = NULL;
	struct credit_arena arena;

	credit_arena_init(&arena, NULL, 0, 4096);
	cr_error(credit_act_decode(
			 (struct credit_bytes){zeros, sizeof zeros}, &arena, &act, &problem),
		TOO_LARGE);
	cr_assert_null(act);
	credit_arena_deinit(&arena);
}

Test(model, an_unknown_field_in_a_struct_is_refused_too)
{
	ProtobufCMessageUnknownField unknown = {.tag = 99};

	sample_penalty(&sample, 1);
	sample.body.penalty.base.n_unknown_fields = 1;
	sample.body.penalty.base.unknown_fields = &unknown;
	cr_error(credit_act_check(&sample.act, &problem), UNKNOWN_FIELD);
	cr_field(problem, "administrative_penalty");
}

Test(model, a_required_field_must_be_there)
{
	cr_error(PENALTY_WITH(fact, (char *)""), FIELD_MISSING);
	cr_field(problem, "administrative_penalty.fact");
	cr_error(PENALTY_WITH(decision_date, 0), FIELD_MISSING);
	cr_error(PENALTY_WITH(n_penalty_kinds, 0), FIELD_MISSING);
	cr_field(problem, "administrative_penalty.penalty_kinds");
	cr_error(GRANT_WITH(role, CREDIT__V1__ROLE__ROLE_UNSPECIFIED), FIELD_MISSING);
	cr_ok(PENALTY_WITH(remark, (char *)""));
}

Test(model, an_identity_number_in_a_text_is_refused_at_its_place)
{
	cr_error(PENALTY_WITH(fact, (char *)"当事人身份证11010119900307803X，已查。"), PERSONAL_ID);
	cr_field(problem, "administrative_penalty.fact");
	cr_assert_eq(problem.position, 7);
	cr_assert_null(strstr(problem.detail, "110101"), "the number is not repeated");
	cr_error(PENALTY_WITH(document_no, (char *)"11010119900307803X"), PERSONAL_ID);
}

Test(model, an_identity_number_that_looks_like_an_identifier_is_refused)
{
	char *items[] = {(char *)"black.market-serious", (char *)"11010119900307803x"};

	sample_grant(&sample);
	sample.body.grant.n_items = 2;
	sample.body.grant.items = items;
	cr_error(check(&sample.act), PERSONAL_ID);
	cr_field(problem, "grant.items[1]");
}

Test(model, a_telephone_number_is_refused_in_a_text_but_may_be_a_document_number)
{
	cr_error(PENALTY_WITH(fact, (char *)"联系电话13800138000"), PERSONAL_PHONE);
	cr_assert_eq(problem.position, 5);
	cr_ok(PENALTY_WITH(document_no, (char *)"13800138000"));
}

Test(model, white_space_around_a_text_is_refused)
{
	static const char *const texts[] = {
		" 罚款", "罚款\n", "\xe3\x80\x80罚款", "罚款\xe3\x80\x80", "\xc2\xa0罚款", " "};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		cr_expect_eq(
			PENALTY_WITH(content, (char *)texts[i]), CREDIT_E_FIELD_SPACE, "%zu", i);
	cr_field(problem, "administrative_penalty.content");
	cr_ok(PENALTY_WITH(content, (char *)"罚款 壹万元\n责令改正"));
}

Test(model, control_characters_and_bad_utf8_in_a_struct_are_refused)
{
	sample_penalty(&sample, 1);
	sample.body.penalty.fact = (char *)"a\x01";
	cr_error(credit_act_check(&sample.act, &problem), CONTROL_CHARACTER);
	sample.body.penalty.fact = (char *)"a\xff";
	cr_error(credit_act_check(&sample.act, &problem), UTF8_INVALID);
	cr_assert_eq(problem.position, 2);
}

Test(model, length_is_counted_in_characters)
{
	char text[3 * 201 + 1] = "";

	for (int i = 0; i < 201; i++)
		memcpy(text + 3 * i, "某", 3);
	cr_error(PENALTY_WITH(entity_name, text), FIELD_TOO_LONG);
	cr_assert_str_eq(problem.detail, "201 characters, at most 200");
	text[3 * 200] = '\0';
	cr_ok(PENALTY_WITH(entity_name, text));
}

Test(model, items_are_counted_and_none_may_be_empty)
{
	char *kinds[17];

	for (int i = 0; i < 17; i++)
		kinds[i] = (char *)"警告";
	sample_penalty(&sample, 1);
	sample.body.penalty.penalty_kinds = kinds;
	sample.body.penalty.n_penalty_kinds = 17;
	cr_error(check(&sample.act), TOO_MANY);
	sample.body.penalty.n_penalty_kinds = 16;
	cr_ok(check(&sample.act));
	kinds[2] = (char *)"";
	cr_error(check(&sample.act), FIELD_MISSING);
	cr_field(problem, "administrative_penalty.penalty_kinds[2]");
}

Test(model, money_is_not_negative_and_bounded)
{
	cr_error(PENALTY_WITH(fine_fen, -1), FIELD_RANGE);
	cr_field(problem, "administrative_penalty.fine_fen");
	cr_ok(PENALTY_WITH(fine_fen, 1000000000000000LL));
	cr_error(PENALTY_WITH(fine_fen, 1000000000000001LL), FIELD_RANGE);
}

Test(model, dates_lie_between_1949_and_9999)
{
	cr_ok(PENALTY_WITH(decision_date, CREDIT_DAY_MIN));
	cr_error(PENALTY_WITH(decision_date, CREDIT_DAY_MIN - 1), FIELD_RANGE);
	cr_ok(PENALTY_WITH(decision_date, CREDIT_DAY_MAX));
	cr_error(PENALTY_WITH(decision_date, CREDIT_DAY_MAX + 1), FIELD_RANGE);
}

Test(model, an_enum_has_a_defined_value)
{
	cr_error(GRANT_WITH(role, (Credit__V1__Role)8), FIELD_RANGE);
	cr_error(GRANT_WITH(role, (Credit__V1__Role)-1), FIELD_RANGE);
	cr_error(PENALTY_WITH(severity, (Credit__V1__Severity)4), FIELD_RANGE);
}

Test(model, a_number_is_at_most_its_maximum)
{
	sample_key_act(&sample, 1);
	sample.body.key.suite = 2;
	cr_error(check(&sample.act), FIELD_RANGE);
}

Test(model, fixed_bytes_have_exactly_their_size)
{
	sample_key_act(&sample, 1);
	sample.body.key.public_key.len = 31;
	cr_error(check(&sample.act), FIELD_SIZE);
	cr_field(problem, "key_enrolment.public_key");
}

Test(model, a_region_has_two_four_or_six_digits)
{
	cr_ok(GRANT_WITH(region, (char *)"11"));
	cr_ok(GRANT_WITH(region, (char *)"110108"));
	cr_ok(GRANT_WITH(region, (char *)""));
	cr_error(GRANT_WITH(region, (char *)"110"), FIELD_FORM);
	cr_error(GRANT_WITH(region, (char *)"1101080"), FIELD_FORM);
	cr_error(GRANT_WITH(region, (char *)"11o1"), FIELD_FORM);
}

Test(model, an_identifier_is_lower_case_and_begins_with_a_letter_or_digit)
{
	static const char *const bad[] = {".a", "-a", "_a", "Black.x", "a b", "名单"};

	sample_listing(&sample);
	sample.body.listing.list = (char *)"0a.b_c/d-e";
	cr_ok(check(&sample.act));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		sample.body.listing.list = (char *)bad[i];
		cr_expect_eq(check(&sample.act), CREDIT_E_FIELD_FORM, "%s", bad[i]);
	}
}

Test(model, a_code_field_takes_what_evidence_may_make_good_and_nothing_else)
{
	cr_ok(PENALTY_WITH(entity_uscc, (char *)SAMPLE_FLAGGED));
	cr_ok(PENALTY_WITH(entity_uscc, (char *)SAMPLE_AMBIGUOUS));
	cr_error(PENALTY_WITH(entity_uscc, (char *)"11010119900307803X"), USCC_IS_RESIDENT_ID);
	cr_field(problem, "administrative_penalty.entity_uscc");
	cr_error(PENALTY_WITH(entity_uscc, (char *)"91350100M000100Y4"), USCC_LENGTH);
	cr_error(PENALTY_WITH(entity_uscc, (char *)"91350100M0O0100Y43"), USCC_LETTER_EXCLUDED);
	cr_assert_eq(problem.position, 11);
}

Test(model, a_code_that_is_not_folded_is_refused_and_not_folded)
{
	cr_error(PENALTY_WITH(entity_uscc, (char *)"91350100m000100y43"), USCC_CHARACTER);
	cr_assert_str_eq(problem.detail, "18 digits and capital letters, nothing between them");
	cr_error(PENALTY_WITH(entity_uscc, (char *)"91350100 M000100Y43"), USCC_LENGTH);
}

Test(model, payload_numbers_from_16_on_are_sealed)
{
	sample_penalty(&sample, 1);
	cr_assert(credit_act_is_sealed(&sample.act));
	cr_assert_str_eq(credit_act_name(&sample.act), "administrative_penalty");
	cr_assert_str_eq(credit_act_title(&sample.act, CREDIT_LANG_ZH), "行政处罚");
	sample_adoption(&sample, BYTES("x"));
	cr_assert_not(credit_act_is_sealed(&sample.act));
	cr_assert_str_eq(credit_act_title(&sample.act, CREDIT_LANG_EN), "rule book adoption");
}

Test(model, fields_have_titles_and_others_have_none)
{
	const ProtobufCMessageDescriptor *type = &credit__v1__listing__descriptor;

	cr_assert_str_eq(credit_field_title(type, "fact", CREDIT_LANG_ZH), "事实");
	cr_assert_str_eq(credit_field_title(type, "nothing", CREDIT_LANG_EN), "");
	cr_assert_str_eq(
		credit_field_title(&credit__v1__manifest__descriptor, "count", CREDIT_LANG_EN), "");
}
