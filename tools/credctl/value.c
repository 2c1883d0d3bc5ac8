/* SPDX-License-Identifier: Apache-2.0
 *
 * value.c - values as they stand in a department's files.
 */
#include "value.h"

#include "bilingual.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_CHARACTERS 20
#define SHOWN_DIGITS 6
#define LONG_DIGITS 15 /* the shorter identity number */
#define FEN_MAX INT64_C(1000000000000000)
#define DECIMALS 6 /* of 10,000 yuan: the sixth is one fen */

/* Dates that a spreadsheet counts from 1899-12-30; the range is 1954 to 2064. */
#define SERIAL_MIN 20000
#define SERIAL_MAX 60000
#define SERIAL_EPOCH (-25569)

#define LONG_TERM_DAYS 47481 /* 2099-12-31 */

/* --- showing ---------------------------------------------------------------------------------- */

static bool is_digit(uint8_t character)
{
	return character >= '0' && character <= '9';
}

static bool is_any_digit(uint32_t character)
{
	return (character >= '0' && character <= '9') ||
	       (character >= 0xff10 && character <= 0xff19); /* full width */
}

static size_t longest_run(struct credit_bytes value)
{
	size_t longest = 0, run = 0;

	for (size_t at = 0; at < value.size;) {
		uint32_t character;
		size_t length = credit_utf8_next(value.data + at, value.size - at, &character);

		if (length == 0)
			break;
		run = is_any_digit(character) ? run + 1 : 0;
		if (run > longest)
			longest = run;
		at += length;
	}
	return longest;
}

/* Copies characters; control characters become spaces, with `mask` runs of digits end in stars. */
static void copy_shown(struct credit_bytes value, bool mask, struct credit_buffer *out)
{
	size_t characters = 0, run = 0, at = 0;

	for (; at < value.size && characters < SHOWN_CHARACTERS; characters++) {
		uint32_t character;
		size_t length = credit_utf8_next(value.data + at, value.size - at, &character);

		if (length == 0)
			break;
		run = is_any_digit(character) ? run + 1 : 0;
		if (character < 0x20 || (character >= 0x7f && character < 0xa0))
			credit_buffer_put_u8(out, ' ');
		else if (mask && run > SHOWN_DIGITS)
			credit_buffer_put_u8(out, '*');
		else
			credit_buffer_put(out, value.data + at, length);
		at += length;
	}
	if (at < value.size)
		credit_buffer_put_text(out, "…");
}

const char *value_safe(struct credit_bytes value, char text[VALUE_SAFE_SIZE])
{
	enum credit_error found = credit_guard_text(value, CREDIT_TEXT_FREE, NULL);
	enum credit_uscc_kind kind = credit_uscc_classify(value, NULL);
	bool mask = longest_run(value) >= LONG_DIGITS && kind != CREDIT_KIND_USCC;
	struct credit_buffer out;

	/* Twenty characters of four bytes and the ellipsis: the buffer cannot overflow. */
	_Static_assert(4 * SHOWN_CHARACTERS <= VALUE_SAFE_SIZE - 4, "what is shown fits");
	credit_buffer_init(&out, text, VALUE_SAFE_SIZE - 1);
	if (kind == CREDIT_KIND_RESIDENT_ID || kind == CREDIT_KIND_USCC_AMBIGUOUS ||
		found == CREDIT_E_PERSONAL_ID || found == CREDIT_E_PERSONAL_PHONE)
		credit_buffer_put_text(&out, "***");
	else
		copy_shown(value, mask, &out);
	text[out.size] = '\0';
	return text;
}

/* --- trimming --------------------------------------------------------------------------------- */

/* In UTF-8: U+00A0, U+3000, U+FEFF. */
static const char *const spaces[] = {
	" ", "\t", "\r", "\n", "\xc2\xa0", "\xe3\x80\x80", "\xef\xbb\xbf"};
#define NOTHING_MAX 6 /* bytes of the longest word for nothing */
#define SPACES (sizeof spaces / sizeof spaces[0])

