/* SPDX-License-Identifier: Apache-2.0
 *
 * status_counts.c - the table of counts: a new one is a row here.
 */
#include "status_counts.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *member;
	const char *label[2];
	size_t offset;
	bool always;
} counts[] = {
#define AT(name) offsetof(Credit__V1__Status, name)
	{"penalties", {"penalties", "公示中行政处罚"}, AT(penalties), true},
	{"broken_pledges", {"pledges broken", "未履行的信用承诺"}, AT(broken_pledges), false},
	{"open_judgments", {"judgments not carried out", "未履行的司法裁判"}, AT(open_judgments),
		false},
	{"licences", {"licences", "行政许可"}, AT(licences), false},
	{"pledges", {"pledges", "信用承诺"}, AT(pledges), false},
	{"honours", {"honours", "荣誉"}, AT(honours), false},
#undef AT
};
#define COUNTS (sizeof counts / sizeof counts[0])

static uint32_t count_in(const Credit__V1__Status *status, size_t row)
{
	uint32_t count = 0;

	if (status)
		memcpy(&count, (const uint8_t *)status + counts[row].offset, sizeof count);
	return count;
}

void status_counts_print(const struct app *app, const Credit__V1__Status *status)
{
	char text[16];

	for (size_t i = 0; i < COUNTS; i++) {
		if (!counts[i].always && count_in(status, i) == 0)
			continue;
		snprintf(text, sizeof text, "%u", count_in(status, i));
		output_field(counts[i].label[app->lang], text);
	}
}

void status_counts_json(json_t *object, const Credit__V1__Status *status)
{
	for (size_t i = 0; i < COUNTS; i++)
		json_object_set_new(object, counts[i].member, json_integer(count_in(status, i)));
}
