/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_log.c - credctl log: the log's signed head, and proofs about leaves and growth.
 *
 * With --registry everything is verified before it is shown; without it only what needs no key is.
 */
#include "commands.h"
#include "connect.h"
#include "file.h"
#include "output.h"

#include <credit/v1/transparency_service.pb-c.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct credit_bytes bytes_of(ProtobufCBinaryData data)
{
	return (struct credit_bytes){data.data, data.len};
}

/* A path as it is sent. */
static enum credit_error path_of(
	ProtobufCBinaryData data, struct credit_path *ret_path, struct credit_problem *problem)
{
	if (data.len % CREDIT_HASH_SIZE != 0 || data.len / CREDIT_HASH_SIZE > CREDIT_PATH_MAX)
		return credit_problem_set(problem, CREDIT_E_PROOF_SHAPE, "path", NULL, NULL);
	ret_path->count = (uint32_t)(data.len / CREDIT_HASH_SIZE);
	if (data.len > 0)
		memcpy(ret_path->hash, data.data, data.len);
	return CREDIT_OK;
}

static enum credit_error number_of(
	const char *text, uint64_t *ret_number, struct credit_problem *problem)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 18 || text[digits] != '\0')
		return credit_problem_set(problem, CREDIT_E_NUMBER_INVALID, text, NULL, NULL);
	*ret_number = strtoull(text, NULL, 10);
	return CREDIT_OK;
}

/* The head that a checkpoint signs; the key comes from --registry. */
static enum credit_error head_of(const struct app *app, ProtobufCBinaryData checkpoint,
	struct credit_tree_head *ret_head, struct credit_problem *problem)
{
	struct credit_named_key key;
	enum credit_error error;

	if (!app->registry)
		return credit_problem_set(problem, CREDIT_E_USAGE, "--registry", NULL, "%s",
			app_say(app, "a proof needs the registry's public key",
				"核验需要登记系统公钥"));
	error = file_vkey(app->registry, &key, problem);
	if (error == CREDIT_OK) {
		error = credit_checkpoint_open(bytes_of(checkpoint), &key, ret_head);
		if (error != CREDIT_OK)
			credit_problem_set(problem, error, "checkpoint", NULL, NULL);
	}
	return error;
}

static enum credit_error call(const struct app *app, const char *path,
	const ProtobufCMessage *request, const ProtobufCMessageDescriptor *type,
	struct credit_arena *arena, ProtobufCMessage **ret_reply, struct credit_problem *problem)
{
	struct client *client;
	enum credit_error error = connect_open(app, &client, problem);

	if (error != CREDIT_OK)
		return error;
	error = connect_call(app, client, path, request, type, arena, ret_reply, problem);
	client_close(client);
	return error;
}

/* What the three subcommands have in common around their own work. */
static int run(struct app *app,
	enum credit_error (*work)(const struct app *app, const char *argument,
		struct credit_arena *arena, struct credit_problem *problem),
	const char *argument)
{
	struct credit_problem problem = {0};
	struct credit_arena arena;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, REPLY_MAX);
	error = work(app, argument, &arena, &problem);
	credit_arena_deinit(&arena);
	return error == CREDIT_OK ? EXIT_DONE : app_fail(app, &problem);
}

/* --- checkpoint ------------------------------------------------------------------------------- */

static enum credit_error checkpoint(const struct app *app, const char *none,
	struct credit_arena *arena, struct credit_problem *problem)
{
	Credit__V1__GetCheckpointRequest request = CREDIT__V1__GET_CHECKPOINT_REQUEST__INIT;
	const Credit__V1__GetCheckpointResponse *response;
	struct credit_tree_head head;
	ProtobufCMessage *reply;
	enum credit_error error =
		call(app, "/credit.v1.TransparencyService/GetCheckpoint", &request.base,
			&credit__v1__get_checkpoint_response__descriptor, arena, &reply, problem);

	(void)none;
	if (error != CREDIT_OK)
		return error;
	response = (const Credit__V1__GetCheckpointResponse *)reply;
	if (app->registry) {
		error = head_of(app, response->checkpoint, &head, problem);
		if (error != CREDIT_OK)
			return error;
	}
	if (app->json) {
		output_json(json_pack("{s:s%, s:I, s:I, s:b}", "checkpoint",
			(const char *)response->checkpoint.data, response->checkpoint.len,
			"tree_size", (json_int_t)response->tree_size, "epoch",
			(json_int_t)response->epoch, "verified", app->registry != NULL));
		return CREDIT_OK;
	}
	fwrite(response->checkpoint.data, 1, response->checkpoint.len, stdout);
	if (app->registry)
		app_note(app, "signature verified", "签名验证通过");
	else
		app_note(app, "signature not verified: give --registry",
			"未验证签名：请给出 --registry");
	return CREDIT_OK;
}

static int run_checkpoint(struct app *app, void *values, char **arguments, size_t count)
{
	(void)values;
	(void)arguments;
	(void)count;
	return run(app, checkpoint, NULL);
}

const struct command cmd_log_checkpoint = {
	.name = "log checkpoint",
	.arguments = "",
	.summary = {"the log's newest signed head", "日志最新签名头"},
	.run = run_checkpoint,
};

/* --- inclusion -------------------------------------------------------------------------------- */