/* Can the byte at the cell's end be one of a space? For nearly all text it cannot. */
static bool may_be_space(struct credit_bytes cell, bool end)
{
	static const char edges[2][sizeof " \t\r\n" + 3] = {
		" \t\r\n\xc2\xe3\xef", " \t\r\n\xa0\x80\xbf"};
	uint8_t byte = cell.size == 0 ? 0 : end ? cell.data[cell.size - 1] : cell.data[0];

	return byte != 0 && strchr(edges[end], byte) != NULL;
}

static size_t space_at(struct credit_bytes cell, bool end)
{
	if (!may_be_space(cell, end))
		return 0;
	for (size_t i = 0; i < SPACES; i++) {
		size_t length = strlen(spaces[i]);

		if (length <= cell.size && memcmp(end ? cell.data + cell.size - length : cell.data,
						   spaces[i], length) == 0)
			return length;
	}
	return 0;
}

struct credit_bytes value_trim(struct credit_bytes cell)
{
	size_t length;

	while ((length = space_at(cell, false)) > 0) {
		cell.data += length;
		cell.size -= length;
	}
	while ((length = space_at(cell, true)) > 0)
		cell.size -= length;
	return cell;
}

bool value_is_nothing(struct credit_bytes cell)
{
	static const char *const words[] = {
		"", "/", "\\", "-", "--", "—", "——", "无", "空", "N/A", "n/a", "NULL", "null"};

	for (size_t i = 0; cell.size <= NOTHING_MAX && i < sizeof words / sizeof words[0]; i++) {
		if (credit_bytes_equal(cell, credit_bytes_of(words[i])))
			return true;
	}
	return false;
}

/* --- what spreadsheets do --------------------------------------------------------------------- */

static size_t digits_at(struct credit_bytes cell, size_t at)
{
	size_t count = 0;

	while (at + count < cell.size && is_digit(cell.data[at + count]))
		count++;
	return count;
}

/* [-]digits[.digits]E[+-]digits */
static bool is_exponent_form(struct credit_bytes cell)
{
	size_t at = cell.size > 0 && cell.data[0] == '-' ? 1 : 0;
	size_t whole = digits_at(cell, at);

	at += whole;
	if (at < cell.size && cell.data[at] == '.')
		at += 1 + digits_at(cell, at + 1);
	if (whole == 0 || at >= cell.size || (cell.data[at] != 'E' && cell.data[at] != 'e'))
		return false;
	at++;
	if (at < cell.size && (cell.data[at] == '+' || cell.data[at] == '-'))
		at++;
	return at < cell.size && at + digits_at(cell, at) == cell.size;
}

/* digits.0 */
static bool is_float_form(struct credit_bytes cell)
{
	size_t whole = digits_at(cell, 0);

	return whole > 0 && whole + 2 == cell.size && cell.data[whole] == '.' &&
	       cell.data[whole + 1] == '0';
}

/* What was found, and what is wrong with it in both languages. */
static enum credit_error refuse(enum credit_error error, struct credit_bytes cell, const char *en,
	const char *zh, struct credit_problem *problem)
{
	char shown[VALUE_SAFE_SIZE];

	value_safe(cell, shown);
	return credit_problem_set(
		problem, error, NULL, NULL, "%s: %s" BILINGUAL "%s：%s", shown, en, shown, zh);
}

static enum credit_error excel(
	struct credit_bytes cell, const char *en, const char *zh, struct credit_problem *problem)
{
	return refuse(CREDIT_E_CSV_EXCEL_NUMBER, cell, en, zh, problem);
}

enum credit_error value_check_spreadsheet(struct credit_bytes cell, struct credit_problem *problem)
{
	if (is_exponent_form(cell))
		return excel(cell, "exponent form", "科学计数法", problem);
	if (is_float_form(cell))
		return excel(cell, "trailing .0", "末尾多出 .0", problem);
	return CREDIT_OK;
}

/* --- money ------------------------------------------------------------------------------------ */

enum credit_error value_money(
	struct credit_bytes cell, credit_fen_t *ret_fen, struct credit_problem *problem)
{
	size_t whole = digits_at(cell, 0), decimals = 0;
	int64_t fen = 0;

