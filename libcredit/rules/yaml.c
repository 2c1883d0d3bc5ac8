/* SPDX-License-Identifier: Apache-2.0
 *
 * yaml.c - the only file of the library that sees libfyaml.
 *
 * The parsed document is walked beside the message's descriptor, so its depth is the proto file's
 * and not the input's. libfyaml itself stops at a nesting of a few hundred. Its own test for doubled
 * keys compares each with all others; ours is one bit a field, so that is switched off.
 */
#include "rules/yaml.h"

#include "model/parts.h"

#include <credit/rules.h>
#include <credit/v1/field.pb-c.h>

#include <ctype.h>
#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct credit__yaml {
	struct fy_diag *diag;
	struct fy_parser *parser;
	struct fy_document *document;
};

/* What every step of the walk needs. */
struct walk {
	struct credit_arena *arena;
	struct credit_problem *problem;
};

/* --- places -------------------------------------------------------------------------------- */

/* Where a node begins; a mapping or a sequence begins with its first scalar. NULL: it is empty. */
static const struct fy_mark *node_mark(struct fy_node *node)
{
	while (node && !fy_node_is_scalar(node)) {
		void *at = NULL;
		if (fy_node_is_mapping(node))
			node = fy_node_pair_key(fy_node_mapping_iterate(node, &at));
		else
			node = fy_node_sequence_iterate(node, &at);
	}
	return node ? fy_token_start_mark(fy_node_get_scalar_token(node)) : NULL;
}

static void put_place(struct credit_problem *problem, struct fy_node *node)
{
	const struct fy_mark *mark = node_mark(node);
	char detail[CREDIT_DETAIL_MAX], field[CREDIT_FIELD_PATH_MAX], rule[CREDIT_RULE_MAX];

	if (!problem || !mark)
		return;
	memcpy(detail, problem->detail, sizeof detail);
	memcpy(field, problem->field, sizeof field);
	memcpy(rule, problem->rule, sizeof rule);
	uint32_t position = problem->position;
	(void)credit_problem_set(problem, problem->error, field, rule, "line %d, column %d%s%s",
		mark->line + 1, mark->column + 1, detail[0] ? ": " : "", detail);
	problem->position = position;
}

/* Refuses a node; the path is added by the callers, step by step. */
static enum credit_error refuse(
	const struct walk *walk, struct fy_node *node, const char *what, const char *found)
{
	enum credit_error error = credit_problem_set(walk->problem, CREDIT_E_RULE_BOOK_SYNTAX, NULL,
		NULL, "%s%s%.40s%s", what, found ? " '" : "", found ? found : "", found ? "'" : "");

	put_place(walk->problem, node);
	return error;
}

/* One step of a path like "lists[1].title"; moves *path past it. */
static struct fy_node *step(struct fy_node *node, const char **path)
{
	size_t length = strcspn(*path, ".[");
	struct fy_node *next = NULL;

	if (**path == '[') {
		char *end;
		long index = strtol(*path + 1, &end, 10);
		if (fy_node_is_sequence(node) && index <= INT_MAX)
			next = fy_node_sequence_get_by_index(node, (int)index);
		*path = *end == ']' ? end + 1 : end;
	} else {
		if (fy_node_is_mapping(node))
			next = fy_node_mapping_lookup_by_string(node, *path, length);
		*path += length;
	}
	if (**path == '.')
		++*path;
	return next;
}

void credit__yaml_place(const struct credit__yaml *yaml, struct credit_problem *problem)
{
	struct fy_node *node = fy_document_root(yaml->document);
	const char *path = problem ? problem->field : "";

	while (*path) {
		struct fy_node *next = step(node, &path);
		if (!next)
			break;
		node = next;
	}
	put_place(problem, node);
}

/* --- scalars ------------------------------------------------------------------------------- */

