/* SPDX-License-Identifier: Apache-2.0
 *
 * log.h - the daemon's own log: one JSON object a line on stderr.
 *
 * A line is built field by field in the caller's memory and written with one write(), so that lines
 * of different threads never mix:
 *
 *     struct credd_line line;
 *     credd_line_begin(&line, CREDD_INFO, "listening");
 *     credd_line_text(&line, "address", address);
 *     credd_line_end(&line);
 *
 * Every line has "time", "level" and "event". What a caller sent is never logged: no codes of
 * entities, no texts of acts, no details of refusals; the reason's name, the method and the
 * connection are enough to find the caller, who has the rest.
 *
 * Threads: any. Set the level before the first thread starts.
 */
#ifndef CREDD_LOG_H
#define CREDD_LOG_H

#include <credit/base.h>

enum credd_level {
	CREDD_DEBUG,
	CREDD_INFO,
	CREDD_WARN,
	CREDD_ERROR
};

#define CREDD_LINE_MAX 2048

struct credd_line {
	struct credit_buffer out;
	bool wanted; /* its level is logged */
	char memory[CREDD_LINE_MAX];
};

void credd_log_set_level(enum credd_level least);
/* Lines of these levels so far. From any thread. */
void credd_log_counts(uint64_t *ret_warnings, uint64_t *ret_errors);

void credd_line_begin(struct credd_line *line, enum credd_level level, const char *event);
/* A field that does not fit is left out; the line stays well-formed. */
void credd_line_text(struct credd_line *line, const char *name, const char *text);
void credd_line_number(struct credd_line *line, const char *name, int64_t number);
/* "reason" and "text" of a problem of the daemon itself; never of one that a caller caused. */
void credd_line_problem(struct credd_line *line, const struct credit_problem *problem);
void credd_line_end(struct credd_line *line);

/* A line of another library's own words; level is "debug", "info", "warn" or "error". */
void credd_log_foreign(const char *level, const char *text);

#endif