	if (is_exponent_form(cell))
		return excel(cell, "exponent form", "科学计数法", problem);
	if (whole < cell.size && cell.data[whole] == '.') {
		decimals = digits_at(cell, whole + 1);
		if (decimals == 0 || whole + 1 + decimals != cell.size)
			whole = 0;
	} else if (whole != cell.size) {
		whole = 0;
	}
	if (whole == 0)
		return refuse(CREDIT_E_CSV_VALUE, cell, "10,000 yuan as digits, e.g. 12.5",
			"以万元为单位的数字，如 12.5", problem);
	if (decimals > DECIMALS)
		return refuse(
			CREDIT_E_CSV_VALUE, cell, "more than 6 decimals", "小数超过 6 位", problem);
	for (size_t i = 0; i < whole + DECIMALS; i++) {
		size_t at = i < whole ? i : i + 1;
		int64_t digit = i < whole + decimals ? cell.data[at] - '0' : 0;

		fen = fen * 10 + digit;
		if (fen > FEN_MAX)
			return refuse(CREDIT_E_CSV_VALUE, cell, "at most 1,000,000,000",
				"最大 1000000000", problem);
	}
	ret_fen->fen = fen;
	return CREDIT_OK;
}

/* --- dates ------------------------------------------------------------------------------------ */

/* Takes " 00:00:00", " 0:00", "T00:00:00" and the like off the end. */
static struct credit_bytes without_midnight(struct credit_bytes cell)
{
	size_t at = cell.size;

	while (at > 0 &&
		(cell.data[at - 1] == '0' || cell.data[at - 1] == ':' || cell.data[at - 1] == '.'))
		at--;
	if (at > 0 && at < cell.size && (cell.data[at - 1] == ' ' || cell.data[at - 1] == 'T') &&
		memchr(cell.data + at, ':', cell.size - at))
		return value_trim((struct credit_bytes){cell.data, at - 1});
	return cell;
}

/* Five digits, perhaps with a fraction for the time of day. */
static bool serial_date(struct credit_bytes cell, credit_day_t *ret_day)
{
	size_t whole = digits_at(cell, 0);
	int32_t serial = 0;

	if (whole != 5 ||
		(whole < cell.size && (cell.data[whole] != '.' ||
					      whole + 1 + digits_at(cell, whole + 1) != cell.size)))
		return false;
	for (size_t i = 0; i < whole; i++)
		serial = serial * 10 + (cell.data[i] - '0');
	ret_day->days = serial + SERIAL_EPOCH;
	return serial >= SERIAL_MIN && serial <= SERIAL_MAX;
}

enum credit_error value_date(
	struct credit_bytes cell, credit_day_t *ret_day, struct credit_problem *problem)
{
	char text[CREDIT_DAY_TEXT_SIZE], en[64], zh[64], shown[VALUE_SAFE_SIZE];
	credit_day_t day;

	if (serial_date(cell, &day)) {
		credit_day_text(day, text);
		snprintf(en, sizeof en, "a serial number, perhaps of %s", text);
		snprintf(zh, sizeof zh, "日期序列号，可能是 %s", text);
		return excel(cell, en, zh, problem);
	}
	if (is_exponent_form(cell) || is_float_form(cell))
		return value_check_spreadsheet(cell, problem);
	if (credit_day_parse(without_midnight(cell), ret_day) == CREDIT_OK)
		return CREDIT_OK;
	return credit_problem_set(
		problem, CREDIT_E_DATE_INVALID, NULL, NULL, "%s", value_safe(cell, shown));
}

bool value_is_long_term(credit_day_t day)
{
	return day.days >= LONG_TERM_DAYS;
}

/* --- codes ------------------------------------------------------------------------------------ */

/* A spreadsheet keeps fifteen digits of a number and writes zeros for the rest. */
static bool lost_digits(struct credit_bytes cell)
{
	return cell.size == CREDIT_USCC_SIZE && digits_at(cell, 0) == CREDIT_USCC_SIZE &&
	       memcmp(cell.data + 15, "000", 3) == 0;
}

