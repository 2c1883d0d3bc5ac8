/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_status.c - credctl status: the card of an entity.
 *
 * The detail is held against its hash in the status before it is shown. "Not enrolled" is never
 * shown as clean.
 */
#include "commands.h"
#include "connect.h"
#include "file.h"
#include "output.h"
#include "status_answer.h"
#include "status_counts.h"
#include "status_proof.h"
#include "value.h"

#include <credit/v1/status_service.pb-c.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

struct values {
	bool full;
	uint64_t min_epoch;
	struct status_proof_files proof;
	const char *detail;
};

/* Who asks for an epoch's publication waits for it, up to the time for one call. */
static enum credit_error ask(const struct app *app, struct client *client, const char *uscc,
	const struct values *values, struct credit_arena *arena, struct status_answer *ret_answer,
	struct credit_problem *problem)
{
	const struct timespec pause = {.tv_nsec = 50L * 1000 * 1000};
	int64_t until = app_now().ms + (int64_t)app->timeout * 1000;
	enum credit_error error;

	for (;;) {
		error = status_answer_ask(
			app, client, uscc, values->min_epoch, arena, ret_answer, problem);
		if (error != CREDIT_E_EPOCH_NOT_PUBLISHED || app_now().ms > until)
			return error;
		nanosleep(&pause, NULL);
		credit_arena_reset(arena);
	}
}

/* --- the card --------------------------------------------------------------------------------- */

static const char *const colours[][2] = {
	[CREDIT__V1__COLOUR__COLOUR_UNSPECIFIED] = {"list", "名单"},
	[CREDIT__V1__COLOUR__COLOUR_RED] = {"RED LIST", "红名单"},
	[CREDIT__V1__COLOUR__COLOUR_BLACK] = {"BLACK LIST", "黑名单"},
};

static void print_listing(
	const struct app *app, const Credit__V1__ListingDetail *listing, bool full)
{
	char since[CREDIT_DAY_TEXT_SIZE], until[OUTPUT_LAST_DAY_SIZE];
	char repair[CREDIT_DAY_TEXT_SIZE], text[512], record[2 * 64 + 1] = "";
	unsigned colour = (unsigned)listing->colour < 3 ? (unsigned)listing->colour : 0;

	if (listing->record.len <= 64)
		credit_hex(listing->record.data, listing->record.len, record);
	snprintf(text, sizeof text, "%s (%s)", app_say(app, listing->title_en, listing->title),
		listing->list);
	putchar('\n');
	output_field(colours[colour][app->lang], text);
	snprintf(text, sizeof text, app_say(app, "%s, published until %s", "%s，公示至 %s"),
		output_day(listing->listed_on, since),
		output_last_day(listing->published_until, app->lang, until));
	output_field(app_say(app, "  since", "  列入日期"), text);
	if (listing->suspended)
		output_field(app_say(app, "  suspended", "  中止执行"),
			app_say(app, "yes: its effects are suspended", "是，暂不执行"));
	if (listing->disputed)
		output_field(app_say(app, "  disputed", "  异议"),
			app_say(app, "yes: an objection is open", "是，异议办理中"));
	if (listing->in_review)
		output_field(app_say(app, "  in review", "  复核"),
			app_say(app, "yes: a key that signed for it was in other hands",
				"是，签署所用密钥曾失密"));
	if (listing->colour != CREDIT__V1__COLOUR__COLOUR_RED)
		output_field(app_say(app, "  repair from", "  可申请修复"),
			listing->repair_from
				? output_day(listing->repair_from, repair)
				: app_say(app, "this list knows no repair", "此名单不予修复"));
	snprintf(text, sizeof text, "%s (%s)", listing->decider_name, listing->decider_uscc);
	output_field(app_say(app, "  decided by", "  认定机关"), text);
	output_field(app_say(app, "  document", "  决定书文号"), listing->document_no);
	output_field(app_say(app, "  remedy", "  救济途径"), listing->remedy);
	output_field(app_say(app, "  record", "  记录编号"), record);
	if (!full)
		return;
	output_field(app_say(app, "  removal", "  移出条件"), listing->removal_conditions);
	output_field(app_say(app, "  ground", "  列入事由"), listing->ground);
	output_field(app_say(app, "  instrument", "  法律依据"), listing->instrument);
	output_field(app_say(app, "  rule book", "  规则库版本"), listing->rule_book);
	snprintf(text, sizeof text, "%llu", (unsigned long long)listing->leaf_index);
	output_field(app_say(app, "  log leaf", "  日志序号"), text);
}

