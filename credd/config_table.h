/* SPDX-License-Identifier: Apache-2.0
 *
 * config_table.h - one row for each setting; seen by the config_*.c files only.
 */
#ifndef CREDD_CONFIG_TABLE_H
#define CREDD_CONFIG_TABLE_H

#include "config.h"

enum credd_config_type {
	CREDD_CONFIG_TEXT,    /* const char *; min and max are bytes */
	CREDD_CONFIG_PATH,    /* const char *; min and max are bytes once joined to the folder */
	CREDD_CONFIG_ADDRESS, /* const char *; host:port, [v6]:port */
	CREDD_CONFIG_NUMBER,  /* uint32_t, decimal, min to max */
	CREDD_CONFIG_MODE,    /* uint32_t, octal permission bits, min to max */
	CREDD_CONFIG_CHOICE,  /* uint32_t, the index of one of `choices` */
	CREDD_CONFIG_FLAG,    /* bool, true or false */
	CREDD_CONFIG_USCC,    /* struct credd_config_uscc */
	CREDD_CONFIG_VKEY     /* struct credit_named_key */
};

struct credd_config_row {
	const char *path; /* "section.name" or "name" */
	enum credd_config_type type;
	size_t offset; /* in struct credd_config */
	uint32_t min, max;
	const char *standard; /* the value when none is given, as in the file; NULL: none */
	bool required;
	const char *const *choices; /* NULL-terminated */
	const char *help[2];        /* by enum credit_lang */
};

extern const struct credd_config_row credd_config_rows[];
extern const size_t credd_config_row_count;

/* Checks one value by its row and stores it (config_value.c). Texts go into config->texts. */
enum credit_error credd_config_set(const struct credd_config_row *row, struct credit_bytes text,
	const char *folder, struct credd_config *config,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
