/* SPDX-License-Identifier: Apache-2.0
 *
 * admin.h - what the operator's subcommands say they are for: it is recorded before they are done.
 */
#ifndef CREDCTL_ADMIN_H
#define CREDCTL_ADMIN_H

#include "app.h"
#include "options.h"

struct admin_values {
	char *purpose; /* NULL: none was given */
};

/* `at`: where the struct admin_values lies in the command's values. */
#define ADMIN_PURPOSE_OPTION(at) \
	{ \
		.name = "purpose", .type = OPTION_TEXT, \
		.offset = (at) + offsetof(struct admin_values, purpose), .min = 1, .max = 800, \
		.value = "TEXT", .help = { \
			"what for, recorded with the operation; \"maintenance\" by default", \
			"操作目的，与操作一并留痕；默认“日常维护”" \
		} \
	}

static inline char *admin_purpose(const struct app *app, const struct admin_values *values)
{
	return values->purpose ? values->purpose
			       : (char *)(uintptr_t)app_say(app, "maintenance", "日常维护");
}

#endif