static void print_measures(const struct app *app, const Credit__V1__Detail *detail)
{
	char since[CREDIT_DAY_TEXT_SIZE], until[CREDIT_DAY_TEXT_SIZE], text[512];

	for (size_t i = 0; i < detail->n_measures; i++) {
		const Credit__V1__MeasureDetail *measure = detail->measures[i];

		if (i == 0)
			putchar('\n');
		snprintf(text, sizeof text, "%s (%s)%s",
			app_say(app, measure->title_en, measure->title), measure->measure,
			measure->suspended ? app_say(app, ", suspended", "，中止执行") : "");
		output_field(app_say(app, "MEASURE", "措施"), text);
		snprintf(text, sizeof text,
			measure->until ? app_say(app, "%s (%s), %s to %s", "%s（%s），%s 至 %s")
				       : app_say(app, "%s (%s), since %s", "%s（%s），自 %s 起"),
			measure->authority_name, measure->authority_uscc,
			output_day(measure->applied_on, since), output_day(measure->until, until));
		output_field(app_say(app, "  applied by", "  实施机关"), text);
	}
	if (detail->more_measures > 0) {
		snprintf(text, sizeof text,
			app_say(app, "%u more, see 'credctl measure list'",
				"另有 %u 项，见 credctl measure list"),
			detail->more_measures);
		output_field(app_say(app, "MEASURES", "措施"), text);
	}
}

static const char *verdict(const struct app *app, const struct status_answer *answer)
{
	bool black = false, red = false;

	for (size_t i = 0; i < answer->status->n_lists; i++) {
		if (answer->status->lists[i]->colour == CREDIT__V1__COLOUR__COLOUR_BLACK)
			black = true;
		else
			red = true;
	}
	if (black)
		return app_say(app, "ENROLLED, LISTED", "在册，已列入名单");
	if (red)
		return app_say(app, "enrolled, honoured", "在册，列入守信激励名单");
	return app_say(app, "enrolled, on no list", "在册，未列入任何名单");
}

/* A code that is used no longer says so, and which one took its place. */
static void print_end(const struct app *app, const Credit__V1__Detail *detail)
{
	char day[CREDIT_DAY_TEXT_SIZE];

	if (detail->successor_uscc[0] != '\0')
		output_field(app_say(app, "code given up for", "代码已停用，承继代码"),
			detail->successor_uscc);
	if (detail->deregistered_on != 0)
		output_field(app_say(app, "deregistered on", "注销日期"),
			output_day(detail->deregistered_on, day));
}

static void print_card(
	const struct app *app, const char *uscc, const struct status_answer *answer, bool full)
{
	char text[128], time[CREDIT_MS_TEXT_SIZE];

	output_field(app_say(app, "entity", "信用主体"), answer->detail->name);
	output_field(app_say(app, "code", "统一社会信用代码"), uscc);
	output_field(app_say(app, "status", "信用状态"), verdict(app, answer));
	status_counts_print(app, answer->status);
	print_end(app, answer->detail);
	if (answer->status->code_flagged)
		output_field(app_say(app, "note", "注"),
			app_say(app,
				"the code fails a check character; an authority vouches for it",
				"该代码校验码不符，由机关证明入库"));
	for (size_t i = 0; i < answer->detail->n_listings; i++)
		print_listing(app, answer->detail->listings[i], full);
	print_measures(app, answer->detail);
	putchar('\n');
	snprintf(text, sizeof text, app_say(app, "%s, epoch %llu", "%s，批次 %llu"),
		credit_ms_text((credit_ms_t){answer->response->published_at}, time),
		(unsigned long long)answer->response->epoch);
	output_field(app_say(app, "as of", "数据时间"), text);
	if (answer->status->fresh_until != 0)
		output_field(app_say(app, "good until", "有效至"),
			credit_ms_text((credit_ms_t){answer->status->fresh_until}, time));
}

