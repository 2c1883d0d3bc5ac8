/* SPDX-License-Identifier: Apache-2.0
 *
 * status_proof.c - answers that prove themselves offline: fetched by 'status --proof' and '--qr',
 * checked by 'verify'.
 *
 * A bundle that is true may still be too old: then the verdict says so and the exit code is 1, because
 * whoever asks must not rely on it.
 */
#include "status_proof.h"

#include "connect.h"
#include "file.h"
#include "output.h"
#include "qr.h"
#include "status_counts.h"

#include <credit/v1/status.pb-c.h>
#include <credit/v1/transparency_service.pb-c.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- fetching --------------------------------------------------------------------------------- */

static enum credit_error check_pinned(
	const struct app *app, struct credit_bytes bundle, struct credit_problem *problem)
{
	struct credit_status_verdict verdict;
	struct credit_named_key key;
	enum credit_error error;

	if (!app->registry)
		return CREDIT_OK;
	error = file_vkey(app->registry, &key, problem);
	return error ? error : credit_status_proof_verify(bundle, &key, &verdict, problem);
}

static enum credit_error write_files(const struct app *app, struct credit_bytes bundle,
	const struct status_proof_files *files, struct credit_problem *problem)
{
	struct qr_symbol symbol;
	enum credit_error error = CREDIT_OK;

	if (files->bundle) {
		error = file_create(files->bundle, 0644, bundle, problem);
		if (error == CREDIT_OK)
			app_note(app, "proof of %zu bytes written to %s",
				"证明（%zu 字节）已写入 %s", bundle.size, files->bundle);
	}
	if (error == CREDIT_OK && files->qr) {
		error = qr_create(files->qr, bundle, &symbol, problem);
		if (error == CREDIT_OK)
			app_note(app,
				"proof of %zu bytes as a QR code (version %u-%c) written to %s",
				"证明（%zu 字节）已作为二维码（版本 %u-%c）写入 %s", bundle.size,
				symbol.version, symbol.level, files->qr);
	}
	return error;
}

enum credit_error status_proof_fetch(const struct app *app, struct client *client, const char *uscc,
	uint64_t min_epoch, const struct status_proof_files *files, struct credit_problem *problem)
{
	Credit__V1__GetStatusProofRequest request = CREDIT__V1__GET_STATUS_PROOF_REQUEST__INIT;
	const Credit__V1__GetStatusProofResponse *response;
	struct credit_bytes bundle = {NULL, 0};
	struct credit_arena arena;
	ProtobufCMessage *reply;
	char name[64];
	enum credit_error error;

	snprintf(name, sizeof name, "entities/%s/status", uscc);
	request.name = name;
	request.min_epoch = min_epoch;
	credit_arena_init(&arena, NULL, 0, REPLY_MAX);
	error = connect_call(app, client, "/credit.v1.TransparencyService/GetStatusProof",
		&request.base, &credit__v1__get_status_proof_response__descriptor, &arena, &reply,
		problem);
	if (error == CREDIT_OK) {
		response = (const Credit__V1__GetStatusProofResponse *)reply;
		bundle = (struct credit_bytes){response->proof.data, response->proof.len};
		error = check_pinned(app, bundle, problem);
	}
	if (error == CREDIT_OK)
		error = write_files(app, bundle, files, problem);
	credit_arena_deinit(&arena);
	return error;
}

/* --- telling ---------------------------------------------------------------------------------- */

bool status_proof_is(struct credit_bytes bytes)
{
	return (bytes.size >= 4 && memcmp(bytes.data, "CRP1", 4) == 0) || qr_text_is(bytes);
}

/* "24h" and the like to milliseconds. */
static enum credit_error parse_age(
	const char *text, int64_t *ret_ms, struct credit_problem *problem)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
	char *end;
	long count = strtol(text, &end, 10);

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (end != text && *end == units[i].unit && end[1] == '\0' && count > 0 &&
			count <= 36500) {
			*ret_ms = count * units[i].ms;
			return CREDIT_OK;
		}
	return credit_problem_set(
		problem, CREDIT_E_USAGE, "--max-age", NULL, "a number and s, m, h or d, e.g. 24h");
}

static const char *colour_text(const struct app *app, Credit__V1__Colour colour)
{
	if (colour == CREDIT__V1__COLOUR__COLOUR_RED)
		return app_say(app, "red list", "红名单");
	return app_say(app, "BLACK LIST", "黑名单");
}

static void print_lists(const struct app *app, const Credit__V1__Status *status)
{
	char since[CREDIT_DAY_TEXT_SIZE], until[CREDIT_DAY_TEXT_SIZE], text[160];

	for (size_t i = 0; i < status->n_lists; i++) {
		const Credit__V1__ListEntry *entry = status->lists[i];

		snprintf(text, sizeof text,
			app_say(app, "no. %u of the rule book, since %s, published until %s",
				"规则库第 %u 号名单，%s 列入，公示至 %s"),
			entry->list, output_day(entry->listed_on, since),
			output_day(entry->published_until, until));
		output_field(colour_text(app, entry->colour), text);
	}
	if (status->n_lists == 0)
		output_field(app_say(app, "lists", "名单"),
			app_say(app, "on no list", "未列入任何名单"));
	status_counts_print(app, status);
}

