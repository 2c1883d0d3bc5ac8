/* SPDX-License-Identifier: Apache-2.0
 *
 * test_personal.c - numbers of persons in every field of every act and of the rule book that takes text.
 *
 * The fields are those of the table that the build makes from the proto files, so that a field added later
 * is looked at here by itself. Numbers are made up: a district, a date, a serial number of zeros and the
 * check character that follows from them.
 */
#include "tests/unit/model/decode_fixture.h"

#include "model/parts.h"

#include "credit/v1/field.pb-c.h"
#include "credit/v1/rule_book.pb-c.h"

#define KIND(name) CREDIT__V1__FIELD_KIND__FIELD_KIND_##name

static unsigned fields, texts;

/* Identity numbers: refused everywhere. */
static const struct {
	const char *how, *text;
} identity[] = {
	{"eighteen digits", "110101199003070070"},
	{"ends with X", "11010119900307002X"},
	{"small x", "11010119900307002x"},
	{"full-width digits", "１１０１０１１９９００３０７００７０"},
	{"with spaces", "110101 19900307 0070"},
	{"with hyphens", "110101-19900307-0070"},
	{"with no-break spaces", "110101\xc2\xa0"
				 "19900307\xc2\xa0"
				 "0070"},
	{"in Chinese text", "法定代表人张某（身份证号110101199003070070）"},
	{"directly behind a word", "身份证110101199003070070号"},
	{"among other digits", "第2026号110101199003070070之一"},
	{"fifteen digits", "110101900307007"},
	{"fifteen full-width digits", "１１０１０１９００３０７００７"},
	{"fifteen in Chinese text", "居民身份证110101900307007，"},
	{"fifteen divided", "110101 900307 007"},
};

/* Telephone numbers: refused in running text; with the country's code everywhere. */
static const struct {
	const char *how, *text;
	bool everywhere;
} telephone[] = {
	{"mobile", "13800138000", false},
	{"mobile, full-width", "１３８００１３８０００", false},
	{"mobile, divided", "138 0013 8000", false},
	{"mobile, hyphens", "138-0013-8000", false},
	{"in Chinese text", "请致电13800138000联系", false},
	{"with +86", "+8613800138000", true},
	{"with +86 and spaces", "+86 138 0013 8000", true},
	{"with 0086", "008613800138000", true},
	{"landline", "010-82345678", false},
	{"landline in brackets", "（010）82345678", false},
};

/* What official texts are full of. */
static const char *const harmless[] = {
	"91110108MA01234567", /* no code that checks: eighteen characters with letters */
	"911101080000000010",
	"京市监罚〔2026〕12345号",
	"（2026）京01行终1380号",
	"罚款人民币1380000.00元",
	"2026年11月23日",
	"20261123",
	"400-810-8110",
	"ISO 9001:2015",
	"第12345678号商标",
};

static enum credit_error try(const struct credit__field_rule *rule,
	const ProtobufCFieldDescriptor *field, const char *text)
{
	char *value = (char *)(uintptr_t)text;

	return credit__value_check(rule, field, &value, NULL);
}

static bool is_personal(enum credit_error error)
{
	return error == CREDIT_E_PERSONAL_ID || error == CREDIT_E_PERSONAL_PHONE;
}

static void look_at_field(const ProtobufCMessageDescriptor *type,
	const struct credit__field_rule *rule, const ProtobufCFieldDescriptor *field)
{
	bool running = rule->kind == KIND(TEXT);

	fields++;
	texts += running;
	for (size_t i = 0; i < sizeof identity / sizeof identity[0]; i++)
		cr_expect_neq(try(rule, field, identity[i].text), CREDIT_OK, "%s.%s: %s",
			type->short_name, field->name, identity[i].how);
	for (size_t i = 0; i < sizeof telephone / sizeof telephone[0]; i++) {
		if (!running && !telephone[i].everywhere)
			continue;
		cr_expect_neq(try(rule, field, telephone[i].text), CREDIT_OK, "%s.%s: %s",
			type->short_name, field->name, telephone[i].how);
	}
	for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
		cr_expect_not(is_personal(try(rule, field, harmless[i])), "%s.%s: %s",
			type->short_name, field->name, harmless[i]);
}

/* A text that is longer than its field is refused for that; so short fields are looked at as if they
 * had room, by the kind of field that they are. */
static void look_at(const ProtobufCMessageDescriptor *type, unsigned depth)
{
	const struct credit__message_rules *rules = credit__rules_find(type);

	cr_assert_not_null(rules, "%s", type->name);
	for (size_t i = 0; i < rules->count; i++) {
		struct credit__field_rule rule = rules->rules[i];
		const ProtobufCFieldDescriptor *field =
			protobuf_c_message_descriptor_get_field(type, rule.number);

		if (rule.kind == KIND(MESSAGE) && depth < 8)
			look_at(field->descriptor, depth + 1);
		if (field->type != PROTOBUF_C_TYPE_STRING)
			continue;
		rule.max = 1000;
		look_at_field(type, &rule, field);
	}
}

Test(personal, no_field_of_an_act_takes_a_number_of_a_person)
{
	look_at(&credit__v1__act__descriptor, 0);
	cr_expect_geq(fields, 150, "%u", fields);
	cr_expect_geq(texts, 50, "%u", texts);
}

Test(personal, no_field_of_the_rule_book_does)
{
	look_at(&credit__v1__rule_book__descriptor, 0);
	cr_expect_geq(fields, 50, "%u", fields);
}

/* The refusal itself, where there is room for the words around it. */
Test(personal, running_text_says_why)
{
	struct credit_problem problem;

	for (size_t i = 0; i < sizeof identity / sizeof identity[0]; i++)
		cr_expect_eq(credit_guard_text(
				     credit_bytes_of(identity[i].text), CREDIT_TEXT_FREE, &problem),
			CREDIT_E_PERSONAL_ID, "%s", identity[i].how);
	for (size_t i = 0; i < sizeof telephone / sizeof telephone[0]; i++)
		cr_expect_eq(credit_guard_text(credit_bytes_of(telephone[i].text), CREDIT_TEXT_FREE,
				     &problem),
			CREDIT_E_PERSONAL_PHONE, "%s", telephone[i].how);
	for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
		cr_expect_eq(
			credit_guard_text(credit_bytes_of(harmless[i]), CREDIT_TEXT_FREE, &problem),
			CREDIT_OK, "%s", harmless[i]);
}
