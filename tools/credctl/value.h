/* SPDX-License-Identifier: Apache-2.0
 *
 * value.h - values as they stand in a department's files.
 *
 * Each converter takes one cell, already trimmed, and refuses what it cannot take exactly. What a
 * spreadsheet has changed (a code shown as 9.13501E+17, a date as 45000) is recognised and refused
 * with a sentence that says so: guessing would put a false record under somebody's name.
 */
#ifndef CREDCTL_VALUE_H
#define CREDCTL_VALUE_H

#include <credit/base.h>
#include <credit/uscc.h>

/* --- showing ---------------------------------------------------------------------------------- */

/* A value for a message: cut short, on one line, and never a number of a person: fifteen and more
 * digits in a row are shown by their first six, what the guard finds is not shown at all. */
#define VALUE_SAFE_SIZE 88
const char *value_safe(struct credit_bytes value, char text[VALUE_SAFE_SIZE]);

/* --- taking ----------------------------------------------------------------------------------- */

/* White space (also U+3000, U+00A0 and U+FEFF) off both ends. */
struct credit_bytes value_trim(struct credit_bytes cell);
/* "", "/", "-", "--", "无", "—" and the like, which departments write for "nothing". */
bool value_is_nothing(struct credit_bytes cell);

/* A number in exponent form, or with a trailing ".0": CREDIT_E_CSV_EXCEL_NUMBER. */
enum credit_error value_check_spreadsheet(
	struct credit_bytes cell, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* 万元 with at most six decimals, which is one fen; at most 10^15 fen. CREDIT_E_CSV_VALUE,
 * _CSV_EXCEL_NUMBER. */
enum credit_error value_money(struct credit_bytes cell, credit_fen_t *ret_fen,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* The forms of credit_day_parse, also followed by a time of midnight. A serial number of a spreadsheet
 * is refused, and the date named that it would be. CREDIT_E_DATE_INVALID, _CSV_EXCEL_NUMBER. */
enum credit_error value_date(struct credit_bytes cell, credit_day_t *ret_day,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* 2099-12-31 or later says "for ever". */
bool value_is_long_term(credit_day_t day);

/* A code; before its own tests, what a spreadsheet does to codes. CREDIT_E_USCC_*,
 * _CSV_EXCEL_NUMBER. */
enum credit_error value_uscc(struct credit_bytes cell, enum credit_uscc_evidence evidence,
	struct credit_uscc *ret_uscc, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* A code to ask about: also one that could be enrolled only with evidence. The problem is that of a
 * code without evidence. `text` gets the 18 characters. */
enum credit_error value_asked_uscc(const char *typed, char text[CREDIT_USCC_SIZE + 1],
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* How old a proof may be, "24h": a number up to 36,500 and s, m, h or d. CREDIT_E_USAGE of --max-age. */
enum credit_error value_age(
	const char *text, int64_t *ret_ms, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* A moment in China: a date of credit_day_parse, or one with a time behind it, "2026-05-20T10:00",
 * "2026-05-20 10:00:05", "2026-05-20T10:00:05.250+08:00". The last millisecond of what was given: of the
 * day, the minute, the second. CREDIT_E_DATE_INVALID. */
enum credit_error value_moment(const char *text, credit_ms_t *ret_moment) CREDIT_MUST_CHECK;

#endif
