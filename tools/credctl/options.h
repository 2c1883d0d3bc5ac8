/* SPDX-License-Identifier: Apache-2.0
 *
 * options.h - options as a table: one row parses, checks and explains an option.
 *
 * A row says where in a struct its value goes; the type of that member is the one named beside each
 * enum option_type. Parsing fills the struct, printing makes --help from the same rows, so the two
 * cannot say different things.
 *
 * Written --name VALUE, --name=VALUE, -n VALUE; "--" ends the options, "-" is an argument.
 */
#ifndef CREDCTL_OPTIONS_H
#define CREDCTL_OPTIONS_H

#include <credit/base.h>
#include <credit/model.h>
#include <credit/uscc.h>

#include <stdio.h>

enum option_type {
	OPTION_FLAG,   /* bool */
	OPTION_TEXT,   /* const char *; min..max bytes unless max is 0 */
	OPTION_NUMBER, /* uint64_t, min..max */
	OPTION_DATE,   /* credit_day_t; 0 when not given */
	OPTION_USCC,   /* struct option_uscc */
	OPTION_RECORD, /* struct option_record: 32 hexadecimal digits */
	OPTION_CHOICE, /* uint32_t, the value of one of `choices` */
	OPTION_LIST    /* struct option_list: given once for each item */
};

struct option_uscc {
	bool given;
	struct credit_uscc uscc;
};

struct option_record {
	bool given;
	struct credit_record_id id;
};

#define OPTION_LIST_MAX 64
struct option_list {
	size_t count;
	char *items[OPTION_LIST_MAX];
};

struct option_choice {
	const char *name; /* NULL ends the table */
	uint32_t value;
};

struct option {
	const char *name; /* without the hyphens; NULL ends the table */
	char letter;      /* 0: none */
	enum option_type type;
	size_t offset;
	bool required;
	const char *unless; /* not required when the option of this name is given; NULL: always */
	const char *value;  /* what --help calls it; NULL for a flag */
	uint64_t min, max;
	const struct option_choice *choices;
	const char *environment; /* gives the value when the option is not there; NULL: none */
	const char *help[2];     /* by enum credit_lang */
};

/* A table and the struct that it fills. */
struct option_set {
	const struct option *rows; /* NULL: none */
	void *values;
};

/* Reads `words`; arguments that are not options are moved to its front, *ret_count of them. With
 * `stop`, reading ends at the first argument, and *ret_used says how many words were options.
 * CREDIT_E_USAGE with the nearest option where one is mistyped; CREDIT_E_USCC_*, CREDIT_E_DATE_INVALID
 * become CREDIT_E_USAGE with the reason as detail. */
enum credit_error options_parse(const struct option_set *sets, size_t set_count, char **words,
	size_t word_count, bool stop, enum credit_lang lang, size_t *ret_count, size_t *ret_used,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Values from the environment for options that `words` did not give, then: is all there that must be? */
enum credit_error options_complete(const struct option_set *set, enum credit_lang lang,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* The rows as --help prints them. */
void options_help(FILE *file, const struct option *rows, enum credit_lang lang);

/* The name among `names` that is nearest to `word`, NULL when none is near. */
const char *nearest_name(const char *word, const char *const *names, size_t count);

#endif
