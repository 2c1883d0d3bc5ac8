/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict.h - what must hold after a day, however it ended.
 */
#ifndef TESTS_CRASH_VERDICT_H
#define TESTS_CRASH_VERDICT_H

#include "tests/crash/script.h"

/* What the child was told, in the order in which it was. */
struct told {
	struct credit_bytes receipts[FILINGS]; /* no data: it was not acknowledged */
	bool backed_up, scrubbed, done;
	unsigned refused, stuck;
	enum credit_error error; /* that it was stuck with */
};
/* Reads notes until the pipe ends. */
void told_read(struct told *told, int in);
void told_free(struct told *told);

/* Opens the registry again and looks. The first thing that is not as it must be is printed and ends the
 * process with 1. */
void verdict(struct day *day, const struct told *told);
/* After day_begin: the registry opens, and there is nothing in it. */
void verdict_begun(struct day *day);

#endif
