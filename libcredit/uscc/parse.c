/* SPDX-License-Identifier: Apache-2.0
 *
 * parse.c - from what was typed to a checked code, or to a refusal that says what to do.
 *
 * The verdict comes from check.c; here it is weighed against the evidence and explained. A number
 * of a person is never repeated in the explanation.
 *
 * Fifteen digits can be a business registration number or an identity number of before 1999. The
 * first has a check digit, the second none: so it is a registration number when that check passes
 * and the serial is believable, and otherwise an identity number when province and birth date are
 * plausible. (About one identity number in 25 is still called a registration number, and one
 * registration number in 50 an identity number; both are refused here, and the remedy is the same.)
 */
#include "uscc/parts.h"

#include <string.h>

static const char layout[] = "GB 32100-2015 4";
static const char identity_number[] = "GB 11643-1999";

/* --- what is it? --------------------------------------------------------------------------- */

static enum credit_uscc_kind classify_eighteen(const char *code)
{
	enum credit_error error = credit_uscc_check(code);

	if (error == CREDIT_OK)
		return CREDIT_KIND_USCC;
	if (error == CREDIT_E_USCC_AMBIGUOUS)
		return CREDIT_KIND_USCC_AMBIGUOUS;
	if (error == CREDIT_E_USCC_IS_RESIDENT_ID)
		return CREDIT_KIND_RESIDENT_ID;
	if (error == CREDIT_E_USCC_ORGANISATION_CHECK || error == CREDIT_E_USCC_CHECK)
		return CREDIT_KIND_USCC_FLAGGED;
	return CREDIT_KIND_NOTHING;
}

static enum credit_uscc_kind classify_folded(const struct credit__folded *folded)
{
	const char *code = folded->character;

	if (!folded->complete)
		return CREDIT_KIND_NOTHING;
	if (folded->length == CREDIT_USCC_SIZE)
		return classify_eighteen(code);
	if (folded->length == 15)
		return credit__classify_fifteen(code);
	if (folded->length == 9 && credit__organisation_code_check(code))
		return CREDIT_KIND_ORGANISATION_CODE;
	return CREDIT_KIND_NOTHING;
}

enum credit_uscc_kind credit_uscc_classify(struct credit_bytes text, char *ret_folded)
{
	struct credit__folded folded;

	credit__fold_text(text, &folded);
	if (ret_folded) {
		bool fits = folded.complete && folded.length <= CREDIT_USCC_SIZE;
		memcpy(ret_folded, folded.character, fits ? folded.length : 0);
		ret_folded[fits ? folded.length : 0] = '\0';
	}
	return classify_folded(&folded);
}

/* --- why not? ------------------------------------------------------------------------------ */

static enum credit_error explain_at(struct credit_problem *problem, enum credit_error error,
	const char *rule, size_t index, const char *code)
{
	credit_problem_set(problem, error, NULL, rule, "found %c", code[index]);
	if (problem)
		problem->position = (uint32_t)index + 1;
	return error;
}

/* A check character: also say what it would have to be for the rest to be right. */
static enum credit_error explain_check(struct credit_problem *problem, enum credit_error error,
	const char *rule, size_t index, const char *code, char expected)
{
	credit_problem_set(
		problem, error, NULL, rule, "found %c, expected %c", code[index], expected);
	if (problem)
		problem->position = (uint32_t)index + 1;
	return error;
}

static size_t first_outside_alphabet(const char *code)
{
	size_t i = 0;

	while (i < CREDIT_USCC_SIZE && credit__uscc_character(code[i]))
		i++;
	return i;
}

static size_t first_not_digit(const char *code, size_t i)
{
	while (code[i] >= '0' && code[i] <= '9')
		i++;
	return i;
}

static enum credit_error explain_code(
	enum credit_error error, const char *code, struct credit_problem *problem)
{
	if (error == CREDIT_E_USCC_CHARACTER || error == CREDIT_E_USCC_LETTER_EXCLUDED)
		return explain_at(problem, error, layout, first_outside_alphabet(code), code);
	if (error == CREDIT_E_USCC_DEPARTMENT)
		return explain_at(problem, error, layout,
			credit__uscc_department_known(code[0]) ? 1 : 0, code);
	if (error == CREDIT_E_USCC_REGION)
		return explain_at(problem, error, layout, first_not_digit(code, 2), code);
	if (error == CREDIT_E_USCC_ORGANISATION_CHECK)
		return explain_check(problem, error, "GB 11714-1997", 16, code,
			credit__organisation_check_character(code + 8));
	if (error == CREDIT_E_USCC_CHECK)
		return explain_check(problem, error, "GB 32100-2015 annex A", 17, code,
			credit_uscc_check_character(code));
	return credit_problem_set(problem, error, NULL, identity_number, NULL);
}

/* The text has a character that no folding brings into ASCII. */
static enum credit_error explain_stranger(
	const struct credit__folded *folded, struct credit_problem *problem)
{
	credit_problem_set(problem, CREDIT_E_USCC_CHARACTER, NULL, layout, "found U+%04X",
		(unsigned)folded->stranger);
	if (problem)
		problem->position = (uint32_t)folded->length + 1;
	return CREDIT_E_USCC_CHARACTER;
}

static enum credit_error explain_length(
	const struct credit__folded *folded, struct credit_problem *problem)
{
	static const struct {
		enum credit_uscc_kind kind;
		enum credit_error error;
		const char *rule;
	} others[] = {
		{CREDIT_KIND_RESIDENT_ID, CREDIT_E_USCC_IS_RESIDENT_ID, identity_number},
		{CREDIT_KIND_REGISTRATION_NUMBER, CREDIT_E_USCC_IS_REGISTRATION_NUMBER, layout},
		{CREDIT_KIND_ORGANISATION_CODE, CREDIT_E_USCC_IS_ORGANISATION_CODE, layout},
	};
	enum credit_uscc_kind kind = classify_folded(folded);

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		if (others[i].kind == kind)
			return credit_problem_set(
				problem, others[i].error, NULL, others[i].rule, NULL);
	}
	if (folded->complete && folded->length == 0)
		return credit_problem_set(problem, CREDIT_E_USCC_EMPTY, NULL, layout, NULL);
	return credit_problem_set(problem, CREDIT_E_USCC_LENGTH, NULL, layout, "found %zu%s",
		folded->length, folded->complete ? "" : " or more");
}

/* --- parse --------------------------------------------------------------------------------- */

static bool evidence_covers(enum credit_uscc_evidence evidence, enum credit_error error)
{
	if (evidence == CREDIT_USCC_REGISTER)
		return error == CREDIT_E_USCC_AMBIGUOUS;
	return evidence == CREDIT_USCC_EXCEPTION &&
	       (error == CREDIT_E_USCC_ORGANISATION_CHECK || error == CREDIT_E_USCC_CHECK);
}

enum credit_error credit_uscc_parse(struct credit_bytes text, enum credit_uscc_evidence evidence,
	struct credit_uscc *ret_uscc, struct credit_problem *problem)
{
	struct credit__folded folded;

	credit__fold_text(text, &folded);
	if (folded.strange)
		return explain_stranger(&folded, problem);
	if (!folded.complete || folded.length != CREDIT_USCC_SIZE)
		return explain_length(&folded, problem);

	enum credit_error error = credit_uscc_check(folded.character);
	if (error != CREDIT_OK && !evidence_covers(evidence, error))
		return explain_code(error, folded.character, problem);
	memcpy(ret_uscc->character, folded.character, CREDIT_USCC_SIZE);
	return CREDIT_OK;
}
