/* SPDX-License-Identifier: Apache-2.0
 *
 * options.c - reading options by their table.
 *
 * What was given is remembered in the rows' own values where they can show it (a text is not NULL, a
 * code says `given`), so that the environment fills in only what the command line left out. Flags
 * cannot come from the environment.
 */
#include "options.h"

#include "output.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 64

static void *place(const struct option *row, void *values)
{
	return (char *)values + row->offset;
}

static enum credit_error refuse(
	const struct option *row, struct credit_problem *problem, const char *why)
{
	char name[CREDIT_FIELD_PATH_MAX];

	snprintf(name, sizeof name, "--%s", row->name);
	return credit_problem_set(problem, CREDIT_E_USAGE, name, NULL, "%s", why);
}

/* --- values: one function for each type ------------------------------------------------------- */

static const char *in(enum credit_lang lang, const char *en, const char *zh)
	__attribute__((format_arg(2), format_arg(3)));
static const char *in(enum credit_lang lang, const char *en, const char *zh)
{
	return lang == CREDIT_LANG_ZH ? zh : en;
}

static enum credit_error set_text(const struct option *row, char *text, void *value,
	enum credit_lang lang, struct credit_problem *problem)
{
	size_t length = strlen(text);
	char why[CREDIT_DETAIL_MAX];

	if (row->max == 0 || (length >= row->min && length <= row->max)) {
		*(const char **)value = text;
		return CREDIT_OK;
	}
	snprintf(why, sizeof why, in(lang, "%llu to %llu bytes", "长度须为 %llu 至 %llu 字节"),
		(unsigned long long)row->min, (unsigned long long)row->max);
	return refuse(row, problem, why);
}

static enum credit_error set_number(const struct option *row, char *text, void *value,
	enum credit_lang lang, struct credit_problem *problem)
{
	char why[CREDIT_DETAIL_MAX];
	uint64_t number = 0;
	size_t digits = strspn(text, "0123456789");

	if (digits > 0 && digits < 19 && text[digits] == '\0') {
		number = strtoull(text, NULL, 10);
		if (number >= row->min && number <= row->max) {
			*(uint64_t *)value = number;
			return CREDIT_OK;
		}
	}
	snprintf(why, sizeof why,
		in(lang, "a number from %llu to %llu", "须为 %llu 至 %llu 的整数"),
		(unsigned long long)row->min, (unsigned long long)row->max);
	return refuse(row, problem, why);
}

static enum credit_error set_date(const struct option *row, char *text, void *value,
	enum credit_lang lang, struct credit_problem *problem)
{
	enum credit_error error = credit_day_parse(credit_bytes_of(text), value);

	return error == CREDIT_OK ? error : refuse(row, problem, credit_error_remedy(error, lang));
}

static enum credit_error set_uscc(const struct option *row, char *text, void *value,
	enum credit_lang lang, struct credit_problem *problem)
{
	struct option_uscc *code = value;
	enum credit_error error =
		credit_uscc_parse(credit_bytes_of(text), CREDIT_USCC_PLAIN, &code->uscc, NULL);

	if (error != CREDIT_OK)
		return refuse(row, problem, credit_error_text(error, lang));
	code->given = true;
	return CREDIT_OK;
}

static enum credit_error set_record(const struct option *row, char *text, void *value,
	enum credit_lang lang, struct credit_problem *problem)
{
	struct option_record *record = value;

	if (credit_hex_decode(text, strlen(text), record->id.byte, sizeof record->id.byte) !=
		CREDIT_OK)
		return refuse(row, problem,
			in(lang, "a record id of 32 hexadecimal digits",
				"须为 32 位十六进制记录编号"));
	record->given = true;
	return CREDIT_OK;
}

static enum credit_error set_choice(const struct option *row, char *text, void *value,
	enum credit_lang lang, struct credit_problem *problem)
{
	char why[CREDIT_DETAIL_MAX];
	size_t used = 0;