enum credit_error value_uscc(struct credit_bytes cell, enum credit_uscc_evidence evidence,
	struct credit_uscc *ret_uscc, struct credit_problem *problem)
{
	enum credit_error error = value_check_spreadsheet(cell, problem);

	if (error != CREDIT_OK)
		return error;
	error = credit_uscc_parse(cell, evidence, ret_uscc, problem);
	if (error == CREDIT_OK || error == CREDIT_E_USCC_IS_RESIDENT_ID)
		return error;
	if (lost_digits(cell))
		return excel(cell, "last digits lost", "末位数字已丢失", problem);
	if (cell.size == CREDIT_USCC_SIZE - 1 && digits_at(cell, 0) == cell.size)
		return excel(
			cell, "17 digits, a zero may be lost", "仅 17 位，可能丢失 0", problem);
	return error;
}

enum credit_error value_asked_uscc(
	const char *typed, char text[CREDIT_USCC_SIZE + 1], struct credit_problem *problem)
{
	struct credit_bytes bytes = credit_bytes_of(typed);
	struct credit_uscc uscc;
	enum credit_error error = credit_uscc_parse(bytes, CREDIT_USCC_PLAIN, &uscc, problem);

	if (error != CREDIT_OK &&
		credit_uscc_parse(bytes, CREDIT_USCC_REGISTER, &uscc, NULL) != CREDIT_OK &&
		credit_uscc_parse(bytes, CREDIT_USCC_EXCEPTION, &uscc, NULL) != CREDIT_OK)
		return error;
	memcpy(text, uscc.character, CREDIT_USCC_SIZE);
	text[CREDIT_USCC_SIZE] = '\0';
	return CREDIT_OK;
}

/* --- ages ------------------------------------------------------------------------------------- */

enum credit_error value_age(const char *text, int64_t *ret_ms, struct credit_problem *problem)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
	char *end;
	long count = strtol(text, &end, 10);

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (end != text && *end == units[i].unit && end[1] == '\0' && count > 0 &&
			count <= 36500) {
			*ret_ms = count * units[i].ms;
			return CREDIT_OK;
		}
	return credit_problem_set(
		problem, CREDIT_E_USAGE, "--max-age", NULL, "a number and s, m, h or d, e.g. 24h");
}

/* --- moments ---------------------------------------------------------------------------------- */

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

/* `width` digits after `mark`, less than `end`; false leaves *at. */
static bool take_part(const char **at, char mark, size_t width, int64_t end, int64_t *ret_part)
{
	int64_t part = 0;

	if (mark != '\0' && **at != mark)
		return false;
	const char *digit = *at + (mark != '\0');
	for (size_t i = 0; i < width; i++, digit++) {
		if (!is_digit((uint8_t)*digit))
			return false;
		part = 10 * part + (*digit - '0');
	}
	if (part >= end)
		return false;
	*at = digit;
	*ret_part = part;
	return true;
}

/* What stands behind the date's "T" or space. */
static bool take_time(const char *at, int64_t *ret_last_ms)
{
	int64_t hour, minute, second = 59, ms = 999;

	if (!take_part(&at, '\0', 2, 24, &hour) || !take_part(&at, ':', 2, 60, &minute))
		return false;
	if (take_part(&at, ':', 2, 60, &second))
		(void)take_part(&at, '.', 3, 1000, &ms);
	*ret_last_ms = ((hour * 60 + minute) * 60 + second) * 1000 + ms;
	return *at == '\0' || strcmp(at, "+08:00") == 0;
}

enum credit_error value_moment(const char *text, credit_ms_t *ret_moment)
{
	size_t size = strcspn(text, "T ");
	int64_t last_ms = DAY_MS - 1;
	credit_day_t day;

	if (credit_day_parse((struct credit_bytes){(const uint8_t *)text, size}, &day) !=
			CREDIT_OK ||
		(text[size] != '\0' && !take_time(text + size + 1, &last_ms)))
		return CREDIT_E_DATE_INVALID;
	ret_moment->ms = credit_day_begins(day).ms + last_ms;
	return CREDIT_OK;
}
