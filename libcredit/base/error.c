/* SPDX-License-Identifier: Apache-2.0
 *
 * error.c - the error table, and the sentences made from it.
 *
 * The rows of CREDIT_ERROR_LIST become one table. Looking a row up walks it from the front: a few
 * hundred rows at most, and only when something is refused. A problem is of fixed size and its
 * strings are cut where they do not fit, always between two characters, so that the cut text is
 * still UTF-8 and can be put into a protobuf string.
 */
#include <credit/base.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct row {
	enum credit_error error;
	enum credit_error_class class;
	const char *name;
	const char *text[2]; /* by enum credit_lang */
	const char *remedy[2];
};

static const struct row rows[] = {
#define ROW(number, name, class_, en, zh, remedy_en, remedy_zh) \
	{CREDIT_E_##name, CREDIT_CLASS_##class_, #name, {en, zh}, {remedy_en, remedy_zh}},
	CREDIT_ERROR_LIST(ROW)
#undef ROW
};

/* A number of a newer version, or none at all: say so, never crash. */
static const struct row unknown = {CREDIT_E_INTERNAL, CREDIT_CLASS_INTERNAL, "UNKNOWN",
	{"an unknown error", "未知错误"},
	{"report it with the time and the request", "请将时间和请求内容报告给管理员"}};

static const struct row *find(enum credit_error error)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (rows[i].error == error)
			return &rows[i];
	}
	return &unknown;
}

const char *credit_error_name(enum credit_error error)
{
	return find(error)->name;
}

enum credit_error_class credit_error_class(enum credit_error error)
{
	return find(error)->class;
}

const char *credit_error_text(enum credit_error error, enum credit_lang lang)
{
	return find(error)->text[lang];
}

const char *credit_error_remedy(enum credit_error error, enum credit_lang lang)
{
	return find(error)->remedy[lang];
}

/* --- strings of fixed size ----------------------------------------------------------------- */

/* Takes the beginning of a character off the end of a text that was cut between bytes. */
static void cut_at_character(char *text)
{
	size_t length = strlen(text);
	size_t start = length;

	while (start > 0 && length - start < 4) {
		start--;
		if (((uint8_t)text[start] & 0xC0) != 0x80)
			break;
	}
	uint32_t code_point;
	size_t rest = length - start;
	if (credit_utf8_next((const uint8_t *)text + start, rest, &code_point) != rest)
		text[start] = '\0';
}

static void vprint(char *text, size_t size, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

static void vprint(char *text, size_t size, const char *format, va_list arguments)
{
	int length = vsnprintf(text, size, format, arguments);

	if (length < 0)
		text[0] = '\0';
	else if ((size_t)length >= size)
		cut_at_character(text);
}

static void print(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void print(char *text, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprint(text, size, format, arguments);
	va_end(arguments);
}

/* --- problems ------------------------------------------------------------------------------ */

enum credit_error credit_problem_set(struct credit_problem *problem, enum credit_error error,
	const char *field, const char *rule, const char *detail, ...)
{
	if (!problem)
		return error;

	/* Made aside first: the arguments may point into the problem that is written over. */
	struct credit_problem fresh = {.error = error};
	if (field)
		print(fresh.field, sizeof fresh.field, "%s", field);
	if (rule)
		print(fresh.rule, sizeof fresh.rule, "%s", rule);
	if (detail) {
		va_list arguments;
		va_start(arguments, detail);
		vprint(fresh.detail, sizeof fresh.detail, detail, arguments);
		va_end(arguments);
	}
	*problem = fresh;
	return error;
}

void credit_problem_prefix(struct credit_problem *problem, const char *prefix)
{
	if (!problem)
		return;

	char joined[CREDIT_FIELD_PATH_MAX];
	print(joined, sizeof joined, "%s%s", prefix, problem->field);
	memcpy(problem->field, joined, sizeof joined);
}

/* The words around the parts, by enum credit_lang. Each holds one %s (or %u) for its part. */
static const struct {
	const char *field, *field_end, *position, *detail, *rule, *remedy, *end;
} words[] = {
	[CREDIT_LANG_EN] = {"%s", ": ", "character %u", " (%s)", " [%s]", "; %s", "."},
	[CREDIT_LANG_ZH] = {"%s", "：", "第 %u 个字符", "（%s）", "〔%s〕", "；%s", "。"},
};

/* `format` comes from the table above only. */
static void put_part(struct credit_buffer *out, const char *format, const char *part)
{
	char text[CREDIT_PROBLEM_TEXT_MAX];

	if (part[0] == '\0')
		return;
	print(text, sizeof text, format, part);
	credit_buffer_put_text(out, text);
}

static void put_place(
	struct credit_buffer *out, const struct credit_problem *problem, enum credit_lang lang)
{
	char position[64] = "";

	put_part(out, words[lang].field, problem->field);
	if (problem->position > 0) {
		print(position, sizeof position, words[lang].position, problem->position);
		if (problem->field[0] != '\0')
			credit_buffer_put_text(out, lang == CREDIT_LANG_EN ? ", " : "，");
		credit_buffer_put_text(out, position);
	}
	if (problem->field[0] != '\0' || problem->position > 0)
		credit_buffer_put_text(out, words[lang].field_end);
}

const char *credit_problem_text(
	const struct credit_problem *problem, enum credit_lang lang, char *text, size_t size)
{
	/* Room for every part at its longest, so that only the last step can cut. */
	char whole[2 * CREDIT_PROBLEM_TEXT_MAX];
	struct credit_buffer out;

	credit_buffer_init(&out, whole, sizeof whole);
	put_place(&out, problem, lang);
	credit_buffer_put_text(&out, credit_error_text(problem->error, lang));
	put_part(&out, words[lang].detail, problem->detail);
	put_part(&out, words[lang].rule, problem->rule);
	put_part(&out, words[lang].remedy, credit_error_remedy(problem->error, lang));
	credit_buffer_put_text(&out, words[lang].end);
	credit_buffer_put_u8(&out, '\0');
	if (size > 0)
		print(text, size, "%s", whole);
	return text;
}
