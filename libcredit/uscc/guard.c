/* SPDX-License-Identifier: Apache-2.0
 *
 * guard.c - keeping numbers of persons out of free text.
 *
 * One pass over the characters, nothing allocated. Two things are remembered on the way:
 *
 *   the run    the last eighteen digits, over spaces, hyphens, dots and brackets between them. Each
 *              new digit (or X) asks whether the last eighteen are an identity number. That test is
 *              sharp (about 1 in 40,000 for random digits), so it may look into longer runs.
 *   the groups the last three stretches of digits with nothing between. Fifteen-digit identity
 *              numbers and telephone numbers have little or no redundancy, so they must be whole
 *              groups, or divided as people divide them (138 1234 5678, 010-87654321).
 *
 * What is deliberately let through, because the false alarms would be worse:
 *   - 400 and 800 service numbers, short numbers (12345) and local numbers without an area code:
 *     they are an organisation's, or cannot be told from other numbers;
 *   - amounts: digits with decimals, after a currency sign or before a unit of money;
 *   - digits directly after a year in brackets, which are a document's serial number;
 *   - digits that end in a date (room 139, 20260401), and groups with letters on both sides, as in
 *     a digest;
 *   - fifteen digits that are a business registration number;
 *   - valid unified social credit codes, unless they are an identity number too.
 */
#include "uscc/parts.h"

#include <string.h>

#define RUN_MAX 18
#define GROUPS 3
#define ORDINAL 0x7B2C /* the ideograph before a number that counts */
#define JOINERS_MAX 3  /* in a row, that still hold a run together */
#define PHONE_MAX 12   /* digits: 0, area code of three, number of eight */

struct group {
	uint32_t position; /* of its first character in the text, 1-based */
	size_t length;
	uint32_t before; /* the code point just before it */
};

struct scan {
	struct credit_bytes text;
	enum credit_text_kind kind;
	size_t offset;     /* behind the character at hand */
	uint32_t position; /* of the character at hand, 1-based */
	uint32_t previous; /* the code point before it; 0 at the beginning */

	char run[RUN_MAX]; /* the newest digit is last */
	uint32_t run_position[RUN_MAX];
	size_t run_length;
	size_t joiners; /* since the last digit */

	struct group group[GROUPS]; /* the newest is last */
	size_t group_count;
	bool country;    /* +86 or 0086 came before the groups */
	bool after_year; /* a year in brackets came before the group */
};

/* --- characters ---------------------------------------------------------------------------- */

static bool is_digit(uint32_t code_point)
{
	char c = credit__fold_character(code_point);

	return c >= '0' && c <= '9';
}

static bool is_letter(uint32_t code_point)
{
	char c = credit__fold_capital(code_point);

	return c >= 'A' && c <= 'Z';
}

static bool is_digit_or_letter(uint32_t code_point)
{
	char c = credit__fold_capital(code_point);

	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

static bool is_joiner(uint32_t code_point)
{
	char c = credit__fold_character(code_point);

	return c != '\0' && strchr(" -.()", c);
}

/* What is invisible or turns the reading order has no place in a signed text either. The joiners
 * that Mongolian and Uyghur script need (U+200C, U+200D) have. */
static bool is_control(uint32_t code_point, enum credit_text_kind kind)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {/* ascending */
		{0x00, 0x1F}, {0x7F, 0x9F}, {0xAD, 0xAD}, {0x200B, 0x200B}, {0x200E, 0x200F},
		{0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB},
		{0xE0000, 0xE007F}};

	if (code_point >= ' ' && code_point <= '~')
		return false;
	if (kind == CREDIT_TEXT_FREE && (code_point == '\t' || code_point == '\n'))
		return false;
	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
		if (code_point <= ranges[i].last)
			return code_point >= ranges[i].first;
	}
	return false;
}

/* The code point `skip` characters behind `offset`, or 0 at the end of the text. */
static uint32_t peek_from(const struct scan *scan, size_t offset, size_t skip)
{
	uint32_t code_point = 0;

	for (size_t i = 0; i <= skip; i++) {
		size_t length = credit_utf8_next(
			scan->text.data + offset, scan->text.size - offset, &code_point);
		if (length == 0)
			return 0;
		offset += length;
	}
	return code_point;
}

static uint32_t peek(const struct scan *scan, size_t skip)
{
	return peek_from(scan, scan->offset, skip);
}

/* --- telephone numbers --------------------------------------------------------------------- */

/* Is the group that ends here an amount of money? */
static bool is_amount(const struct scan *scan)
{
	static const uint32_t signs[] = {'$', 0xA5, 0xFFE5, 0x20AC}; /* dollar, yuan twice, euro */
	static const uint32_t units[] = {
		0x5143, 0x5706, 0x4E07, 0x4EBF}; /* yuan twice, 10^4, 10^8 */
	uint32_t before = scan->group[GROUPS - 1].before;
	uint32_t next = peek(scan, 0);

	if (credit__fold_character(next) == '.' && is_digit(peek(scan, 1)))
		return true;
	if (credit__fold_character(next) == ' ')
		next = peek(scan, 1);
	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
		if (before == signs[i] || next == units[i])
			return true;
	}
	return false;
}

