/* SPDX-License-Identifier: Apache-2.0
 *
 * sign.c - a handful of acts, signed, sent, and what became of each.
 */
#include "sign.h"

#include "connect.h"
#include "file.h"
#include "output.h"
#include "receipts.h"

#include <credit/proof.h>

#include <stdlib.h>
#include <string.h>

enum credit_error signer_open(const struct app *app, const char *path,
	const struct option_uscc *issuer, struct signer *ret_signer, struct credit_problem *problem)
{
	struct signer signer;
	enum credit_error error = file_key_pair(path, &signer.name, &signer.pair, problem);

	if (error != CREDIT_OK)
		return error;
	if (issuer->given) {
		signer.issuer = issuer->uscc;
	} else if (credit_uscc_parse(credit_bytes_of(signer.name.name), CREDIT_USCC_PLAIN,
			   &signer.issuer, NULL) != CREDIT_OK) {
		error = credit_problem_set(problem, CREDIT_E_USAGE, "--issuer", NULL, "%s",
			app_say(app, "the key's name is no code: say which authority signs",
				"密钥名称不是代码，请给出签名机关"));
	}
	if (error == CREDIT_OK)
		*ret_signer = signer;
	signer_wipe(&signer);
	return error;
}

void signer_wipe(struct signer *signer)
{
	credit_wipe(&signer->pair, sizeof signer->pair);
}

/* Everything of one submission, so that its steps can be functions. */
struct submission {
	struct app *app;
	const struct sign_values *values;
	const struct draft *draft; /* NULL: items are given */
	struct signer signer;
	struct client *client;
	struct registry registry;
	struct credit_sealer *sealer;
	struct credit_arena arena;
	struct credit_bytes request; /* as sent */
	struct client_reply reply;
	struct receipts receipts;
	bool each;              /* not all or nothing */
	sign_before_fn *before; /* may be NULL */
	void *context;
	struct sign_progress progress;
};

static enum credit_error seal(struct submission *s, const struct sign_item *items, size_t count,
	struct credit_problem *problem)
{
	struct credit_manifest_options options = {
		.origin = s->registry.origin,
		.issuer = s->signer.issuer,
		.created_at = app_now(),
		.all_or_nothing = !s->each,
	};
	Credit__V1__SubmitRequest request = CREDIT__V1__SUBMIT_REQUEST__INIT;
	enum credit_error error = credit_sealer_new(&s->sealer);

	s->progress.origin = s->registry.origin;
	if (error == CREDIT_OK && s->draft)
		error = credit_sealer_add_sealed(
			s->sealer, s->draft->bytes, &s->draft->opening, NULL, problem);
	for (size_t i = 0; error == CREDIT_OK && i < count; i++) {
		if (s->before)
			error = s->before(s->context, i, &s->progress, problem);
		if (error == CREDIT_OK)
			error = credit_sealer_add(s->sealer, items[i].act, items[i].attachment,
				i == 0 ? &s->progress.first : NULL, problem);
	}
	if (error == CREDIT_OK)
		error = credit_sealer_sign(
			s->sealer, &options, &s->signer.pair, &request.filing, problem);
	if (error == CREDIT_OK)
		error = credit_encode(&request.base, &s->arena, &s->request);
	if (error != CREDIT_OK && problem->error == CREDIT_OK)
		credit_problem_set(problem, error, NULL, NULL, NULL);
	return error;
}

static enum credit_error submit(struct submission *s, struct credit_problem *problem)
{
	enum credit_error error = client_call(s->client, "/credit.v1.FilingService/Submit",
		s->request, (uint32_t)(s->app->timeout * 1000), &s->reply, problem);
	struct credit_tree_head head;

	if (error == CREDIT_OK)
		error = receipts_open(s->request,
			(struct credit_bytes){s->reply.data, s->reply.size}, &s->arena,
			&s->receipts, problem);
	if (error != CREDIT_OK || !s->registry.pinned || s->receipts.answer->checkpoint.len == 0)
		return error;
	error = credit_checkpoint_open((struct credit_bytes){s->receipts.answer->checkpoint.data,
					       s->receipts.answer->checkpoint.len},
		&s->registry.key, &head);
	return error == CREDIT_OK ? error
				  : credit_problem_set(problem, error, "checkpoint", NULL, NULL);
}