static enum credit_error inclusion(const struct app *app, const char *text,
	struct credit_arena *arena, struct credit_problem *problem)
{
	Credit__V1__GetInclusionProofRequest request =
		CREDIT__V1__GET_INCLUSION_PROOF_REQUEST__INIT;
	const Credit__V1__GetInclusionProofResponse *response;
	char hex[2 * CREDIT_HASH_SIZE + 1];
	struct credit_tree_head head;
	struct credit_path path;
	struct credit_hash leaf;
	ProtobufCMessage *reply;
	enum credit_error error = number_of(text, &request.leaf_index, problem);

	if (error == CREDIT_OK)
		error = call(app, "/credit.v1.TransparencyService/GetInclusionProof", &request.base,
			&credit__v1__get_inclusion_proof_response__descriptor, arena, &reply,
			problem);
	if (error != CREDIT_OK)
		return error;
	response = (const Credit__V1__GetInclusionProofResponse *)reply;
	error = head_of(app, response->checkpoint, &head, problem);
	if (error == CREDIT_OK)
		error = path_of(response->path, &path, problem);
	if (error == CREDIT_OK && response->leaf_hash.len != CREDIT_HASH_SIZE)
		error = credit_problem_set(problem, CREDIT_E_PROOF_SHAPE, "leaf_hash", NULL, NULL);
	if (error != CREDIT_OK)
		return error;
	memcpy(leaf.byte, response->leaf_hash.data, CREDIT_HASH_SIZE);
	error = credit_inclusion_verify(
		request.leaf_index, head.size, &leaf, path.hash, path.count, &head.root);
	if (error != CREDIT_OK)
		return credit_problem_set(problem, error, "path", NULL, NULL);
	credit_hex(leaf.byte, sizeof leaf.byte, hex);
	if (app->json)
		output_json(json_pack("{s:b, s:I, s:I, s:s}", "proved", 1, "leaf",
			(json_int_t)request.leaf_index, "tree_size", (json_int_t)head.size,
			"leaf_hash", hex));
	else
		printf(app_say(app, "PROVED: leaf %llu (%s) is in the signed log of %llu leaves.\n",
			       "已证明：第 %llu 号（%s）在共 %llu 条的签名日志中。\n"),
			(unsigned long long)request.leaf_index, hex, (unsigned long long)head.size);
	return CREDIT_OK;
}

static int run_inclusion(struct app *app, void *values, char **arguments, size_t count)
{
	(void)values;
	(void)count;
	return run(app, inclusion, arguments[0]);
}

const struct command cmd_log_inclusion = {
	.name = "log inclusion",
	.arguments = "LEAF",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = {"prove that a leaf is in the signed log", "证明某条目在签名日志中"},
	.run = run_inclusion,
};

/* --- consistency ------------------------------------------------------------------------------ */

static enum credit_error consistency(const struct app *app, const char *file,
	struct credit_arena *arena, struct credit_problem *problem)
{
	Credit__V1__GetConsistencyProofRequest request =
		CREDIT__V1__GET_CONSISTENCY_PROOF_REQUEST__INIT;
	const Credit__V1__GetConsistencyProofResponse *response;
	struct credit_tree_head old_head, new_head;
	struct credit_bytes note = {NULL, 0};
	struct credit_path path;
	ProtobufCMessage *reply;
	enum credit_error error = file_read(file, CREDIT_NOTE_MAX, &note, problem);

	if (error == CREDIT_OK)
		error = head_of(app,
			(ProtobufCBinaryData){note.size, (uint8_t *)(uintptr_t)note.data},
			&old_head, problem);
	file_free(note);
	if (error != CREDIT_OK)
		return error;
	request.old_size = old_head.size;
	error = call(app, "/credit.v1.TransparencyService/GetConsistencyProof", &request.base,
		&credit__v1__get_consistency_proof_response__descriptor, arena, &reply, problem);
	if (error != CREDIT_OK)
		return error;
	response = (const Credit__V1__GetConsistencyProofResponse *)reply;
	error = head_of(app, response->checkpoint, &new_head, problem);
	if (error == CREDIT_OK)
		error = path_of(response->path, &path, problem);
	if (error != CREDIT_OK)
		return error;
	error = credit_consistency_verify(&old_head, &new_head, path.hash, path.count);
	if (error != CREDIT_OK)
		return credit_problem_set(problem, error, "path", NULL, NULL);
	if (app->json)
		output_json(json_pack("{s:b, s:I, s:I}", "proved", 1, "old_size",
			(json_int_t)old_head.size, "new_size", (json_int_t)new_head.size));
	else
		printf(app_say(app, "PROVED: the log of %llu leaves continues the one of %llu.\n",
			       "已证明：%llu 条的日志是此前 %llu 条日志的延续。\n"),
			(unsigned long long)new_head.size, (unsigned long long)old_head.size);
	return CREDIT_OK;
}

static int run_consistency(struct app *app, void *values, char **arguments, size_t count)
{
	(void)values;
	(void)count;
	return run(app, consistency, arguments[0]);
}

const struct command cmd_log_consistency = {
	.name = "log consistency",
	.arguments = "CHECKPOINT",
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = {"prove that the log continues an older checkpoint", "证明日志是旧检查点的延续"},
	.detail = {"CHECKPOINT is a file with what 'credctl log checkpoint' printed earlier.",
		"参数为此前 credctl log checkpoint 输出所存的文件。"},
	.run = run_consistency,
};
