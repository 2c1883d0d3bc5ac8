/* SPDX-License-Identifier: Apache-2.0
 *
 * kinds.c - what each FieldKind of proto/credit/v1/field.proto asks of a value.
 *
 * One table: a row for each kind, with the type that such a field has in the proto file and the
 * function that looks at it. A value comes here only when it is there; whether it must be is
 * rules.c's question.
 */
#include "model/parts.h"

#include <credit/v1/field.pb-c.h>

#include <string.h>

#define FEN_MAX 1000000000000000LL /* 10^15: ten trillion yuan */

typedef enum credit_error check_function(const struct credit__field_rule *rule,
	const ProtobufCFieldDescriptor *field, const void *value, struct credit_problem *problem);

static struct credit_bytes text_of(const void *value)
{
	return credit_bytes_of(*(char *const *)value);
}

/* --- texts --------------------------------------------------------------------------------- */

/* White space that the guard lets through. */
static bool is_space(uint32_t code_point)
{
	return code_point == '\t' || code_point == '\n' || code_point == ' ' ||
	       code_point == 0xA0 || code_point == 0x1680 ||
	       (code_point >= 0x2000 && code_point <= 0x200A) || code_point == 0x202F ||
	       code_point == 0x205F || code_point == 0x3000;
}

/* The text is valid UTF-8 and not empty. */
static bool has_outer_space(struct credit_bytes text)
{
	uint32_t first = 0, last = 0;
	size_t start = text.size - 1;

	while (start > 0 && (text.data[start] & 0xC0) == 0x80)
		start--;
	credit_utf8_next(text.data, text.size, &first);
	credit_utf8_next(text.data + start, text.size - start, &last);
	return is_space(first) || is_space(last);
}

static enum credit_error check_length(
	struct credit_bytes text, uint32_t max, struct credit_problem *problem)
{
	uint32_t characters;

	/* No text has more characters than bytes. */
	if (text.size <= max || !credit_utf8_check(text, &characters) || characters <= max)
		return CREDIT_OK;
	return credit_problem_set(problem, CREDIT_E_FIELD_TOO_LONG, NULL, NULL,
		"%u characters, at most %u", characters, max);
}

static enum credit_error check_guarded(struct credit_bytes text, uint32_t max,
	enum credit_text_kind kind, struct credit_problem *problem)
{
	enum credit_error error = check_length(text, max, problem);

	if (error == CREDIT_OK)
		error = credit_guard_text(text, kind, problem);
	if (error == CREDIT_OK && has_outer_space(text))
		error = credit_problem_set(problem, CREDIT_E_FIELD_SPACE, NULL, NULL, NULL);
	return error;
}

static enum credit_error check_text(const struct credit__field_rule *rule,
	const ProtobufCFieldDescriptor *field, const void *value, struct credit_problem *problem)
{
	(void)field;
	return check_guarded(text_of(value), rule->max, CREDIT_TEXT_FREE, problem);
}

static enum credit_error check_document_number(const struct credit__field_rule *rule,
	const ProtobufCFieldDescriptor *field, const void *value, struct credit_problem *problem)
{
	(void)field;
	return check_guarded(text_of(value), rule->max, CREDIT_TEXT_DOCUMENT_NUMBER, problem);
}