/* The text of a plain scalar, copied with a NUL; no alias, no tag. */
static enum credit_error read_text(
	const struct walk *walk, struct fy_node *node, const char **ret_text)
{
	size_t size = 0;

	if (!fy_node_is_scalar(node))
		return refuse(walk, node, "a single value is expected", NULL);
	if (fy_node_is_alias(node))
		return refuse(walk, node, "aliases are not allowed; write it out", NULL);
	if (fy_node_get_tag_token(node))
		return refuse(walk, node, "tags are not allowed", NULL);

	const char *scalar = fy_node_get_scalar(node, &size);
	uint32_t characters;
	if (!scalar)
		size = 0;
	if (size > 0 &&
		(memchr(scalar, '\0', size) ||
			!credit_utf8_check(
				(struct credit_bytes){(const uint8_t *)scalar, size}, &characters)))
		return refuse(walk, node, "this is not text", NULL);

	char *text = credit_arena_alloc(walk->arena, size + 1);
	if (!text)
		return CREDIT_E_NO_MEMORY;
	if (size > 0)
		memcpy(text, scalar, size);
	text[size] = '\0';
	*ret_text = text;
	return CREDIT_OK;
}

static bool field_is_date(
	const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field)
{
	const struct credit__message_rules *rules = credit__rules_find(type);

	for (size_t i = 0; rules && i < rules->count; i++) {
		if (rules->rules[i].number == field->id)
			return rules->rules[i].kind == CREDIT__V1__FIELD_KIND__FIELD_KIND_DATE;
	}
	return false;
}

static enum credit_error read_date(
	const struct walk *walk, struct fy_node *node, const char *text, void *ret_value)
{
	char back[CREDIT_DAY_TEXT_SIZE];
	credit_day_t day;

	/* credit_day_parse is more generous than a file that many people read should be. */
	if (credit_day_parse(credit_bytes_of(text), &day) != CREDIT_OK ||
		strcmp(credit_day_text(day, back), text) != 0)
		return refuse(walk, node, "a date YYYY-MM-DD is expected, not", text);
	memcpy(ret_value, &day.days, sizeof day.days);
	return CREDIT_OK;
}

static enum credit_error read_number(
	const struct walk *walk, struct fy_node *node, const char *text, void *ret_value)
{
	size_t length = strlen(text);

	/* Nine digits fit every 32-bit field; 010 is not guessed at. */
	if (length == 0 || length > 9 || strspn(text, "0123456789") != length ||
		(text[0] == '0' && length > 1))
		return refuse(walk, node, "a plain decimal number is expected, not", text);
	uint32_t value = (uint32_t)strtoul(text, NULL, 10);
	memcpy(ret_value, &value, sizeof value);
	return CREDIT_OK;
}

/* A field of money: fifteen digits and a little are beyond every bound of the kind. */
static enum credit_error read_amount(
	const struct walk *walk, struct fy_node *node, const char *text, void *ret_value)
{
	size_t length = strlen(text);

	if (length == 0 || length > 18 || strspn(text, "0123456789") != length ||
		(text[0] == '0' && length > 1))
		return refuse(walk, node, "a plain decimal number is expected, not", text);
	int64_t value = strtoll(text, NULL, 10);
	memcpy(ret_value, &value, sizeof value);
	return CREDIT_OK;
}

static enum credit_error read_flag(
	const struct walk *walk, struct fy_node *node, const char *text, void *ret_value)
{
	protobuf_c_boolean value = strcmp(text, "true") == 0;

	if (!value && strcmp(text, "false") != 0)
		return refuse(walk, node, "true or false is expected, not", text);
	memcpy(ret_value, &value, sizeof value);
	return CREDIT_OK;
}

/* Is `text` the value's name in lower case? COLOUR_BLACK is "black", after a prefix of 7. */
static bool is_short_name(const char *name, size_t prefix, const char *text)
{
	for (name += prefix; *name && *text; name++, text++) {
		if (tolower((unsigned char)*name) != *text)
			return false;
	}
	return *name == *text;
}

static enum credit_error read_enum(const struct walk *walk, struct fy_node *node,
	const ProtobufCEnumDescriptor *type, const char *text, void *ret_value)
{
	/* The first value is <PREFIX>_UNSPECIFIED, and is not for writing. */
	size_t prefix = strlen(type->values[0].name) - strlen("UNSPECIFIED");

	for (unsigned i = 1; i < type->n_values; i++) {
		if (is_short_name(type->values[i].name, prefix, text)) {
			memcpy(ret_value, &type->values[i].value, sizeof type->values[i].value);
			return CREDIT_OK;
		}
	}
	char what[64];
	snprintf(what, sizeof what, "there is no %.32s", type->short_name);
	return refuse(walk, node, what, text);
}

/* --- messages ------------------------------------------------------------------------------ */

static enum credit_error read_message(const struct walk *walk, struct fy_node *node,
	const ProtobufCMessageDescriptor *type, ProtobufCMessage **ret_message);

