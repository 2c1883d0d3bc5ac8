/* SPDX-License-Identifier: Apache-2.0
 *
 * test_log.c - log lines are JSON whatever is put into them.
 */
#include "log.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>

#include <string.h>

TestSuite(log, .init = cr_redirect_stderr);

/* What was logged since _begin, without the time, which comes first. */
static void last_line(struct credd_line *line, char *text, size_t size)
{
	static const char head[] = "{\"time\":\"";
	size_t skip = strlen(head) + CREDIT_MS_TEXT_SIZE - 1;

	credd_line_end(line);
	cr_assert_gt(line->out.size, skip);
	cr_assert_eq(memcmp(line->memory, head, strlen(head)), 0);
	snprintf(text, size, "%.*s", (int)(line->out.size - skip), line->memory + skip);
}

Test(log, fields_stand_in_order_and_a_line_ends_with_a_newline)
{
	struct credd_line line;
	char text[CREDD_LINE_MAX];

	credd_line_begin(&line, CREDD_INFO, "test");
	credd_line_text(&line, "a", "b");
	credd_line_number(&line, "n", INT64_MIN);
	last_line(&line, text, sizeof text);
	cr_expect_str_eq(text, "\",\"level\":\"info\",\"event\":\"test\",\"a\":\"b\",\"n\":-"
			       "9223372036854775808}\n");
}

Test(log, nothing_breaks_out_of_a_string)
{
	struct credd_line line;
	char text[CREDD_LINE_MAX];

	credd_line_begin(&line, CREDD_WARN, "test");
	credd_line_text(&line, "t", "\"\\\n\x01\x7f\xff\xe4\xbf\xa1");
	last_line(&line, text, sizeof text);
	cr_expect_str_eq(text, "\",\"level\":\"warn\",\"event\":\"test\","
			       "\"t\":\"\\\"\\\\\\u000a\\u0001\\u007f?\xe4\xbf\xa1\"}\n");
}

Test(log, a_field_that_does_not_fit_is_left_out_and_the_next_one_is_not)
{
	struct credd_line line;
	char text[CREDD_LINE_MAX], large[CREDD_LINE_MAX];

	memset(large, 'x', sizeof large);
	large[sizeof large - 1] = '\0';
	credd_line_begin(&line, CREDD_ERROR, "test");
	credd_line_text(&line, "large", large);
	credd_line_text(&line, "small", "y");
	last_line(&line, text, sizeof text);
	cr_expect_str_eq(text, "\",\"level\":\"error\",\"event\":\"test\",\"small\":\"y\"}\n");
}

Test(log, a_line_filled_to_the_last_byte_still_ends)
{
	for (size_t size = CREDD_LINE_MAX - 200; size < CREDD_LINE_MAX; size++) {
		char large[CREDD_LINE_MAX];
		struct credd_line line;

		memset(large, 'x', size);
		large[size] = '\0';
		credd_line_begin(&line, CREDD_INFO, "test");
		credd_line_text(&line, "large", large);
		credd_line_end(&line);
		cr_expect_leq(line.out.size, (size_t)CREDD_LINE_MAX);
		cr_expect_eq(memcmp(line.memory + line.out.size - 2, "}\n", 2), 0);
	}
}

Test(log, lines_below_the_level_are_not_written)
{
	struct credd_line line;

	credd_log_set_level(CREDD_ERROR);
	credd_line_begin(&line, CREDD_WARN, "test");
	credd_line_text(&line, "a", "b");
	credd_line_end(&line);
	credd_log_foreign("info", "hello");
	fflush(stderr);
	cr_assert_stderr_eq_str("");
}
