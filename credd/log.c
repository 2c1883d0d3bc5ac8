/* SPDX-License-Identifier: Apache-2.0
 *
 * log.c - builds JSON lines in a fixed buffer and writes each with one system call.
 */
#include "log.h"

#include "clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_END "}\n"

static const char *const level_names[] = {[CREDD_DEBUG] = "debug",
	[CREDD_INFO] = "info",
	[CREDD_WARN] = "warn",
	[CREDD_ERROR] = "error"};

static enum credd_level least_level = CREDD_INFO;
static _Atomic uint64_t lines[CREDD_ERROR + 1];

void credd_log_set_level(enum credd_level least)
{
	least_level = least;
}

void credd_log_counts(uint64_t *ret_warnings, uint64_t *ret_errors)
{
	*ret_warnings = lines[CREDD_WARN];
	*ret_errors = lines[CREDD_ERROR];
}

/* RFC 8259 7. What is not UTF-8 becomes one '?' a byte: the words may be a foreign library's. */
static void put_string(struct credit_buffer *out, const char *text)
{
	size_t size = strlen(text), length;

	credit_buffer_put_u8(out, '"');
	for (size_t at = 0; at < size; at += length) {
		uint32_t character;
		char escape[8];

		length = credit_utf8_next((const uint8_t *)text + at, size - at, &character);
		if (length == 0) {
			credit_buffer_put_u8(out, '?');
			length = 1;
		} else if (character < 0x20 || character == 0x7f) {
			snprintf(escape, sizeof escape, "\\u%04" PRIx32, character);
			credit_buffer_put_text(out, escape);
		} else {
			if (character == '"' || character == '\\')
				credit_buffer_put_u8(out, '\\');
			credit_buffer_put(out, text + at, length);
		}
	}
	credit_buffer_put_u8(out, '"');
}

static void put_name(struct credit_buffer *out, const char *name)
{
	if (out->size > 1)
		credit_buffer_put_u8(out, ',');
	put_string(out, name);
	credit_buffer_put_u8(out, ':');
}

/* Takes a field back that did not fit. */
static void settle(struct credit_buffer *out, size_t before)
{
	if (out->failed) {
		out->size = before;
		out->failed = false;
	}
}

void credd_line_begin(struct credd_line *line, enum credd_level level, const char *event)
{
	char time[CREDIT_MS_TEXT_SIZE];

	if (level >= CREDD_WARN)
		lines[level]++;
	line->wanted = level >= least_level;
	if (!line->wanted)
		return;
	credit_buffer_init(&line->out, line->memory, sizeof line->memory - strlen(LINE_END));
	credit_buffer_put_u8(&line->out, '{');
	credd_line_text(line, "time", credit_ms_text(credd_clock_wall(), time));
	credd_line_text(line, "level", level_names[level]);
	credd_line_text(line, "event", event);
}

void credd_line_text(struct credd_line *line, const char *name, const char *text)
{
	if (!line->wanted)
		return;
	size_t before = line->out.size;
	put_name(&line->out, name);
	put_string(&line->out, text);
	settle(&line->out, before);
}

void credd_line_number(struct credd_line *line, const char *name, int64_t number)
{
	char digits[24];

	if (!line->wanted)
		return;
	size_t before = line->out.size;
	snprintf(digits, sizeof digits, "%" PRId64, number);
	put_name(&line->out, name);
	credit_buffer_put_text(&line->out, digits);
	settle(&line->out, before);
}

void credd_line_problem(struct credd_line *line, const struct credit_problem *problem)
{
	char text[CREDIT_PROBLEM_TEXT_MAX];

	credd_line_text(line, "reason", credit_error_name(problem->error));
	credd_line_text(
		line, "text", credit_problem_text(problem, CREDIT_LANG_EN, text, sizeof text));
}

void credd_line_end(struct credd_line *line)
{
	if (!line->wanted)
		return;
	/* init kept this room free */
	line->out.capacity = sizeof line->memory;
	credit_buffer_put_text(&line->out, LINE_END);
	/* A log that cannot be written is no reason to stop. */
	ssize_t written = write(STDERR_FILENO, line->memory, line->out.size);
	(void)written;
}

void credd_log_foreign(const char *level, const char *text)
{
	struct credd_line line;
	enum credd_level number = CREDD_DEBUG;

	while (number < CREDD_ERROR && strcmp(level, level_names[number]) != 0)
		number++;
	credd_line_begin(&line, number, "grpc");
	credd_line_text(&line, "text", text);
	credd_line_end(&line);
}
