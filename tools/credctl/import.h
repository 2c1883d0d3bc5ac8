/* SPDX-License-Identifier: Apache-2.0
 *
 * import.h - from a department's CSV file to receipts, once for each row, whatever crashes.
 *
 *     rows -> penalties -> filings (sealed, signed) -> state file -> daemon -> receipts
 *
 * A filing is written to the state file, and synced, before it is sent; it leaves the state file after
 * its answer was accounted for. So a filing that may have arrived is never sealed anew: after a crash of
 * either side the same bytes are sent, and the registry answers the same filing with its first receipt.
 * Counts and the length of the rejects file are in the state file too, as of the same moment, so that
 * what was not yet saved is done again from the saved state and counted once.
 *
 * One thread does everything; several filings are in flight.
 */
#ifndef CREDCTL_IMPORT_H
#define CREDCTL_IMPORT_H

#include "app.h"
#include "code_set.h"
#include "connect.h"
#include "csv_file.h"
#include "sheet.h"
#include "sign.h"

#include <limits.h>
#include <stdio.h>

struct import_values {
	uint32_t kind;
	const char *sign;
	struct option_uscc issuer;
	bool enrol, dry_run, pass_unknown;
	uint64_t batch, in_flight, give_up;
	uint32_t evidence; /* enum credit_uscc_evidence */
	const char *rejects, *state, *receipts;
};

#define IMPORT_ERRORS 1000 /* error numbers are below: error.h */

struct import_tally {
	uint64_t
		next_row; /* the first row that is in no sealed filing yet; 0: before the headings */
	uint64_t rows, accepted, refused, enrolled;
	uint64_t rejects_size;
	bool done;
	uint64_t by_error[IMPORT_ERRORS];
};

/* An act of a sealed filing, and where it came from. */
struct import_act {
	uint64_t row;
	bool enrolment;
	struct credit_uscc entity;
	char *line; /* the row as the rejects file shows it; NULL without one */
};

/* A sealed filing without an answer. */
struct import_filing {
	struct import_filing *next;
	size_t count;
	struct import_act *acts;
	struct credit_bytes request; /* a serialised SubmitRequest, owned */
	bool flying;
	bool sent;    /* it may have arrived */
	bool refused; /* as a whole, at the first attempt: nothing of it was recorded */
	int64_t due;  /* milliseconds of the monotonic clock */
	unsigned attempts;
};

struct import {
	struct app *app;
	const struct import_values *values;
	const char *path;
	char state_path[PATH_MAX];

	/* the file */
	struct csv_file csv;
	struct sheet sheet;
	bool ended;
	uint64_t personal_cells; /* left out */

	/* who files where */
	struct signer signer;
	struct registry registry;
	struct client *client, *asking; /* filings; statuses */
	struct credit_sealer *sealer;
	struct code_set *enrolled;

	/* what has become of it */
	struct import_tally tally;
	struct import_filing *first, *last;
	size_t filings;
	FILE *rejects;
	uint64_t answered; /* filings that came back with an answer, in this run */
	uint64_t shown;    /* refused rows on screen */

	/* progress */
	int64_t started, drawn, succeeded;
	bool terminal;        /* progress is drawn over one line */
	uint64_t rows_before; /* of earlier runs */
};

/* --- import_rows.c: reading and sealing ------------------------------------------------------- */

/* Scans the file, reads its headings. */
enum credit_error import_file_open(
	struct import *import, struct credit_problem *problem) CREDIT_MUST_CHECK;
void import_file_close(struct import *import);
/* Passes over the rows before tally.next_row; keeps the lines of those in unanswered filings. */
enum credit_error import_skip(
	struct import *import, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Takes the next row; *ret_taken says whether it became an act, whose `line` is the caller's then. Refused
 * rows are told; `ended` is set behind the last one. */
enum credit_error import_take_row(struct import *import, struct credit_arena *arena,
	struct sheet_row *taken, struct import_act *act, bool *ret_taken,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Seals the next batch and appends it, or sets `ended`. */
enum credit_error import_seal_next(
	struct import *import, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Converts and checks everything, seals and sends nothing. */
enum credit_error import_dry_run(
	struct import *import, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* --- import_enrol.c: which entities must be enrolled first ------------------------------------ */

/* Asks for the codes that are not in the set; those that are enrolled go into it. */
enum credit_error import_ask_enrolled(struct import *import, const struct credit_uscc *codes,
	size_t count, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* --- import_send.c ---------------------------------------------------------------------------- */

/* Until every row has its answer. */
enum credit_error import_send_all(
	struct import *import, struct credit_problem *problem) CREDIT_MUST_CHECK;
void import_filing_free(struct import_filing *filing);
/* Busy, stopping, no connection, no time: the same again, later. */
bool import_is_for_later(enum credit_error error);
/* How long to wait after so many attempts, milliseconds. */
int64_t import_delay(unsigned attempts);
void import_sleep(int64_t ms);

/* --- import_state.c --------------------------------------------------------------------------- */

/* CREDIT_E_NOT_FOUND when there is no state file. */
enum credit_error import_state_load(
	struct import *import, struct credit_problem *problem) CREDIT_MUST_CHECK;
enum credit_error import_state_save(
	struct import *import, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* --- import_rejects.c ------------------------------------------------------------------------- */

/* Goes on behind what the state file knows of. */
enum credit_error import_rejects_open(
	struct import *import, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* To the disk, and its size into the tally. */
enum credit_error import_rejects_sync(
	struct import *import, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* The row as the rejects file shows it: without cells about persons; NULL without a rejects file. */
char *import_rejects_line(const struct import *import, const struct csv_row *row, bool blank);
/* Counts a refused row, shows it and writes it to the rejects file. */
void import_refuse(struct import *import, uint64_t row, const char *line,
	const struct credit_problem *problem);

/* --- import_progress.c ------------------------------------------------------------------------ */

int64_t import_clock(void); /* monotonic milliseconds */
void import_progress_begin(struct import *import);
void import_progress(struct import *import);
void import_progress_clear(const struct import *import);
/* What became of all rows; gives the exit code. */
int import_summary(struct import *import);

#endif