	for (const struct option_choice *choice = row->choices; choice->name; choice++) {
		if (strcmp(choice->name, text) == 0) {
			*(uint32_t *)value = choice->value;
			return CREDIT_OK;
		}
	}
	used = (size_t)snprintf(why, sizeof why, "%s", in(lang, "one of", "可选："));
	for (const struct option_choice *choice = row->choices; choice->name; choice++) {
		if (used < sizeof why)
			used += (size_t)snprintf(
				why + used, sizeof why - used, " %s", choice->name);
	}
	return refuse(row, problem, why);
}

static enum credit_error set_list(const struct option *row, char *text, void *value,
	enum credit_lang lang, struct credit_problem *problem)
{
	struct option_list *list = value;

	if (list->count == OPTION_LIST_MAX)
		return refuse(row, problem, in(lang, "at most 64 times", "最多 64 次"));
	list->items[list->count++] = text;
	return CREDIT_OK;
}

static const struct {
	enum credit_error (*set)(const struct option *row, char *text, void *value,
		enum credit_lang lang, struct credit_problem *problem);
	size_t size; /* of the value; all bytes zero means not given */
} types[] = {
	[OPTION_FLAG] = {NULL, sizeof(bool)},
	[OPTION_TEXT] = {set_text, sizeof(char *)},
	[OPTION_NUMBER] = {set_number, sizeof(uint64_t)},
	[OPTION_DATE] = {set_date, sizeof(credit_day_t)},
	[OPTION_USCC] = {set_uscc, sizeof(struct option_uscc)},
	[OPTION_RECORD] = {set_record, sizeof(struct option_record)},
	[OPTION_CHOICE] = {set_choice, sizeof(uint32_t)},
	[OPTION_LIST] = {set_list, sizeof(size_t)},
};

static bool is_given(const struct option *row, void *values)
{
	const unsigned char *value = place(row, values);

	for (size_t i = 0; i < types[row->type].size; i++) {
		if (value[i] != 0)
			return true;
	}
	return false;
}

/* --- words ------------------------------------------------------------------------------------ */

/* "--name=value", "--name" or "-n": the row, its set, and the value that came in the same word. */
struct found {
	const struct option *row;
	void *values;
	char *value;
};

static bool matches(const struct option *row, const char *word)
{
	size_t length = strlen(row->name);

	if (word[1] != '-')
		return row->letter != 0 && word[1] == row->letter && word[2] == '\0';
	return strncmp(word + 2, row->name, length) == 0 &&
	       (word[2 + length] == '\0' || word[2 + length] == '=');
}

static enum credit_error unknown(const struct option_set *sets, size_t set_count, const char *word,
	enum credit_lang lang, struct credit_problem *problem)
{
	const char *names[NAMES_MAX];
	char name[CREDIT_FIELD_PATH_MAX];
	const char *near;
	size_t count = 0;

	for (size_t i = 0; i < set_count; i++)
		for (const struct option *row = sets[i].rows; row && row->name; row++)
			if (count < NAMES_MAX)
				names[count++] = row->name;
	snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
	near = word[1] == '-' ? nearest_name(name + 2, names, count) : NULL;
	if (near)
		return credit_problem_set(problem, CREDIT_E_USAGE, name, NULL,
			in(lang, "no such option; did you mean --%s?", "没有此选项；是否为 --%s？"),
			near);
	return credit_problem_set(problem, CREDIT_E_USAGE, name, NULL, "%s",
		in(lang, "no such option", "没有此选项"));
}

static enum credit_error find(const struct option_set *sets, size_t set_count, char *word,
	enum credit_lang lang, struct found *ret_found, struct credit_problem *problem)
{
	for (size_t i = 0; i < set_count; i++) {
		for (const struct option *row = sets[i].rows; row && row->name; row++) {
			if (!matches(row, word))
				continue;
			char *equals = word[1] == '-' ? strchr(word, '=') : NULL;
			*ret_found =
				(struct found){row, sets[i].values, equals ? equals + 1 : NULL};
			return CREDIT_OK;
		}
	}
	return unknown(sets, set_count, word, lang, problem);
}

