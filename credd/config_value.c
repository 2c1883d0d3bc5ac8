/* SPDX-License-Identifier: Apache-2.0
 *
 * config_value.c - one value of credd.yaml: checked by its row's type and bounds, then stored.
 *
 * YAML's own types play no part: 0660, "0660" and '0660' are the same four characters, and the row
 * says what they mean.
 */
#include "config_table.h"

#include <inttypes.h>
#include <string.h>

struct value {
	const struct credd_config_row *row;
	const char *text; /* NUL-terminated, no NUL inside */
	size_t size;
	const char *folder;
	struct credd_config *config;
	struct credit_problem *problem;
};

static void *target(const struct value *value)
{
	return (char *)value->config + value->row->offset;
}

static enum credit_error refuse_bounds(const struct value *value)
{
	const struct credd_config_row *row = value->row;

	return credit_problem_set(value->problem, CREDIT_E_CONFIG_VALUE, row->path, NULL,
		row->type == CREDD_CONFIG_NUMBER ? "%" PRIu32 " to %" PRIu32
						 : "%04" PRIo32 " to %04" PRIo32,
		row->min, row->max);
}

static enum credit_error keep_text(const struct value *value, const char *text, size_t size)
{
	char *copy = credit_arena_copy(&value->config->texts, text, size + 1);

	if (!copy)
		return credit_problem_set(value->problem, CREDIT_E_NO_MEMORY, value->row->path,
			NULL, "the texts are too long together");
	memcpy(target(value), &copy, sizeof copy);
	return CREDIT_OK;
}

/* What a key's name may be (docs/spec/log.md), for the origin is one. */
static bool is_name(const char *text, size_t size)
{
	uint32_t characters;

	for (size_t i = 0; i < size; i++)
		if ((uint8_t)text[i] <= ' ' || text[i] == 0x7f || text[i] == '+')
			return false;
	return credit_utf8_check((struct credit_bytes){(const uint8_t *)text, size}, &characters);
}

static enum credit_error set_text(const struct value *value)
{
	const struct credd_config_row *row = value->row;

	if (value->size < row->min || value->size > row->max)
		return credit_problem_set(value->problem, CREDIT_E_CONFIG_VALUE, row->path, NULL,
			"%" PRIu32 " to %" PRIu32 " bytes", row->min, row->max);
	if (!is_name(value->text, value->size))
		return credit_problem_set(value->problem, CREDIT_E_CONFIG_VALUE, row->path, NULL,
			"no white space, no +");
	return keep_text(value, value->text, value->size);
}

static enum credit_error set_path(const struct value *value)
{
	const struct credd_config_row *row = value->row;
	char joined[2 * 4096];
	bool absolute = value->text[0] == '/';
	int length = snprintf(joined, sizeof joined, "%s%s%s", absolute ? "" : value->folder,
		absolute ? "" : "/", value->text);

	if (value->size < row->min || length < 0 || (size_t)length > row->max)
		return credit_problem_set(value->problem, CREDIT_E_CONFIG_VALUE, row->path, NULL,
			"at most %" PRIu32 " bytes with its folder", row->max);
	return keep_text(value, joined, (size_t)length);
}

/* host:port or [v6]:port; whether the host exists is for the bind to find out. */
static enum credit_error set_address(const struct value *value)
{
	const char *colon = strrchr(value->text, ':');
	size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
	bool bracketed = value->text[0] == '[';
	unsigned port = 0;

	if (!colon || colon == value->text || digits == 0 || digits > 5 || colon[1 + digits])
		goto refuse;
	if (bracketed ? colon[-1] != ']'
		      : memchr(value->text, ':', (size_t)(colon - value->text)) != NULL)
		goto refuse;
	if (value->size > value->row->max || !is_name(value->text, value->size))
		goto refuse;
	for (size_t i = 1; i <= digits; i++)
		port = port * 10 + (unsigned)(colon[i] - '0');
	if (port <= 65535)
		return keep_text(value, value->text, value->size);
refuse:
	return credit_problem_set(value->problem, CREDIT_E_CONFIG_VALUE, value->row->path, NULL,
		"host:port, e.g. 127.0.0.1:7443 or [::1]:7443");
}