static enum credit_error read_value(const struct walk *walk, struct fy_node *node,
	const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field,
	void *ret_value)
{
	ProtobufCMessage *message;
	const char *text;
	enum credit_error error;

	if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
		error = read_message(walk, node, field->descriptor, &message);
		if (!error)
			memcpy(ret_value, &message, sizeof message);
		return error;
	}
	error = read_text(walk, node, &text);
	if (error)
		return error;
	if (field->type == PROTOBUF_C_TYPE_STRING) {
		memcpy(ret_value, &text, sizeof text);
		return CREDIT_OK;
	}
	if (field->type == PROTOBUF_C_TYPE_BOOL)
		return read_flag(walk, node, text, ret_value);
	if (field->type == PROTOBUF_C_TYPE_ENUM)
		return read_enum(walk, node, field->descriptor, text, ret_value);
	if (field->type == PROTOBUF_C_TYPE_INT32 && field_is_date(type, field))
		return read_date(walk, node, text, ret_value);
	if (field->type == PROTOBUF_C_TYPE_INT32 || field->type == PROTOBUF_C_TYPE_UINT32)
		return read_number(walk, node, text, ret_value);
	if (field->type == PROTOBUF_C_TYPE_INT64)
		return read_amount(walk, node, text, ret_value);
	return credit_problem_set(
		walk->problem, CREDIT_E_INTERNAL, NULL, NULL, "no YAML form for %s", field->name);
}

static enum credit_error read_items(const struct walk *walk, struct fy_node *node,
	const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field,
	ProtobufCMessage *message)
{
	bool pointers =
		field->type == PROTOBUF_C_TYPE_MESSAGE || field->type == PROTOBUF_C_TYPE_STRING;
	size_t item_size = pointers ? sizeof(void *) : sizeof(uint32_t);
	char *base = (char *)message, *items;
	size_t count = 0;

	if (!fy_node_is_sequence(node)) {
		enum credit_error error = refuse(walk, node, "a list is expected", NULL);
		credit__path_add(walk->problem, field->name, false, 0);
		return error;
	}
	int length = fy_node_sequence_item_count(node);
	items = credit_arena_alloc(walk->arena, (size_t)(length > 0 ? length : 0) * item_size);
	if (!items)
		return CREDIT_E_NO_MEMORY;

	void *at = NULL;
	for (struct fy_node *item; (item = fy_node_sequence_iterate(node, &at)); count++) {
		enum credit_error error =
			read_value(walk, item, type, field, items + count * item_size);
		if (error) {
			credit__path_add(walk->problem, field->name, true, count);
			return error;
		}
	}
	memcpy(base + field->offset, &items, sizeof items);
	memcpy(base + field->quantifier_offset, &count, sizeof count);
	return CREDIT_OK;
}

static enum credit_error read_pair(const struct walk *walk, struct fy_node_pair *pair,
	ProtobufCMessage *message, uint64_t *seen)
{
	const ProtobufCMessageDescriptor *type = message->descriptor;
	struct fy_node *key = fy_node_pair_key(pair), *value = fy_node_pair_value(pair);
	const char *name;
	enum credit_error error;

	if (!key || !value)
		return credit_problem_set(walk->problem, CREDIT_E_RULE_BOOK_SYNTAX, NULL, NULL,
			"a key without a name or a value");
	error = read_text(walk, key, &name);
	if (error)
		return error;

	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(type, name);
	if (!field)
		return refuse(walk, key, "there is no key", name);
	uint64_t bit = UINT64_C(1) << (field - type->fields) % 64;
	if (*seen & bit)
		return refuse(walk, key, "this key is there twice:", name);
	*seen |= bit;
	if (!node_mark(value))
		return refuse(walk, key, "this key has no value; leave it out:", name);
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return read_items(walk, value, type, field, message);
	error = read_value(walk, value, type, field, (char *)message + field->offset);
	if (error)
		credit__path_add(walk->problem, field->name, false, 0);
	return error;
}