static void print_words(const struct app *app, const struct credit_named_key *key,
	const struct credit_status_verdict *verdict, const Credit__V1__Status *status)
{
	char uscc[OUTPUT_USCC_SIZE], time[CREDIT_MS_TEXT_SIZE], text[160];

	puts(verdict->enrolled
			? app_say(app, "PROVED: this is the entity's status, as published.",
				  "已证明：以下为该主体公布的信用状态。")
			: app_say(app,
				  "PROVED: this code was not enrolled. That is not the same as "
				  "clean.",
				  "已证明：该代码未登记。未登记不等于信用良好。"));
	putchar('\n');
	output_field(app_say(app, "registry", "登记系统"), key->name);
	output_field(app_say(app, "code", "统一社会信用代码"), output_uscc(&verdict->uscc, uscc));
	if (status)
		print_lists(app, status);
	snprintf(text, sizeof text,
		app_say(app, "%s, publication %llu, epoch %llu", "%s，第 %llu 次发布，批次 %llu"),
		credit_ms_text(verdict->publication.recorded_at, time),
		(unsigned long long)verdict->publication.publication,
		(unsigned long long)verdict->publication.epoch);
	output_field(app_say(app, "as of", "数据时间"), text);
	if (verdict->fresh_until.ms)
		output_field(app_say(app, "good until", "有效至"),
			credit_ms_text(verdict->fresh_until, time));
	output_field(app_say(app, "shown by", "证明等级"),
		app_say(app, "the registry's signed log and map (no witnesses asked)",
			"登记系统签名日志与状态映射（未核对见证）"));
}

static void print_json(const struct credit_named_key *key,
	const struct credit_status_verdict *verdict, const Credit__V1__Status *status, bool fresh)
{
	json_t *lists = json_array();
	char uscc[OUTPUT_USCC_SIZE];

	for (size_t i = 0; status && i < status->n_lists; i++)
		json_array_append_new(
			lists, json_pack("{s:I, s:s, s:o, s:o}", "list",
				       (json_int_t)status->lists[i]->list, "colour",
				       status->lists[i]->colour == CREDIT__V1__COLOUR__COLOUR_RED
					       ? "red"
					       : "black",
				       "listed_on", output_json_day(status->lists[i]->listed_on),
				       "published_until",
				       output_json_day(status->lists[i]->published_until)));
	json_t *value = json_pack("{s:b, s:b, s:s, s:s, s:b, s:o, s:o, s:o, s:I, s:I, s:I}",
		"proved", 1, "fresh", (int)fresh, "registry", key->name, "code",
		output_uscc(&verdict->uscc, uscc), "enrolled", (int)verdict->enrolled, "lists",
		lists, "published_at", output_json_ms(verdict->publication.recorded_at.ms),
		"fresh_until", output_json_ms(verdict->fresh_until.ms), "publication",
		(json_int_t)verdict->publication.publication, "epoch",
		(json_int_t)verdict->publication.epoch, "tree_size",
		(json_int_t)verdict->head.size);

	status_counts_json(value, status);
	output_json(value);
}

static enum credit_error read_status(const struct credit_status_verdict *verdict,
	struct credit_arena *arena, const Credit__V1__Status **ret_status,
	struct credit_problem *problem)
{
	ProtobufCMessage *message;
	enum credit_error error;

	*ret_status = NULL;
	if (!verdict->enrolled)
		return CREDIT_OK;
	error = credit_decode(
		&credit__v1__status__descriptor, verdict->status, arena, &message, problem);
	if (error == CREDIT_OK)
		*ret_status = (const Credit__V1__Status *)message;
	return error;
}

int status_proof_tell(const struct app *app, struct credit_bytes bytes,
	const struct credit_named_key *key, const char *max_age)
{
	struct credit_problem problem = {0};
	struct credit_status_verdict verdict;
	const Credit__V1__Status *status;
	struct credit_arena arena;
	uint8_t memory[QR_BUNDLE_MAX];
	int64_t age = 0;
	bool fresh;
	enum credit_error error = parse_age(max_age, &age, &problem);

	credit_arena_init(&arena, NULL, 0, 65536);
	if (error == CREDIT_OK && qr_text_is(bytes))
		error = qr_text_read(bytes, memory, &bytes, &problem);
	if (error == CREDIT_OK)
		error = credit_status_proof_verify(bytes, key, &verdict, &problem);
	if (error == CREDIT_OK)
		error = read_status(&verdict, &arena, &status, &problem);
	if (error != CREDIT_OK) {
		credit_arena_deinit(&arena);
		if (!app->json && error != CREDIT_E_USAGE)
			puts(app_say(app, "NOT PROVED: do not rely on this answer.",
				"未能证明：请勿采信此答复。"));
		return app_fail(app, &problem);
	}
	fresh = credit_status_verdict_check(&verdict, app_now(), age, &problem) == CREDIT_OK;
	if (app->json)
		print_json(key, &verdict, status, fresh);
	else
		print_words(app, key, &verdict, status);
	credit_arena_deinit(&arena);
	return fresh ? EXIT_DONE : app_fail(app, &problem);
}
