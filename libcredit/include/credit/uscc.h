/* SPDX-License-Identifier: Apache-2.0
 *
 * uscc.h - the Unified Social Credit Code (统一社会信用代码) and the numbers mistaken for it.
 *
 * A code has 18 characters of the alphabet 0-9 A-Z without I O S V Z:
 *     1 registering department, 1 category, 6 administrative division, 9 organisation code, 1 check
 * and passes three tests: known first two characters, the inner organisation code's modulus 11,
 * the whole code's modulus 31. A resident identity number is tested for first and refused; a code
 * that passes both families (about 0.14 % of identity numbers do) is refused until the base
 * register vouches for it.
 *
 * Nothing here allocates. Threads: pure functions.
 *
 * Source: GB 32100-2015 with Amendment No. 1 (layout 4, check character 5 and annex A), GB 11714-1997
 * (organisation code), GB 11643-1999 (resident identity number, ISO 7064 MOD 11-2), and the
 * 15-digit registration number (ISO 7064 MOD 11,10).
 */
#ifndef CREDIT_USCC_H
#define CREDIT_USCC_H

#include <credit/base.h>

#define CREDIT_USCC_SIZE 18

/* Eighteen characters, checked, without a NUL. */
struct credit_uscc {
	char character[CREDIT_USCC_SIZE];
};

/* How much is vouched for by evidence outside the code itself. */
enum credit_uscc_evidence {
	CREDIT_USCC_PLAIN,    /* nothing: all tests must pass and no identity number may fit */
	CREDIT_USCC_REGISTER, /* the base register shows this very code: an identity-number
	                       * collision is accepted */
	CREDIT_USCC_EXCEPTION /* an authority vouches for a code that fails a check character (early
	                       * pilots): modulus 31 and 11 may fail; alphabet, first two
	                       * characters, division and the identity test still hold */
};

/* What a text is, whether or not it is acceptable. */
enum credit_uscc_kind {
	CREDIT_KIND_NOTHING,
	CREDIT_KIND_USCC,
	CREDIT_KIND_USCC_FLAGGED,        /* well-formed but for a check character */
	CREDIT_KIND_USCC_AMBIGUOUS,      /* a code and an identity number at once */
	CREDIT_KIND_RESIDENT_ID,         /* 18 or 15 digits */
	CREDIT_KIND_REGISTRATION_NUMBER, /* 15 digits */
	CREDIT_KIND_ORGANISATION_CODE    /* XXXXXXXX-X */
};

/* Folds and checks. `text` is UTF-8 as typed: full-width forms, lower case, spaces (also U+3000 and
 * U+00A0) and hyphens are folded; O is never taken for 0 nor I for 1. At most 64 bytes are looked
 * at. On failure `problem` (may be NULL) says what is wrong: position is the character's place in
 * the folded code, detail names the found and, for check characters, the expected character, rule
 * the clause. Returns CREDIT_OK and fills *ret_uscc; or a CREDIT_E_USCC_* error and leaves it. */
CREDIT_API enum credit_error credit_uscc_parse(struct credit_bytes text,
	enum credit_uscc_evidence evidence, struct credit_uscc *ret_uscc,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* The hot path: exactly 18 bytes, already folded. The same verdict as credit_uscc_parse with
 * CREDIT_USCC_PLAIN, without an explanation. */
CREDIT_API enum credit_error credit_uscc_check(const char code[CREDIT_USCC_SIZE]) CREDIT_MUST_CHECK;

/* What the text is; *ret_folded (may be NULL, 19 bytes) gets the folded characters, or "" when they
 * are more than 18 or not all of ASCII. Fifteen digits that could be either are a registration
 * number when its check digit fits and the serial is believable, else an identity number. */
CREDIT_API enum credit_uscc_kind credit_uscc_classify(struct credit_bytes text, char *ret_folded);

/* Check character of 17 folded characters; '\0' when one of them is not in the alphabet. */
CREDIT_API char credit_uscc_check_character(const char code[17]);

/* Names of the registering department and category, "" when unknown. */
CREDIT_API const char *credit_uscc_department(
	const struct credit_uscc *uscc, enum credit_lang lang);
CREDIT_API const char *credit_uscc_category(const struct credit_uscc *uscc, enum credit_lang lang);

/* 18 or 15 characters that are a resident identity number: province, birth date 1850..2099, and
 * for 18 the check character. Case of the final x does not matter. Fifteen may at the same time be
 * a registration number; credit_uscc_classify decides. */
CREDIT_API bool credit_resident_id_check(const char *digits, size_t length);

/* --- the personal-data guard --- */

enum credit_text_kind {
	CREDIT_TEXT_FREE,           /* prose: identity numbers and telephone-like numbers refused */
	CREDIT_TEXT_DOCUMENT_NUMBER /* a document's number: telephone-like numbers allowed */
};

/* Scans a text (UTF-8) for what must not be in it. Digits are recognised in half and full width,
 * and with spaces, hyphens or dots between them. Valid unified social credit codes inside a text
 * are passed over, unless ambiguous; so are amounts of money, serial numbers after a year in
 * brackets, and service numbers (400, 800). On a find: CREDIT_E_PERSONAL_ID or
 * CREDIT_E_PERSONAL_PHONE with problem->position the 1-based character at which it begins (field is
 * left to the caller). Also CREDIT_E_UTF8_INVALID and CREDIT_E_CONTROL_CHARACTER (tab and newline
 * are allowed in free text). Numbers themselves are never copied into the problem. */
CREDIT_API enum credit_error credit_guard_text(struct credit_bytes text, enum credit_text_kind kind,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