static enum credit_error read_message(const struct walk *walk, struct fy_node *node,
	const ProtobufCMessageDescriptor *type, ProtobufCMessage **ret_message)
{
	uint64_t seen = 0;
	void *at = NULL;

	if (!fy_node_is_mapping(node))
		return refuse(walk, node, "keys and values are expected", NULL);
	ProtobufCMessage *message = credit_arena_alloc(walk->arena, type->sizeof_message);
	if (!message)
		return CREDIT_E_NO_MEMORY;
	protobuf_c_message_init(type, message);
	for (struct fy_node_pair *pair; (pair = fy_node_mapping_iterate(node, &at));) {
		enum credit_error error = read_pair(walk, pair, message, &seen);
		if (error)
			return error;
	}
	*ret_message = message;
	return CREDIT_OK;
}

enum credit_error credit__yaml_message(const struct credit__yaml *yaml,
	const ProtobufCMessageDescriptor *type, struct credit_arena *arena,
	ProtobufCMessage **ret_message, struct credit_problem *problem)
{
	struct walk walk = {arena, problem};

	return read_message(&walk, fy_document_root(yaml->document), type, ret_message);
}

/* --- documents ----------------------------------------------------------------------------- */

/* libfyaml's first complaint, as a problem. */
static enum credit_error syntax_error(
	const struct credit__yaml *yaml, struct credit_problem *problem)
{
	void *at = NULL;
	const struct fy_diag_error *first = fy_diag_errors_iterate(yaml->diag, &at);

	if (!first)
		return credit_problem_set(
			problem, CREDIT_E_RULE_BOOK_SYNTAX, NULL, NULL, "there is no document");
	return credit_problem_set(problem, CREDIT_E_RULE_BOOK_SYNTAX, NULL, NULL,
		"line %d, column %d: %.80s", first->line, first->column, first->msg);
}

static enum credit_error parse(
	struct credit__yaml *yaml, struct credit_bytes text, struct credit_problem *problem)
{
	/* clang-format off */
	struct fy_diag_cfg quiet;
	struct fy_parse_cfg config = {
		.flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE |
			FYPCF_ALLOW_DUPLICATE_KEYS | FYPCF_DISABLE_ACCELERATORS,
	};
	/* clang-format on */

	fy_diag_cfg_default(&quiet);
	quiet.fp = NULL;
	yaml->diag = fy_diag_create(&quiet);
	if (!yaml->diag)
		return CREDIT_E_NO_MEMORY;
	fy_diag_set_collect_errors(yaml->diag, true);
	config.diag = yaml->diag;
	yaml->parser = fy_parser_create(&config);
	if (!yaml->parser ||
		fy_parser_set_string(yaml->parser, (const char *)text.data, text.size) != 0)
		return CREDIT_E_NO_MEMORY;
	yaml->document = fy_parse_load_document(yaml->parser);
	if (!yaml->document || !fy_document_root(yaml->document))
		return syntax_error(yaml, problem);

	struct fy_document *second = fy_parse_load_document(yaml->parser);
	if (second || fy_parser_get_stream_error(yaml->parser)) {
		fy_parse_document_destroy(yaml->parser, second);
		return credit_problem_set(problem, CREDIT_E_RULE_BOOK_SYNTAX, NULL, NULL,
			"there is something after the end of the document");
	}
	return CREDIT_OK;
}

enum credit_error credit__yaml_open(
	struct credit_bytes text, struct credit__yaml **ret_yaml, struct credit_problem *problem)
{
	struct credit__yaml *yaml;
	uint32_t characters;
	enum credit_error error;

	if (text.size > CREDIT_RULE_BOOK_MAX)
		return credit_problem_set(problem, CREDIT_E_TOO_LARGE, NULL, NULL,
			"at most %d bytes", CREDIT_RULE_BOOK_MAX);
	if (!credit_utf8_check(text, &characters)) {
		error = credit_problem_set(problem, CREDIT_E_UTF8_INVALID, NULL, NULL, NULL);
		if (problem)
			problem->position = characters;
		return error;
	}
	yaml = calloc(1, sizeof *yaml);
	if (!yaml)
		return CREDIT_E_NO_MEMORY;
	error = parse(yaml, text, problem);
	if (error)
		credit__yaml_close(yaml);
	else
		*ret_yaml = yaml;
	return error;
}

void credit__yaml_close(struct credit__yaml *yaml)
{
	if (!yaml)
		return;
	if (yaml->document)
		fy_parse_document_destroy(yaml->parser, yaml->document);
	if (yaml->parser)
		fy_parser_destroy(yaml->parser);
	if (yaml->diag)
		fy_diag_destroy(yaml->diag);
	free(yaml);
}
