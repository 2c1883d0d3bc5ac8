/* SPDX-License-Identifier: Apache-2.0
 *
 * words.h - the contract's numbers as scripts and people read them: tasks, measures, records.
 */
#ifndef CREDCTL_WORDS_H
#define CREDCTL_WORDS_H

#include "options.h"

struct word {
	uint32_t value;
	const char *name;    /* in options and JSON */
	const char *text[2]; /* by enum credit_lang */
};
struct words {
	const struct word *rows;
	size_t count;
};

extern const struct words words_task_kind, words_task_state, words_measure_state,
	words_removal_cause, words_case_kind, words_case_state, words_record_kind,
	words_record_state, words_outcome;
/* The same names as --kind takes them. */
extern const struct option_choice choices_task_kind[];

/* "?" for a number that this version does not know. */
const char *words_name(const struct words *words, uint32_t value);
const char *words_text(const struct words *words, uint32_t value, enum credit_lang lang);

#endif
