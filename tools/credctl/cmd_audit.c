/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_audit.c - credctl log audit: an auditor's folder follows a registry, and says which publication
 * lied.
 *
 *     the newest checkpoint continues the last one seen -> deltas, run again -> what was audited is what
 *     everybody is shown -> the newest honest publication is cosigned
 */
#include "audit_stream.h"
#include "commands.h"
#include "file.h"
#include "output.h"

#include <credit/proof.h>

#include <credit/v1/audit_service.pb-c.h>
#include <credit/v1/transparency_service.pb-c.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#define PROGRESS_MS 5000
#define POLL_MS 1000 /* between two looks of --follow */

struct values {
	const char *folder;
	const char *key;
	bool follow;
};

struct run {
	struct app *app;
	const struct values *values;
	struct client *client;
	struct credit_named_key registry;
	struct credit_audit *audit;
	uint64_t findings;
	int64_t told_at;

	/* The newest publication found honest and not cosigned yet; 0: none. */
	uint64_t honest;
	size_t checkpoint_size;
	uint8_t checkpoint[CREDIT_CHECKPOINT_MAX];
	uint64_t cosigned; /* the newest */
	bool cosigns;
	struct credit_cosigner cosigner;
	struct credit_key_pair pair;
};

/* --- what is told ----------------------------------------------------------------------------- */

static void tell_finding(void *context, const struct credit_finding *finding)
{
	struct run *run = context;
	const struct app *app = run->app;
	const struct credit_problem *problem = &finding->problem;
	char place[128], text[CREDIT_PROBLEM_TEXT_MAX];

	run->findings++;
	if (app->json) {
		output_json(json_pack("{s:I, s:I, s:o, s:o, s:s, s:o, s:o}", "false_publication",
			(json_int_t)finding->publication, "epoch", (json_int_t)finding->epoch,
			"row", finding->has_row ? json_integer(finding->row) : json_null(), "leaf",
			finding->has_row ? json_integer((json_int_t)finding->leaf) : json_null(),
			"reason", credit_error_name(problem->error), "detail",
			output_json_text(problem->detail), "text",
			output_json_text(credit_error_text(problem->error, app->lang))));
		return;
	}
	if (finding->has_row)
		snprintf(place, sizeof place,
			app_say(app, "FALSE: publication %llu, epoch %llu, row %u (leaf %llu)",
				"不实：第 %llu 次发布，批次 %llu，第 %u 行（日志第 %llu 号）"),
			(unsigned long long)finding->publication,
			(unsigned long long)finding->epoch, finding->row,
			(unsigned long long)finding->leaf);
	else if (finding->epoch)
		snprintf(place, sizeof place,
			app_say(app, "FALSE: publication %llu, epoch %llu",
				"不实：第 %llu 次发布，批次 %llu"),
			(unsigned long long)finding->publication,
			(unsigned long long)finding->epoch);
	else
		snprintf(place, sizeof place,
			app_say(app, "FALSE: publication %llu", "不实：第 %llu 次发布"),
			(unsigned long long)finding->publication);
	output_field(place, credit_problem_text(problem, app->lang, text, sizeof text));
}

static void remember_publication(
	void *context, uint64_t number, bool honest, struct credit_bytes checkpoint)
{
	struct run *run = context;

	if (!honest || checkpoint.size > sizeof run->checkpoint)
		return;
	run->honest = number;
	run->checkpoint_size = checkpoint.size;
	memcpy(run->checkpoint, checkpoint.data, checkpoint.size);
}

static void progress(void *context)
{
	struct run *run = context;
	struct credit_audit_place place;
	int64_t now = app_now().ms;

	if (run->told_at == 0)
		run->told_at = now;
	if (now - run->told_at < PROGRESS_MS)
		return;
	run->told_at = now;
	credit_audit_place(run->audit, &place);
	app_note(run->app, "publication %llu, %llu acts", "第 %llu 次发布，文书 %llu 份",
		(unsigned long long)place.publication, (unsigned long long)place.acts);
}