/* The last `count` groups as one number? */
static bool groups_are_phone(const struct scan *scan, size_t count)
{
	const struct group *group = &scan->group[GROUPS - count];
	char before = credit__fold_character(group[0].before);
	size_t length = group[0].length;

	/* The end of a longer number, such as 2026-139-1234-5678. */
	if (count > 1 && (before == '-' || before == '.') && !scan->country)
		return false;
	/* One point makes a fraction (131.12345678); two may divide a telephone number. */
	if (count == 2 && credit__fold_character(group[1].before) == '.')
		return false;
	for (size_t i = 1; i < count; i++) {
		if (group[i].length < 3)
			return false;
		length += group[i].length;
	}
	if (length > PHONE_MAX)
		return false;

	const char *digits = scan->run + RUN_MAX - length;
	return credit__is_mobile(digits, length, group[0].length) ||
	       credit__is_landline(digits, length, group[0].length, 1) ||
	       (scan->country && credit__is_landline(digits, length, group[0].length, 0));
}

/* Position of the telephone number that ends here, or 0. */
static uint32_t find_phone(const struct scan *scan)
{
	/* Behind +86 stands nothing else, whatever the field. */
	if ((scan->kind == CREDIT_TEXT_DOCUMENT_NUMBER || scan->after_year) && !scan->country)
		return 0;
	for (size_t count = 1; count <= scan->group_count; count++) {
		if (groups_are_phone(scan, count) && !is_amount(scan))
			return scan->group[GROUPS - count].position;
	}
	return 0;
}

/* --- identity numbers ---------------------------------------------------------------------- */

static bool is_eighteen(const struct scan *scan)
{
	return scan->run_length == RUN_MAX && credit_resident_id_check(scan->run, RUN_MAX);
}

/* Fifteen digits in one group, or divided as 110101 900307 123. */
static bool is_fifteen(const struct scan *scan)
{
	const struct group *group = scan->group;
	const char *digits = scan->run + RUN_MAX - 15;
	bool whole = group[2].length == 15;
	bool divided = scan->group_count == 3 && group[0].length == 6 && group[1].length == 6 &&
		       group[2].length == 3;

	return (whole || divided) && credit__classify_fifteen(digits) == CREDIT_KIND_RESIDENT_ID;
}

/* --- the pass ------------------------------------------------------------------------------ */

static void forget(struct scan *scan)
{
	scan->run_length = 0;
	scan->joiners = 0;
	scan->group_count = 0;
	scan->country = false;
}

static void push_run(struct scan *scan, char c)
{
	memmove(scan->run, scan->run + 1, RUN_MAX - 1);
	memmove(scan->run_position, scan->run_position + 1,
		(RUN_MAX - 1) * sizeof scan->run_position[0]);
	scan->run[RUN_MAX - 1] = c;
	scan->run_position[RUN_MAX - 1] = scan->position;
	if (scan->run_length < RUN_MAX)
		scan->run_length++;
	scan->joiners = 0;
}

static void push_group(struct scan *scan)
{
	memmove(scan->group, scan->group + 1, (GROUPS - 1) * sizeof scan->group[0]);
	scan->group[GROUPS - 1] =
		(struct group){.position = scan->position, .before = scan->previous};
	if (scan->group_count < GROUPS)
		scan->group_count++;
}

/* +86 and 0086 are a group of their own, even when the number follows without a space. */
static bool is_country_code(const struct scan *scan)
{
	const struct group *group = &scan->group[GROUPS - 1];
	const char *end = scan->run + RUN_MAX;
	bool plus = credit__fold_character(group->before) == '+';

	if (scan->group_count != 1)
		return false;
	return (plus && group->length == 2 && memcmp(end - 2, "86", 2) == 0) ||
	       (!plus && group->length == 4 && memcmp(end - 4, "0086", 4) == 0);
}

static enum credit_error end_group(struct scan *scan, uint32_t *ret_position)
{
	bool embedded = is_letter(scan->group[GROUPS - 1].before) && is_letter(peek(scan, 0));
	bool fifteen = !embedded && is_fifteen(scan);
	uint32_t phone = embedded ? 0 : find_phone(scan);

	scan->after_year = false;
	if (fifteen) {
		*ret_position = scan->run_position[RUN_MAX - 15];
		return CREDIT_E_PERSONAL_ID;
	}
	if (phone > 0) {
		*ret_position = phone;
		return CREDIT_E_PERSONAL_PHONE;
	}
	return CREDIT_OK;
}

