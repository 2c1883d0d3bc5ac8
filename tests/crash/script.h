/* SPDX-License-Identifier: Apache-2.0
 *
 * script.h - one day of a registry, from opening to closing, and what of it was acknowledged.
 *
 * A day touches everything that is written: the replay of an epoch that was not published, epochs of one and
 * of two filings, refusals, publications, the log as files, a backup, an erasure with its scrub. It is run in
 * a child process, which tells its parent through a pipe what it was answered; the parent compares that with
 * what is there afterwards.
 */
#ifndef TESTS_CRASH_SCRIPT_H
#define TESTS_CRASH_SCRIPT_H

#include "tests/support/town.h"

#include <limits.h>

enum {
	FILINGS = 6,
	/* Notes that are no filing's number. */
	NOTE_BACKUP = FILINGS,
	NOTE_SCRUBBED,
	NOTE_PUBLISHED,
	NOTE_REFUSED, /* a call failed, and said why */
	NOTE_STUCK,   /* it failed again when nothing was wrong any more */
	NOTE_DONE     /* the day is over */
};

/* A filing as its filer keeps it. */
struct filing {
	uint8_t *bytes;
	size_t size;
	uint32_t accepted, refused;
};

struct day {
	struct town town; /* keys; the registry is open in the child only */
	struct filing filings[FILINGS];
	char data[PATH_MAX], tiles[PATH_MAX], backups[PATH_MAX];
	uint64_t acts; /* accepted before the day */
	bool lasting;  /* whatever failed goes on failing */
};

/* A text of the record that is erased. */
#define ERASED_FACT "将过期原料掺入一批罐头并销往外县"
/* Entities 1 to 9 were there before; these come on the day. */
#define FIRST_NEW 10

/* Founds a registry in `folder`, with something to erase and an epoch that is not published, and seals what is
 * to be filed on the day. */
void day_prepare(struct day *day, const char *folder);
/* Where the day's files are; `folder` is a copy of the one prepared. */
void day_place(struct day *day, const char *folder);

struct note {
	uint32_t what;
	uint32_t size;  /* of the receipt that follows */
	uint64_t value; /* an error, a publication */
};
/* The child's life: it ends the process. Notes go to `out`. */
_Noreturn void day_live(struct day *day, int out);
/* Only to open and to publish, as after a crash. */
_Noreturn void day_start(struct day *day, int out);
/* Only to open, where there is nothing yet. */
_Noreturn void day_begin(struct day *day, int out);

/* The filing as it is submitted; both parts are freed with submission_free. */
struct submission {
	Credit__V1__Filing *message;
	struct credit_submission submission;
};
void submission_make(const struct filing *filing, struct submission *ret_submission);
void submission_free(struct submission *submission);
enum credit_error day_open(struct day *day, struct credit_problem *problem);

#endif
