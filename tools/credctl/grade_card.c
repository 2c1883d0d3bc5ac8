/* SPDX-License-Identifier: Apache-2.0
 *
 * grade_card.c - see grade_card.h.
 */
#include "grade_card.h"

#include "output.h"

#include <stdio.h>

static json_t *reasons_json(const Credit__V1__Grade *grade)
{
	json_t *reasons = json_array();

	for (size_t i = 0; i < grade->n_reasons; i++) {
		const Credit__V1__GradeReason *reason = grade->reasons[i];
		json_t *records = json_array();

		for (size_t k = 0; k < reason->n_records; k++)
			json_array_append_new(records,
				output_json_hex(reason->records[k].data, reason->records[k].len));
		json_array_append_new(
			reasons, json_pack("{s:o, s:o, s:o, s:o, s:I}", "rule",
					 output_json_text(reason->rule), "title",
					 output_json_text(reason->title), "title_en",
					 output_json_text(reason->title_en), "records", records,
					 "more_records", (json_int_t)reason->more_records));
	}
	return reasons;
}

void grade_print_json(const Credit__V1__Grade *grade)
{
	output_json(json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o}", "code",
		output_json_text(grade->entity_uscc), "name", output_json_text(grade->name),
		"grade", output_json_text(grade->grade), "title", output_json_text(grade->title),
		"title_en", output_json_text(grade->title_en), "supervision",
		output_json_text(grade->supervision), "inspection_percent",
		(json_int_t)grade->inspection_percent, "reasons", reasons_json(grade), "rule_book",
		output_json_text(grade->rule_book), "graded_on",
		output_json_day(grade->graded_on)));
}

static void print_card(const struct app *app, const Credit__V1__Grade *grade)
{
	char text[512], day[CREDIT_DAY_TEXT_SIZE];

	output_field(app_say(app, "entity", "信用主体"), grade->name);
	output_field(app_say(app, "code", "统一社会信用代码"), grade->entity_uscc);
	snprintf(text, sizeof text, "%s  %s", grade->grade,
		app_say(app, grade->title_en, grade->title));
	output_field(app_say(app, "grade", "信用等级"), text);
	output_field(app_say(app, "supervision", "监管措施"), grade->supervision);
	snprintf(text, sizeof text, "%u %%", grade->inspection_percent);
	output_field(app_say(app, "inspected a year", "年度抽查比例"), text);
	for (size_t i = 0; i < grade->n_reasons; i++) {
		const Credit__V1__GradeReason *reason = grade->reasons[i];

		snprintf(text, sizeof text,
			app_say(app, "%s (%s; %zu records)", "%s（%s；%zu 条记录）"),
			app_say(app, reason->title_en, reason->title), reason->rule,
			reason->n_records + reason->more_records);
		output_field(app_say(app, "because", "依据"), text);
		for (size_t k = 0; k < reason->n_records; k++) {
			char id[2 * CREDIT_RECORD_ID_SIZE + 1] = "";

			if (reason->records[k].len == CREDIT_RECORD_ID_SIZE)
				credit_hex(reason->records[k].data, CREDIT_RECORD_ID_SIZE, id);
			output_field(app_say(app, "  record", "  记录编号"), id);
		}
	}
	snprintf(text, sizeof text, "%s, %s", grade->rule_book, output_day(grade->graded_on, day));
	output_field(app_say(app, "by rule book, on", "规则库与评定日"), text);
}

void grade_show(const struct app *app, const Credit__V1__Grade *grade)
{
	if (app->json)
		grade_print_json(grade);
	else
		print_card(app, grade);
}