/* Takes the option at words[0] and its value; *ret_used is 1 or 2. */
static enum credit_error take(const struct option_set *sets, size_t set_count, char **words,
	size_t word_count, enum credit_lang lang, size_t *ret_used, struct credit_problem *problem)
{
	struct found found = {NULL, NULL, NULL};
	enum credit_error error = find(sets, set_count, words[0], lang, &found, problem);
	size_t used = 1;

	if (error != CREDIT_OK)
		return error;
	if (found.row->type == OPTION_FLAG) {
		if (found.value)
			return refuse(found.row, problem, in(lang, "takes no value", "不带值"));
		*(bool *)place(found.row, found.values) = true;
		*ret_used = 1;
		return CREDIT_OK;
	}
	if (!found.value) {
		if (word_count < 2)
			return refuse(
				found.row, problem, in(lang, "a value must follow", "缺少值"));
		found.value = words[1];
		used = 2;
	}
	error = types[found.row->type].set(
		found.row, found.value, place(found.row, found.values), lang, problem);
	if (error == CREDIT_OK)
		*ret_used = used;
	return error;
}

enum credit_error options_parse(const struct option_set *sets, size_t set_count, char **words,
	size_t word_count, bool stop, enum credit_lang lang, size_t *ret_count, size_t *ret_used,
	struct credit_problem *problem)
{
	size_t at = 0, count = 0, used = 0;
	bool ended = false;

	while (at < word_count) {
		if (!ended && strcmp(words[at], "--") == 0) {
			ended = true;
			at++;
		} else if (!ended && words[at][0] == '-' && words[at][1] != '\0') {
			enum credit_error error = take(
				sets, set_count, words + at, word_count - at, lang, &used, problem);
			if (error != CREDIT_OK)
				return error;
			at += used;
		} else if (stop) {
			break;
		} else {
			words[count++] = words[at++];
		}
	}
	*ret_count = count;
	*ret_used = at;
	return CREDIT_OK;
}

/* Does another option that was given stand for this one? */
static bool is_excused(const struct option_set *set, const struct option *row)
{
	for (const struct option *other = set->rows; row->unless && other->name; other++) {
		if (strcmp(other->name, row->unless) == 0)
			return is_given(other, set->values);
	}
	return false;
}

enum credit_error options_complete(
	const struct option_set *set, enum credit_lang lang, struct credit_problem *problem)
{
	for (const struct option *row = set->rows; row && row->name; row++) {
		char *value = row->environment ? getenv(row->environment) : NULL;

		if (is_given(row, set->values))
			continue;
		if (value && value[0] != '\0') {
			enum credit_error error = types[row->type].set(
				row, value, place(row, set->values), lang, problem);
			if (error != CREDIT_OK)
				return error;
		} else if (row->required && !is_excused(set, row)) {
			return refuse(row, problem,
				in(lang, "this option is required", "必须给出此选项"));
		}
	}
	return CREDIT_OK;
}

/* --- help ------------------------------------------------------------------------------------- */

#define HELP_COLUMN 30

static void print_choices(FILE *file, const struct option *row)
{
	const char *before = " (";

	for (const struct option_choice *choice = row->choices; choice && choice->name; choice++) {
		fprintf(file, "%s%s", before, choice->name);
		before = " | ";
	}
	if (row->choices)
		fputc(')', file);
}

void options_help(FILE *file, const struct option *rows, enum credit_lang lang)
{
	for (const struct option *row = rows; row && row->name; row++) {
		char left[96];
		int length;

		if (row->letter != 0)
			length = snprintf(left, sizeof left, "  -%c, --%s%s%s", row->letter,
				row->name, row->value ? " " : "", row->value ? row->value : "");
		else
			length = snprintf(left, sizeof left, "  --%s%s%s", row->name,
				row->value ? " " : "", row->value ? row->value : "");
		if (length < HELP_COLUMN - 1)
			fprintf(file, "%-*s", HELP_COLUMN, left);
		else
			fprintf(file, "%s\n%*s", left, HELP_COLUMN, "");
		fputs(row->help[lang], file);
		print_choices(file, row);
		if (row->required && row->unless)
			fprintf(file,
				in(lang, " [required unless --%s]", "〔除非给出 --%s，必填〕"),
				row->unless);
		else if (row->required)
			fputs(in(lang, " [required]", "〔必填〕"), file);
		if (row->environment)
			fprintf(file, " [$%s]", row->environment);
		fputc('\n', file);
	}
}