static void tell_place(const struct run *run)
{
	const struct app *app = run->app;
	struct credit_audit_place place;
	char text[160];

	credit_audit_place(run->audit, &place);
	if (app->json) {
		output_json(json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "publication",
			(json_int_t)place.publication, "epoch", (json_int_t)place.epoch, "acts",
			(json_int_t)place.acts, "erased", (json_int_t)place.erased, "first_false",
			(json_int_t)place.lied, "first_erased", (json_int_t)place.blind, "cosigned",
			(json_int_t)run->cosigned, "honest",
			place.lied == 0 && run->findings == 0));
		return;
	}
	snprintf(text, sizeof text,
		app_say(app, "publication %llu, epoch %llu, %llu acts, log of %llu leaves",
			"第 %llu 次发布，批次 %llu，文书 %llu 份，日志 %llu 条"),
		(unsigned long long)place.publication, (unsigned long long)place.epoch,
		(unsigned long long)place.acts, (unsigned long long)place.head.size);
	output_field(app_say(app, "audited up to", "已审计至"), text);
	if (place.blind) {
		snprintf(text, sizeof text,
			app_say(app,
				"%llu acts, the first in publication %llu; signatures and log are "
				"checked from there on, effects are not",
				"文书 %llu 份，最早在第 %llu 次发布；此后仅核对签名和日志，不重演"
				"效果"),
			(unsigned long long)place.erased, (unsigned long long)place.blind);
		output_field(app_say(app, "erased", "已依法删除"), text);
	}
	if (run->cosigned) {
		snprintf(text, sizeof text, app_say(app, "publication %llu", "第 %llu 次发布"),
			(unsigned long long)run->cosigned);
		output_field(app_say(app, "cosigned", "已共签"), text);
	}
	if (place.lied == 0 && run->findings == 0)
		output_field(app_say(app, "verdict", "结论"),
			app_say(app, "nothing false was found", "未发现不实"));
}

/* --- the log continues ------------------------------------------------------------------------ */

static enum credit_error fork_found(struct credit_problem *problem, const char *detail)
{
	return credit_problem_set(problem, CREDIT_E_AUDIT_FORK, NULL, NULL, "%s", detail);
}

/* Asks for the proof that the log of `size` leaves (0: the newest) continues `old`, and verifies it against
 * `known`, or when that is NULL against the checkpoint that comes with it. */
static enum credit_error prove(struct run *run, const struct credit_tree_head *old,
	const struct credit_tree_head *known, struct credit_arena *arena,
	struct credit_tree_head *ret_head, struct credit_bytes *ret_checkpoint,
	struct credit_problem *problem)
{
	Credit__V1__GetConsistencyProofRequest request =
		CREDIT__V1__GET_CONSISTENCY_PROOF_REQUEST__INIT;
	const Credit__V1__GetConsistencyProofResponse *response;
	ProtobufCMessage *reply;
	enum credit_error error;

	request.old_size = old->size;
	request.new_size = known ? known->size : 0;
	error = connect_call(run->app, run->client,
		"/credit.v1.TransparencyService/GetConsistencyProof", &request.base,
		&credit__v1__get_consistency_proof_response__descriptor, arena, &reply, problem);
	if (error == CREDIT_E_LOG_INDEX)
		return fork_found(problem, "it is shorter");
	if (error != CREDIT_OK)
		return error;
	response = (const Credit__V1__GetConsistencyProofResponse *)(const void *)reply;
	*ret_checkpoint =
		(struct credit_bytes){response->checkpoint.data, response->checkpoint.len};
	if (known)
		*ret_head = *known;
	else
		error = credit_checkpoint_open(*ret_checkpoint, &run->registry, ret_head);
	if (error != CREDIT_OK)
		return credit_problem_set(problem, error, "checkpoint", NULL, NULL);
	if (response->path.len % CREDIT_HASH_SIZE != 0 ||
		credit_consistency_verify(old, ret_head,
			(const struct credit_hash *)(const void *)response->path.data,
			response->path.len / CREDIT_HASH_SIZE) != CREDIT_OK)
		return fork_found(problem, "the proof of consistency is false");
	return CREDIT_OK;
}