/* --- JSON ------------------------------------------------------------------------------------- */

static json_t *listing_json(const Credit__V1__ListingDetail *listing)
{
	static const char *const names[] = {"unspecified", "red", "black"};
	unsigned colour = (unsigned)listing->colour < 3 ? (unsigned)listing->colour : 0;

	return json_pack(
		"{s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
		"s:o, s:I, s:b, s:b, s:b}",
		"list", output_json_text(listing->list), "title", output_json_text(listing->title),
		"title_en", output_json_text(listing->title_en), "colour", names[colour], "record",
		output_json_hex(listing->record.data, listing->record.len), "ground",
		output_json_text(listing->ground), "instrument",
		output_json_text(listing->instrument), "decider_uscc",
		output_json_text(listing->decider_uscc), "decider_name",
		output_json_text(listing->decider_name), "document_no",
		output_json_text(listing->document_no), "listed_on",
		output_json_day(listing->listed_on), "published_until",
		output_json_day(listing->published_until), "repair_from",
		output_json_day(listing->repair_from), "removal_conditions",
		output_json_text(listing->removal_conditions), "remedy",
		output_json_text(listing->remedy), "rule_book",
		output_json_text(listing->rule_book), "leaf", (json_int_t)listing->leaf_index,
		"disputed", (int)listing->disputed, "suspended", (int)listing->suspended,
		"in_review", (int)listing->in_review);
}

static json_t *measure_json(const Credit__V1__MeasureDetail *measure)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "measure",
		output_json_text(measure->measure), "title", output_json_text(measure->title),
		"title_en", output_json_text(measure->title_en), "listing",
		output_json_hex(measure->listing.data, measure->listing.len), "authority_uscc",
		output_json_text(measure->authority_uscc), "authority_name",
		output_json_text(measure->authority_name), "applied_on",
		output_json_day(measure->applied_on), "until", output_json_day(measure->until),
		"suspended", (int)measure->suspended);
}

static void print_json(const char *uscc, const struct status_answer *answer)
{
	json_t *listings = json_array(), *measures = json_array();

	for (size_t i = 0; i < answer->detail->n_listings; i++)
		json_array_append_new(listings, listing_json(answer->detail->listings[i]));
	for (size_t i = 0; i < answer->detail->n_measures; i++)
		json_array_append_new(measures, measure_json(answer->detail->measures[i]));
	json_t *value = json_pack("{s:s, s:b, s:o, s:b, s:o, s:o, s:o, s:o, s:I, s:I, s:o, s:o}",
		"code", uscc, "enrolled", 1, "name", output_json_text(answer->detail->name),
		"code_flagged", (int)answer->status->code_flagged, "successor",
		output_json_text(answer->detail->successor_uscc), "deregistered_on",
		output_json_day(answer->detail->deregistered_on), "listings", listings, "measures",
		measures, "more_measures", (json_int_t)answer->detail->more_measures, "epoch",
		(json_int_t)answer->response->epoch, "published_at",
		output_json_ms(answer->response->published_at), "fresh_until",
		output_json_ms(answer->status->fresh_until));

	status_counts_json(value, answer->status);
	output_json(value);
}

/* --- the command ------------------------------------------------------------------------------ */

static int print_absent(const struct app *app, const char *uscc)
{
	if (app->json) {
		output_json(json_pack("{s:s, s:b}", "code", uscc, "enrolled", 0));
	} else {
		output_field(app_say(app, "code", "统一社会信用代码"), uscc);
		output_field(app_say(app, "status", "信用状态"),
			app_say(app, "NOT ENROLLED: not enrolled is not the same as clean",
				"未登记：未登记不等于信用良好"));
	}
	return EXIT_NO;
}

static bool wants_proof(const struct values *values)
{
	return values->proof.bundle || values->proof.qr;
}

/* The Detail's bytes, which the status binds by their hash: for 'verify --deep'. */
static int keep_detail(const struct app *app, const struct values *values,
	const struct status_answer *answer, struct credit_problem *problem)
{
	struct credit_bytes bytes = {answer->response->detail.data, answer->response->detail.len};

	if (!values->detail || file_create(values->detail, 0644, bytes, problem) == CREDIT_OK)
		return EXIT_DONE;
	return app_fail(app, problem);
}