static bool is_id(struct credit_bytes text)
{
	for (size_t i = 0; i < text.size; i++) {
		char c = (char)text.data[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (!plain && (i == 0 || c == '\0' || !strchr("._/-", c)))
			return false;
	}
	return true;
}

/* An identity number has the form of an identifier, so identifiers are guarded like texts. */
static enum credit_error check_id(const struct credit__field_rule *rule,
	const ProtobufCFieldDescriptor *field, const void *value, struct credit_problem *problem)
{
	struct credit_bytes text = text_of(value);

	(void)field;
	if (!is_id(text))
		return credit_problem_set(problem, CREDIT_E_FIELD_FORM, NULL, NULL,
			"a-z or 0-9, then a-z, 0-9, . _ / -");
	return check_guarded(text, rule->max, CREDIT_TEXT_DOCUMENT_NUMBER, problem);
}

static enum credit_error check_region(const struct credit__field_rule *rule,
	const ProtobufCFieldDescriptor *field, const void *value, struct credit_problem *problem)
{
	struct credit_bytes text = text_of(value);
	bool fits = text.size == 2 || text.size == 4 || text.size == 6;

	(void)rule;
	(void)field;
	for (size_t i = 0; i < text.size; i++)
		fits = fits && text.data[i] >= '0' && text.data[i] <= '9';
	return fits ? CREDIT_OK
		    : credit_problem_set(
			      problem, CREDIT_E_FIELD_FORM, NULL, "GB/T 2260", "2, 4 or 6 digits");
}

/* --- codes --------------------------------------------------------------------------------- */

/* What evidence outside the code may make good. */
static bool curable(enum credit_error error)
{
	return error == CREDIT_OK || error == CREDIT_E_USCC_ORGANISATION_CHECK ||
	       error == CREDIT_E_USCC_CHECK || error == CREDIT_E_USCC_AMBIGUOUS;
}

enum credit_error credit__code_check(
	struct credit_bytes code, enum credit_error *ret_plain, struct credit_problem *problem)
{
	enum credit_error plain = CREDIT_E_USCC_LENGTH, parsed;
	struct credit_uscc folded;

	if (code.size == CREDIT_USCC_SIZE)
		plain = credit_uscc_check((const char *)code.data);
	if (curable(plain)) {
		*ret_plain = plain;
		return CREDIT_OK;
	}
	parsed = credit_uscc_parse(code, CREDIT_USCC_PLAIN, &folded, problem);
	if (parsed != CREDIT_OK && !curable(parsed))
		return parsed;
	/* A code that is right once it is folded: say so, but do not fold what somebody signed. */
	return credit_problem_set(problem, plain, NULL, "GB 32100-2015 4",
		"18 digits and capital letters, nothing between them");
}

static enum credit_error check_uscc(const struct credit__field_rule *rule,
	const ProtobufCFieldDescriptor *field, const void *value, struct credit_problem *problem)
{
	enum credit_error plain;

	(void)rule;
	(void)field;
	return credit__code_check(text_of(value), &plain, problem);
}

/* --- numbers and bytes --------------------------------------------------------------------- */

static enum credit_error check_range(
	int64_t value, int64_t min, int64_t max, struct credit_problem *problem)
{
	if (value >= min && value <= max)
		return CREDIT_OK;
	return credit_problem_set(problem, CREDIT_E_FIELD_RANGE, NULL, NULL, "from %lld to %lld",
		(long long)min, (long long)max);
}

static enum credit_error check_date(const struct credit__field_rule *rule,
	const ProtobufCFieldDescriptor *field, const void *value, struct credit_problem *problem)
{
	int32_t day = *(const int32_t *)value;

	(void)rule;
	(void)field;
	if (day >= CREDIT_DAY_MIN && day <= CREDIT_DAY_MAX)
		return CREDIT_OK;
	return credit_problem_set(
		problem, CREDIT_E_FIELD_RANGE, NULL, NULL, "from 1949-10-01 to 9999-12-31");
}

static enum credit_error check_instant(const struct credit__field_rule *rule,
	const ProtobufCFieldDescriptor *field, const void *value, struct credit_problem *problem)
{
	(void)rule;
	(void)field;
	return check_range(*(const int64_t *)value, 1, CREDIT__INSTANT_MAX, problem);
}

static enum credit_error check_fen(const struct credit__field_rule *rule,
	const ProtobufCFieldDescriptor *field, const void *value, struct credit_problem *problem)
{
	(void)rule;
	(void)field;
	return check_range(*(const int64_t *)value, 0, FEN_MAX, problem);
}

static enum credit_error check_number(const struct credit__field_rule *rule,
	const ProtobufCFieldDescriptor *field, const void *value, struct credit_problem *problem)
{
	(void)field;
	return check_range(*(const uint32_t *)value, 0, rule->max, problem);
}

static enum credit_error check_epoch(const struct credit__field_rule *rule,
	const ProtobufCFieldDescriptor *field, const void *value, struct credit_problem *problem)
{
	uint64_t number = *(const uint64_t *)value;

	(void)rule;
	(void)field;
	return check_range(number > INT64_MAX ? 0 : (int64_t)number, 1, INT64_MAX, problem);
}

static enum credit_error check_flag(const struct credit__field_rule *rule,
	const ProtobufCFieldDescriptor *field, const void *value, struct credit_problem *problem)
{
	(void)rule;
	(void)field;
	return check_range(*(const protobuf_c_boolean *)value, 0, 1, problem);
}

static enum credit_error check_enum(const struct credit__field_rule *rule,
	const ProtobufCFieldDescriptor *field, const void *value, struct credit_problem *problem)
{
	const ProtobufCEnumDescriptor *type = field->descriptor;
	int number = *(const int *)value;

	(void)rule;
	if (protobuf_c_enum_descriptor_get_value(type, number))
		return CREDIT_OK;
	return credit_problem_set(problem, CREDIT_E_FIELD_RANGE, NULL, NULL, "%s has no value %d",
		type->short_name, number);
}

static enum credit_error check_fixed_bytes(const struct credit__field_rule *rule,
	const ProtobufCFieldDescriptor *field, const void *value, struct credit_problem *problem)
{
	size_t size = ((const ProtobufCBinaryData *)value)->len;

	(void)field;
	if (size == rule->max)
		return CREDIT_OK;
	return credit_problem_set(problem, CREDIT_E_FIELD_SIZE, NULL, NULL,
		"%zu bytes instead of %u", size, rule->max);
}

/* --- the table ----------------------------------------------------------------------------- */

#define KIND(name) CREDIT__V1__FIELD_KIND__FIELD_KIND_##name

/* Messages are walked by rules.c. */
static const struct kind {
	ProtobufCType type;
	check_function *check;
} kinds[] = {
	[KIND(TEXT)] = {PROTOBUF_C_TYPE_STRING, check_text},
	[KIND(DOCUMENT_NUMBER)] = {PROTOBUF_C_TYPE_STRING, check_document_number},
	[KIND(USCC)] = {PROTOBUF_C_TYPE_STRING, check_uscc},
	[KIND(ID)] = {PROTOBUF_C_TYPE_STRING, check_id},
	[KIND(DATE)] = {PROTOBUF_C_TYPE_INT32, check_date},
	[KIND(INSTANT)] = {PROTOBUF_C_TYPE_INT64, check_instant},
	[KIND(FEN)] = {PROTOBUF_C_TYPE_INT64, check_fen},
	[KIND(FIXED_BYTES)] = {PROTOBUF_C_TYPE_BYTES, check_fixed_bytes},
	[KIND(ENUM)] = {PROTOBUF_C_TYPE_ENUM, check_enum},
	[KIND(NUMBER)] = {PROTOBUF_C_TYPE_UINT32, check_number},
	[KIND(FLAG)] = {PROTOBUF_C_TYPE_BOOL, check_flag},
	[KIND(REGION)] = {PROTOBUF_C_TYPE_STRING, check_region},
	[KIND(EPOCH)] = {PROTOBUF_C_TYPE_UINT64, check_epoch},
};

enum credit_error credit__value_check(const struct credit__field_rule *rule,
	const ProtobufCFieldDescriptor *field, const void *value, struct credit_problem *problem)
{
	const struct kind *kind = NULL;

	if (rule->kind < sizeof kinds / sizeof kinds[0])
		kind = &kinds[rule->kind];
	if (!kind || !kind->check || kind->type != field->type)
		return credit_problem_set(problem, CREDIT_E_INTERNAL, NULL, NULL,
			"kind %u does not fit the type of %s", rule->kind, field->name);
	return kind->check(rule, field, value, problem);
}