/* The newest checkpoint is signed and continues the newest that was seen; it takes its place. */
static enum credit_error check_since_seen(struct run *run, struct credit_arena *arena,
	struct credit_tree_head *ret_head, struct credit_problem *problem)
{
	struct credit_tree_head old = {.size = 0};
	struct credit_bytes seen, checkpoint;
	enum credit_error error = credit_audit_seen(run->audit, &seen);

	if (error == CREDIT_OK && seen.size)
		error = credit_checkpoint_open(seen, &run->registry, &old);
	else
		credit_tree_root(NULL, 0, &old.root);
	if (error != CREDIT_OK)
		return credit_problem_set(problem, error, run->values->folder, NULL, NULL);
	error = prove(run, &old, NULL, arena, ret_head, &checkpoint, problem);
	if (error != CREDIT_OK)
		return error;
	error = credit_audit_see(run->audit, checkpoint);
	return error ? credit_problem_set(problem, error, run->values->folder, NULL, NULL) : error;
}

/* What was audited is the beginning of what everybody is shown now. */
static enum credit_error check_audited(
	struct run *run, struct credit_arena *arena, struct credit_problem *problem)
{
	struct credit_tree_head head, unused;
	struct credit_bytes checkpoint;
	struct credit_audit_place place;
	enum credit_error error = check_since_seen(run, arena, &head, problem);

	credit_audit_place(run->audit, &place);
	if (error != CREDIT_OK || place.publication == 0)
		return error;
	return prove(run, &place.head, &head, arena, &unused, &checkpoint, problem);
}

/* --- cosigning -------------------------------------------------------------------------------- */

/* The signature line over the checkpoint of the newest honest publication. */
static enum credit_error make_line(
	struct run *run, struct credit_buffer *line, struct credit_problem *problem)
{
	struct credit_cosignature cosignature;
	struct credit_bytes body, lines;
	enum credit_error error = credit_note_split(
		(struct credit_bytes){run->checkpoint, run->checkpoint_size}, &body, &lines);

	if (error == CREDIT_OK)
		error = credit_cosign(body, &run->cosigner, &run->pair,
			(uint64_t)app_now().ms / 1000, &cosignature);
	if (error == CREDIT_OK)
		error = credit_cosignature_line(&run->cosigner, &cosignature, line);
	return error ? credit_problem_set(problem, error, run->values->key, NULL, NULL) : error;
}

static enum credit_error cosign(
	struct run *run, struct credit_arena *arena, struct credit_problem *problem)
{
	Credit__V1__SubmitCosignatureRequest request = CREDIT__V1__SUBMIT_COSIGNATURE_REQUEST__INIT;
	char vkey[CREDIT_KEY_TEXT_MAX];
	uint8_t memory[CREDIT_COSIGNATURE_LINE_MAX];
	struct credit_buffer line;
	ProtobufCMessage *reply;
	enum credit_error error;

	if (!run->cosigns || run->honest == 0 || run->honest == run->cosigned)
		return CREDIT_OK;
	credit_buffer_init(&line, memory, sizeof memory);
	error = make_line(run, &line, problem);
	if (error == CREDIT_OK)
		error = credit_cosigner_text(&run->cosigner, vkey);
	if (error != CREDIT_OK)
		return error;
	request.publication = run->honest;
	request.vkey = vkey;
	request.cosignature = (ProtobufCBinaryData){line.size, line.data};
	error = connect_call(run->app, run->client, "/credit.v1.AuditService/SubmitCosignature",
		&request.base, &credit__v1__submit_cosignature_response__descriptor, arena, &reply,
		problem);
	if (error == CREDIT_OK)
		run->cosigned = run->honest;
	return error;
}

/* --- one round -------------------------------------------------------------------------------- */

static enum credit_error audit_round(struct run *run, struct credit_problem *problem)
{
	struct credit_tree_head head;
	struct credit_arena arena;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, REPLY_MAX);
	error = check_since_seen(run, &arena, &head, problem);
	if (error == CREDIT_OK)
		error = audit_stream(run->client, run->audit, progress, run, problem);
	if (error == CREDIT_OK)
		error = check_audited(run, &arena, problem);
	if (error == CREDIT_OK)
		error = cosign(run, &arena, problem);
	credit_arena_deinit(&arena);
	return error;
}

