/* SPDX-License-Identifier: Apache-2.0
 *
 * parts.h - what the files of this room share: folding, the single tests, the table of names.
 */
#ifndef CREDIT_USCC_PARTS_H
#define CREDIT_USCC_PARTS_H

#include <credit/uscc.h>

/* --- fold.c ---------------------------------------------------------------------------------- */

/* Of CJK Unified Ideographs and their extension A: most of our text. */
static inline bool credit__is_ideograph(uint32_t code_point)
{
	return code_point >= 0x3400 && code_point <= 0x9FFF;
}

/* What is not ASCII: see credit__fold_character. */
char credit__fold_other(uint32_t code_point);

/* The ASCII character that a person means by this one: full-width forms, and the many spaces,
 * hyphens and middle dots, become the plain ones; ASCII stays. '\0' for everything else. */
static inline char credit__fold_character(uint32_t code_point)
{
	return code_point < 0x80 ? (char)code_point : credit__fold_other(code_point);
}

/* As credit__fold_character, but letters become capitals. */
static inline char credit__fold_capital(uint32_t code_point)
{
	char c = credit__fold_character(code_point);

	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

#define CREDIT__FOLDED_MAX 64 /* bytes of text that are looked at, so never more characters */

struct credit__folded {
	char character[CREDIT__FOLDED_MAX + 1]; /* NUL-terminated */
	size_t length;
	uint32_t stranger; /* where folding stopped: the character that is not printable ASCII */
	bool strange;      /* it did stop */
	bool complete;     /* the whole text is in `character` */
};

void credit__fold_text(struct credit_bytes text, struct credit__folded *ret_folded);

/* --- check.c --------------------------------------------------------------------------------- */

/* Is the character one of the 31 of GB 32100? */
bool credit__uscc_character(char c);

/* --- names.c --------------------------------------------------------------------------------- */

bool credit__uscc_department_known(char department);
bool credit__uscc_category_known(char department, char category);

/* --- resident_id.c, older_codes.c ------------------------------------------------------------ */

bool credit__is_province(const char digits[2]);

/* Ninth character of an organisation code (GB 11714) after eight capitals or digits. */
char credit__organisation_check_character(const char code[8]);
/* Nine characters without the hyphen. */
bool credit__organisation_code_check(const char code[9]);
/* Registration number, old identity number or nothing. */
enum credit_uscc_kind credit__classify_fifteen(const char digits[15]);

/* --- phone.c --------------------------------------------------------------------------------- */

/* Digits as one number, of which the first `first` stand apart (first == length: none do). */
bool credit__is_mobile(const char *digits, size_t length, size_t first);
/* `trunk` is 1 when the area code has its leading 0, 0 when a country code stands in its place. */
bool credit__is_landline(const char *digits, size_t length, size_t first, size_t trunk);

#endif