static enum credit_error take_digit(struct scan *scan, char c, uint32_t *ret_position)
{
	/* The country code has made a group of its own, so a digit after it begins the next. */
	if (scan->group_count == 0 || !is_digit(scan->previous))
		push_group(scan);
	push_run(scan, c);
	scan->group[GROUPS - 1].length++;
	if (is_eighteen(scan)) {
		*ret_position = scan->run_position[0];
		return CREDIT_E_PERSONAL_ID;
	}
	if (is_country_code(scan)) {
		scan->group_count = 0;
		scan->country = true;
		return CREDIT_OK;
	}
	return is_digit(peek(scan, 0)) ? CREDIT_OK : end_group(scan, ret_position);
}

/* A closing bracket of any kind directly after a group of four digits that is a year. */
static bool closes_year(const struct scan *scan, uint32_t code_point)
{
	static const uint32_t closing[] = {')', ']', 0xFF09, 0xFF3D, 0x3015, 0x3011};
	const char *year = scan->run + RUN_MAX - 4;

	if (scan->group_count == 0 || scan->joiners > 0 || scan->group[GROUPS - 1].length != 4)
		return false;
	if (memcmp(year, "19", 2) != 0 && memcmp(year, "20", 2) != 0)
		return false;
	for (size_t i = 0; i < sizeof closing / sizeof closing[0]; i++) {
		if (code_point == closing[i])
			return true;
	}
	return false;
}

static void take_other(struct scan *scan, uint32_t code_point)
{
	bool joiner = is_joiner(code_point);

	/* Between the year and the serial number may stand a word for "number". */
	if (closes_year(scan, code_point))
		scan->after_year = true;
	else if (!joiner && code_point != ORDINAL)
		scan->after_year = false;

	if (!joiner || ++scan->joiners > JOINERS_MAX)
		forget(scan);
}

static enum credit_error take(struct scan *scan, uint32_t code_point, uint32_t *ret_position)
{
	char c = credit__fold_capital(code_point);

	if (c >= '0' && c <= '9')
		return take_digit(scan, c, ret_position);
	if (c == 'X' && scan->run_length > 0) {
		push_run(scan, c);
		if (is_eighteen(scan)) {
			*ret_position = scan->run_position[0];
			return CREDIT_E_PERSONAL_ID;
		}
	}
	take_other(scan, code_point);
	return CREDIT_OK;
}

/* Passes over a valid code, when no digit or letter touches it on either side. */
static bool skip_code(struct scan *scan)
{
	char code[CREDIT_USCC_SIZE];
	size_t offset = scan->offset, length;
	uint32_t code_point;

	if (is_digit_or_letter(scan->previous))
		return false;
	for (size_t i = 0; i < CREDIT_USCC_SIZE; i++, offset += length) {
		length = credit_utf8_next(
			scan->text.data + offset, scan->text.size - offset, &code_point);
		if (length == 0 || !is_digit_or_letter(code_point))
			return false;
		code[i] = credit__fold_capital(code_point);
	}
	if (is_digit_or_letter(peek_from(scan, offset, 0)) || credit_uscc_check(code) != CREDIT_OK)
		return false;

	scan->offset = offset;
	scan->position += CREDIT_USCC_SIZE;
	scan->previous = code_point;
	scan->after_year = false;
	forget(scan);
	return true;
}

/* Most of our text, which ends whatever digits came before and begins nothing. */
static bool skip_ideograph(struct scan *scan, uint32_t code_point, size_t length)
{
	if (!credit__is_ideograph(code_point) || code_point == ORDINAL)
		return false;
	scan->offset += length;
	scan->position++;
	scan->previous = code_point;
	scan->after_year = false;
	forget(scan);
	return true;
}

static enum credit_error scan_text(struct scan *scan, uint32_t *ret_position)
{
	while (scan->offset < scan->text.size) {
		uint32_t code_point = 0;
		size_t length = credit_utf8_next(scan->text.data + scan->offset,
			scan->text.size - scan->offset, &code_point);
		if (skip_ideograph(scan, code_point, length) ||
			(is_digit_or_letter(code_point) && skip_code(scan)))
			continue;
		scan->position++;
		*ret_position = scan->position;
		if (length == 0)
			return CREDIT_E_UTF8_INVALID;
		if (is_control(code_point, scan->kind))
			return CREDIT_E_CONTROL_CHARACTER;
		scan->offset += length;
		enum credit_error error = take(scan, code_point, ret_position);
		if (error != CREDIT_OK)
			return error;
		scan->previous = code_point;
	}
	return CREDIT_OK;
}

enum credit_error credit_guard_text(
	struct credit_bytes text, enum credit_text_kind kind, struct credit_problem *problem)
{
	struct scan scan = {.text = text, .kind = kind};
	uint32_t position = 0;
	enum credit_error error = scan_text(&scan, &position);

	if (error == CREDIT_OK)
		return CREDIT_OK;
	credit_problem_set(problem, error, NULL, NULL, NULL);
	if (problem)
		problem->position = position;
	return error;
}