static int one(
	const struct app *app, struct client *client, const char *code, const struct values *values)
{
	struct credit_problem problem = {0};
	struct credit_arena arena;
	struct status_answer answer = {NULL, NULL, NULL};
	char uscc[OUTPUT_USCC_SIZE];
	enum credit_error error;
	int exit_code = EXIT_DONE;

	if (value_asked_uscc(code, uscc, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	credit_arena_init(&arena, NULL, 0, REPLY_MAX);
	error = ask(app, client, uscc, values, &arena, &answer, &problem);
	if (error == CREDIT_E_ENTITY_NOT_ENROLLED || error == CREDIT_E_ENTITY_UNKNOWN)
		exit_code = print_absent(app, uscc);
	else if (error != CREDIT_OK)
		exit_code = app_fail(app, &problem);
	else if (app->json)
		print_json(uscc, &answer);
	else
		print_card(app, uscc, &answer, values->full);
	if (error == CREDIT_OK)
		exit_code = keep_detail(app, values, &answer, &problem);
	credit_arena_deinit(&arena);
	/* That a code is not enrolled can be proved as well. */
	if (wants_proof(values) && (error == CREDIT_OK || error == CREDIT_E_ENTITY_NOT_ENROLLED) &&
		status_proof_fetch(app, client, uscc, values->min_epoch, &values->proof,
			&problem) != CREDIT_OK)
		exit_code = app_fail(app, &problem);
	return exit_code;
}

static int run(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	struct credit_problem problem = {0};
	struct client *client;
	int code = EXIT_DONE;

	if ((wants_proof(values) || values->detail) && count != 1) {
		credit_problem_set(&problem, CREDIT_E_USAGE,
			values->proof.bundle ? "--proof"
			: values->proof.qr   ? "--qr"
					     : "--detail",
			NULL, "one code at a time");
		return app_fail(app, &problem);
	}
	if (connect_open(app, &client, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	for (size_t i = 0; i < count; i++) {
		int now;

		if (i > 0 && !app->json)
			puts("\n----");
		now = one(app, client, arguments[i], values);
		code = now > code ? now : code;
	}
	client_close(client);
	return code;
}

static const struct option options[] = {
	{.name = "full",
		.type = OPTION_FLAG,
		.offset = offsetof(struct values, full),
		.help = {"with grounds, conditions for removal and log leaves",
			"显示事由、移出条件和日志序号"}},
	{.name = "min-epoch",
		.type = OPTION_NUMBER,
		.offset = offsetof(struct values, min_epoch),
		.value = "N",
		.max = INT64_MAX,
		.help = {"not older than this epoch (a receipt's); waits for it",
			"不早于此批次（回执所载），未发布则等待"}},
	{.name = "proof",
		.letter = 'p',
		.type = OPTION_TEXT,
		.offset = offsetof(struct values, proof.bundle),
		.value = "FILE",
		.help = {"write an offline proof of the answer, for 'verify'",
			"写出可离线核验的证明，供 verify 使用"}},
	{.name = "qr",
		.type = OPTION_TEXT,
		.offset = offsetof(struct values, proof.qr),
		.value = "FILE",
		.help = {"write the same proof as one QR code, a PNG to print or show",
			"将同一证明写成一个二维码（PNG 图片），供打印或出示"}},
	{.name = "detail",
		.type = OPTION_TEXT,
		.offset = offsetof(struct values, detail),
		.value = "FILE",
		.help = {"write the detail that the proof binds, for 'verify --deep'",
			"写出证明所绑定的状态详情，供 verify --deep 使用"}},
	{.name = NULL},
};

const struct command cmd_status = {
	.name = "status",
	.arguments = "CODE...",
	.arguments_min = 1,
	.arguments_max = SIZE_MAX,
	.values_size = sizeof(struct values),
	.options = options,
	.summary = {"what an entity's record says now", "查询信用状态"},
	.detail = {"Exit code 1 when an entity is not enrolled: that is not the same as clean.",
		"主体未登记时退出码为 1：未登记不等于信用良好。"},
	.run = run,
};