/* The id is that of the record, grant or other thing that the act makes. */
static void print_accepted(
	const struct submission *s, uint32_t index, const Credit__V1__AcceptedAct *accepted)
{
	const Credit__V1__FilingReceipt *answer = s->receipts.answer;
	const Credit__V1__SealedAct *sealed = s->receipts.filing->acts[index];
	struct credit_hash commitment;
	const Credit__V1__Act *act = NULL;
	struct credit_arena arena;
	char id[2 * CREDIT_RECORD_ID_SIZE + 1], time[CREDIT_MS_TEXT_SIZE];

	credit_arena_init(&arena, NULL, 0, REPLY_MAX);
	receipts_commitment(&s->receipts, index, &commitment);
	credit_hex(commitment.byte, CREDIT_RECORD_ID_SIZE, id);
	/* It is our own act: it was decoded by the same function before it was sealed. */
	if (credit_act_decode((struct credit_bytes){sealed->act.data, sealed->act.len}, &arena,
		    &act, NULL) != CREDIT_OK)
		act = NULL;
	credit_ms_text((credit_ms_t){answer->recorded_at}, time);
	if (s->app->json)
		output_json(json_pack("{s:b, s:s, s:s, s:I, s:I, s:s}", "accepted", 1, "act",
			act ? credit_act_name(act) : "", "record", id, "epoch",
			(json_int_t)answer->epoch, "leaf", (json_int_t)accepted->leaf_index,
			"recorded_at", time));
	else
		printf(app_say(s->app, "accepted  %s  id %s  leaf %llu  epoch %llu  %s\n",
			       "已受理  %s  编号 %s  日志序号 %llu  批次 %llu  %s\n"),
			act ? credit_act_title(act, s->app->lang) : "", id,
			(unsigned long long)accepted->leaf_index, (unsigned long long)answer->epoch,
			time);
	credit_arena_deinit(&arena);
}

static int print_outcome(const struct submission *s)
{
	size_t count = s->receipts.filing->n_acts;
	struct credit_problem problem = {0};
	int code = EXIT_DONE;

	for (size_t i = 0; i < count; i++) {
		const Credit__V1__AcceptedAct *accepted;
		enum credit_error error =
			receipts_verdict(&s->receipts, (uint32_t)i, &accepted, &problem);

		if (error == CREDIT_OK)
			print_accepted(s, (uint32_t)i, accepted);
		/* Of an all-or-nothing filing only the act at fault is of interest. */
		else if (error != CREDIT_E_FILING_REFUSED_WHOLE || count == 1)
			code = app_fail(s->app, &problem);
	}
	if (code != EXIT_DONE || !s->values->receipt)
		return code;
	if (receipts_extract(&s->receipts, (uint32_t)(count - 1), s->values->receipt, &problem) !=
		CREDIT_OK)
		return app_fail(s->app, &problem);
	app_note(s->app, "receipt written to %s", "回执已写入 %s", s->values->receipt);
	return EXIT_DONE;
}

/* What the ways of filing differ in. */
struct filing_way {
	const struct draft *draft; /* sealed before, in place of items */
	bool each;                 /* not all or nothing */
	sign_before_fn *before;
	void *context;
};

static int run(struct app *app, const struct sign_values *values, const struct filing_way *way,
	const struct sign_item *items, size_t count, struct sign_progress *ret_progress)
{
	struct submission s = {.app = app,
		.values = values,
		.draft = way->draft,
		.each = way->each,
		.before = way->before,
		.context = way->context};
	struct credit_problem problem = {0};
	enum credit_error error;
	int code;

	credit_arena_init(&s.arena, NULL, 0, REPLY_MAX);
	error = signer_open(app, values->sign, &values->issuer, &s.signer, &problem);
	if (error == CREDIT_OK)
		error = connect_open(app, &s.client, &problem);
	if (error == CREDIT_OK)
		error = connect_registry(app, s.client, &s.registry, &problem);
	if (error == CREDIT_OK)
		error = seal(&s, items, count, &problem);
	if (error == CREDIT_OK)
		error = submit(&s, &problem);
	code = error == CREDIT_OK ? print_outcome(&s) : app_fail(app, &problem);
	if (code == EXIT_DONE && ret_progress) {
		*ret_progress = s.progress;
		ret_progress->origin = NULL; /* it goes with the connection */
		ret_progress->epoch = s.receipts.answer->epoch;
	}

	free(s.reply.data);
	client_close(s.client);
	credit_sealer_free(s.sealer);
	credit_arena_deinit(&s.arena);
	signer_wipe(&s.signer);
	return code;
}

int sign_and_submit(struct app *app, const struct sign_values *values,
	const struct sign_item *items, size_t count)
{
	return run(app, values, &(struct filing_way){0}, items, count, NULL);
}

int sign_and_submit_with(struct app *app, const struct sign_values *values,
	const struct sign_item *items, size_t count, sign_before_fn *before, void *context,
	struct sign_progress *ret_progress)
{
	const struct filing_way way = {.before = before, .context = context};

	return run(app, values, &way, items, count, ret_progress);
}

int sign_and_submit_each(struct app *app, const struct sign_values *values,
	const struct sign_item *items, size_t count)
{
	return run(app, values, &(struct filing_way){.each = true}, items, count, NULL);
}

int sign_and_submit_draft(
	struct app *app, const struct sign_values *values, const struct draft *draft)
{
	return run(app, values, &(struct filing_way){.draft = draft}, NULL, 0, NULL);
}

enum credit_error sign_issuer(const struct app *app, const struct sign_values *values,
	char ret_uscc[CREDIT_USCC_SIZE + 1], struct credit_problem *problem)
{
	struct signer signer;
	enum credit_error error = signer_open(app, values->sign, &values->issuer, &signer, problem);

	if (error != CREDIT_OK)
		return error;
	output_uscc(&signer.issuer, ret_uscc);
	signer_wipe(&signer);
	return CREDIT_OK;
}