static void wait_a_moment(void)
{
	const struct timespec moment = {POLL_MS / 1000, POLL_MS % 1000 * 1000000L};

	nanosleep(&moment, NULL);
}

/* Until something is false, or once. Being killed at any moment does no harm. */
static enum credit_error audit_all(struct run *run, struct credit_problem *problem)
{
	struct credit_audit_place place;
	uint64_t told = 0;
	enum credit_error error;

	for (;;) {
		error = audit_round(run, problem);
		if (error != CREDIT_OK)
			return error;
		credit_audit_place(run->audit, &place);
		if (place.publication != told)
			tell_place(run);
		told = place.publication;
		if (place.lied)
			return credit_problem_set(problem, CREDIT_E_AUDIT_STANDS_ON_LIE, NULL, NULL,
				"%llu", (unsigned long long)place.lied);
		if (!run->values->follow)
			return CREDIT_OK;
		fflush(stdout);
		wait_a_moment();
	}
}

/* --- the command ------------------------------------------------------------------------------ */

static enum credit_error read_keys(struct run *run, struct credit_problem *problem)
{
	struct credit_uscc authority;

	if (!run->app->registry)
		return credit_problem_set(problem, CREDIT_E_USAGE, "--registry", NULL, "%s",
			app_say(run->app, "an audit needs the registry's public key",
				"审计需要登记系统公钥"));
	run->cosigns = run->values->key != NULL;
	if (run->cosigns) {
		enum credit_error error =
			file_cosigner_pair(run->values->key, &run->cosigner, &run->pair, problem);

		if (error != CREDIT_OK)
			return error;
		if (!credit_auditor_is(&run->cosigner, &authority))
			return credit_problem_set(
				problem, CREDIT_E_AUDITOR_KEY, run->values->key, NULL, NULL);
	}
	return file_vkey(run->app->registry, &run->registry, problem);
}

static enum credit_error open_audit(struct run *run, struct credit_problem *problem)
{
	struct credit_audit_options options = {
		.folder = run->values->folder,
		.log_key = run->registry,
		.finding = tell_finding,
		.publication = remember_publication,
		.context = run,
	};
	enum credit_error error = connect_open(run->app, &run->client, problem);

	return error ? error : credit_audit_open(&options, &run->audit, problem);
}

static int run_audit(struct app *app, void *memory, char **arguments, size_t count)
{
	struct values *values = memory;
	struct run run = {.app = app, .values = values};
	struct credit_problem problem = {0};
	enum credit_error error;

	(void)count;
	values->folder = arguments[0];
	error = read_keys(&run, &problem);
	if (error == CREDIT_OK)
		error = open_audit(&run, &problem);
	if (error == CREDIT_OK)
		error = audit_all(&run, &problem);
	credit_audit_close(run.audit);
	client_close(run.client);
	credit_wipe(&run.pair, sizeof run.pair);
	return error == CREDIT_OK ? EXIT_DONE : app_fail(app, &problem);
}

static const struct option audit_options[] = {
	{.name = "key",
		.type = OPTION_TEXT,
		.offset = offsetof(struct values, key),
		.value = "FILE",
		.help = {"cosign with this key what was found honest",
			"以此密钥共签经审计属实的发布"}},
	{.name = "follow",
		.type = OPTION_FLAG,
		.offset = offsetof(struct values, follow),
		.help = {"go on with each new publication until one is false",
			"持续审计新的发布，直至发现不实"}},
	{.name = NULL},
};

const struct command cmd_log_audit = {
	.name = "log audit",
	.arguments = "FOLDER",
	.arguments_min = 1,
	.arguments_max = 1,
	.values_size = sizeof(struct values),
	.options = audit_options,
	.summary = {"run every publication again and say which lied", "重演历次发布，指出不实之处"},
	.detail = {"For an authority with a grant of auditor. FOLDER keeps the auditor's own copy "
		   "of the\n"
		   "registry's state, and how far it is; the next run goes on from there.",
		"供获授审计角色的机关使用。目录存放审计方自有的状态副本和进度，下次运行由此继续。"},
	.run = run_audit,
};