static enum credit_error set_number(const struct value *value, uint32_t base)
{
	uint64_t number = 0;

	for (size_t i = 0; i < value->size; i++) {
		char digit = value->text[i];
		if (digit < '0' || digit >= (char)('0' + base) || number > UINT32_MAX)
			return refuse_bounds(value);
		number = number * base + (uint64_t)(digit - '0');
	}
	if (value->size == 0 || number < value->row->min || number > value->row->max)
		return refuse_bounds(value);
	memcpy(target(value), &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
	return CREDIT_OK;
}

static enum credit_error set_choice(const struct value *value)
{
	char all[64] = "";
	struct credit_buffer list;

	credit_buffer_init(&list, all, sizeof all - 1);
	for (uint32_t i = 0; value->row->choices[i]; i++) {
		if (strcmp(value->text, value->row->choices[i]) == 0) {
			memcpy(target(value), &i, sizeof i);
			return CREDIT_OK;
		}
		credit_buffer_put_text(&list, i ? " | " : "");
		credit_buffer_put_text(&list, value->row->choices[i]);
	}
	return credit_problem_set(
		value->problem, CREDIT_E_CONFIG_VALUE, value->row->path, NULL, "%s", all);
}

static enum credit_error set_flag(const struct value *value)
{
	bool flag = strcmp(value->text, "true") == 0;

	if (!flag && strcmp(value->text, "false") != 0)
		return credit_problem_set(value->problem, CREDIT_E_CONFIG_VALUE, value->row->path,
			NULL, "true | false");
	memcpy(target(value), &flag, sizeof flag);
	return CREDIT_OK;
}

/* The code's own error says more than CONFIG_VALUE could. */
static enum credit_error set_uscc(const struct value *value)
{
	struct credd_config_uscc code = {.given = true};
	enum credit_error error = credit_uscc_parse(
		credit_bytes_of(value->text), CREDIT_USCC_REGISTER, &code.uscc, value->problem);

	if (error == CREDIT_OK)
		memcpy(target(value), &code, sizeof code);
	else
		credit_problem_prefix(value->problem, value->row->path);
	return error;
}

static enum credit_error set_vkey(const struct value *value)
{
	struct credit_named_key key;
	enum credit_error error = credit_vkey_parse(credit_bytes_of(value->text), &key);

	if (error != CREDIT_OK)
		return credit_problem_set(value->problem, error, value->row->path, NULL, NULL);
	memcpy(target(value), &key, sizeof key);
	return CREDIT_OK;
}

enum credit_error credd_config_set(const struct credd_config_row *row, struct credit_bytes text,
	const char *folder, struct credd_config *config, struct credit_problem *problem)
{
	char copy[4096];
	struct value value = {.row = row,
		.text = copy,
		.size = text.size,
		.folder = folder,
		.config = config,
		.problem = problem};

	if (text.size >= sizeof copy)
		return credit_problem_set(problem, CREDIT_E_CONFIG_VALUE, row->path, NULL,
			"at most %zu bytes", sizeof copy - 1);
	if (text.size > 0)
		memcpy(copy, text.data, text.size);
	copy[text.size] = '\0';
	if (strlen(copy) != text.size)
		return credit_problem_set(
			problem, CREDIT_E_CONFIG_VALUE, row->path, NULL, "no NUL character");
	switch (row->type) {
	case CREDD_CONFIG_TEXT:
		return set_text(&value);
	case CREDD_CONFIG_PATH:
		return set_path(&value);
	case CREDD_CONFIG_ADDRESS:
		return set_address(&value);
	case CREDD_CONFIG_NUMBER:
		return set_number(&value, 10);
	case CREDD_CONFIG_MODE:
		return set_number(&value, 8);
	case CREDD_CONFIG_CHOICE:
		return set_choice(&value);
	case CREDD_CONFIG_FLAG:
		return set_flag(&value);
	case CREDD_CONFIG_USCC:
		return set_uscc(&value);
	case CREDD_CONFIG_VKEY:
		return set_vkey(&value);
	}
	return CREDIT_E_INTERNAL;
}
