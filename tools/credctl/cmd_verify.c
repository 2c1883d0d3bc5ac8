/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_verify.c - credctl verify: does this receipt or this answer prove what it says? Offline.
 *
 * Needs the file and the registry's public key, nothing else: no daemon, no network.
 */
#include "bilingual.h"
#include "commands.h"
#include "file.h"
#include "output.h"
#include "qr.h"
#include "status_proof.h"

#include <credit/proof.h>

#include <credit/v1/act.pb-c.h>

#include <stdio.h>
#include <string.h>

#define MAX_AGE_DEFAULT "24h"

struct values {
	const char *key;
	const char *max_age;
	const char *witnesses;
	const char *deep;
	struct option_list auditors;
};

/* One checked statement after the other, in words. */
static void print_words(const struct app *app, const struct credit_named_key *key,
	const struct credit_receipt_verdict *verdict, const Credit__V1__Act *act)
{
	char uscc[OUTPUT_USCC_SIZE], time[CREDIT_MS_TEXT_SIZE];
	char commitment[2 * CREDIT_HASH_SIZE + 1], text[256];

	puts(app_say(app, "PROVED: this act is in the registry's signed log.",
		"已证明：该文书已载入登记系统的签名日志。"));
	putchar('\n');
	output_field(app_say(app, "registry", "登记系统"), key->name);
	output_field(app_say(app, "signed by", "签名机关"), output_uscc(&verdict->issuer, uscc));
	if (act)
		output_field(app_say(app, "act", "文书种类"), credit_act_title(act, app->lang));
	else
		output_field(app_say(app, "act", "文书种类"),
			app_say(app, "not shown (the receipt carries its seal only)",
				"未出示（回执仅含密封值）"));
	output_field(app_say(app, "commitment", "密封值"),
		credit_hex(verdict->commitment.byte, CREDIT_HASH_SIZE, commitment));
	output_field(app_say(app, "recorded at", "记录时间"),
		credit_ms_text(verdict->recorded_at, time));
	snprintf(text, sizeof text,
		app_say(app, "leaf %llu of a log of %llu", "第 %llu 号，日志共 %llu 条"),
		(unsigned long long)verdict->leaf_index, (unsigned long long)verdict->head.size);
	output_field(app_say(app, "place in the log", "日志位置"), text);
	snprintf(text, sizeof text, app_say(app, "%llu (as stated)", "%llu（回执自述）"),
		(unsigned long long)verdict->epoch);
	output_field(app_say(app, "epoch", "批次"), text);
}

static void print_json(const struct credit_named_key *key,
	const struct credit_receipt_verdict *verdict, const Credit__V1__Act *act)
{
	char uscc[OUTPUT_USCC_SIZE];

	output_json(json_pack("{s:b, s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:I}", "proved", 1,
		"registry", key->name, "issuer", output_uscc(&verdict->issuer, uscc), "act",
		output_json_text(act ? credit_act_name(act) : NULL), "commitment",
		output_json_hex(verdict->commitment.byte, CREDIT_HASH_SIZE), "recorded_at",
		output_json_ms(verdict->recorded_at.ms), "issuer_key",
		output_json_hex(verdict->issuer_key.byte, CREDIT_PUBLIC_KEY_SIZE), "leaf",
		(json_int_t)verdict->leaf_index, "tree_size", (json_int_t)verdict->head.size,
		"epoch", (json_int_t)verdict->epoch));
}

static int tell_receipt(
	const struct app *app, struct credit_bytes receipt, const struct credit_named_key *key)
{
	struct credit_problem problem = {0};
	struct credit_receipt_verdict verdict;
	struct credit_arena arena;
	const Credit__V1__Act *act = NULL;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, 8 * (size_t)CREDIT_RECEIPT_MAX);
	error = credit_receipt_verify(receipt, key, &arena, &verdict, &problem);
	/* An act of a later version may be proved and yet not be readable here. */
	if (error == CREDIT_OK && verdict.act_shown &&
		credit_act_decode(verdict.act, &arena, &act, NULL) != CREDIT_OK)
		act = NULL;
	if (error == CREDIT_OK && app->json)
		print_json(key, &verdict, act);
	else if (error == CREDIT_OK)
		print_words(app, key, &verdict, act);
	else if (!app->json)
		puts(app_say(app, "NOT PROVED: do not rely on this receipt.",
			"未能证明：请勿采信此回执。"));
	credit_arena_deinit(&arena);
	return error == CREDIT_OK ? EXIT_DONE : app_fail(app, &problem);
}

/* A picture of a QR code is a likely mistake: it is named, rather than called a damaged receipt. */
static enum credit_error refuse_image(
	const char *path, struct credit_bytes bytes, struct credit_problem *problem)
{
	static const char *const beginnings[] = {"\x89PNG", "\xFF\xD8\xFF"};

	for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
		size_t size = strlen(beginnings[i]);

		if (bytes.size >= size && memcmp(bytes.data, beginnings[i], size) == 0)
			return credit_problem_set(problem, CREDIT_E_UNSUPPORTED, path, NULL,
				"an image; scan its QR code and give the text, which begins "
				"with " QR_PREFIX BILINGUAL
				"这是图片；请扫描其中的二维码并提供以 " QR_PREFIX " 开头的文本");
	}
	return CREDIT_OK;
}

static int tell_status(const struct app *app, const struct values *values,
	struct credit_bytes bytes, const struct credit_named_key *key)
{
	static struct credit_policy policy; /* large, and there is one */
	struct status_proof_trust trust = {.key = key,
		.max_age = values->max_age ? values->max_age : MAX_AGE_DEFAULT,
		.deep = values->deep,
		.auditors = &values->auditors};
	struct credit_problem problem = {0};

	if (values->witnesses) {
		if (file_policy(values->witnesses, &policy, &problem) != CREDIT_OK)
			return app_fail(app, &problem);
		trust.witnesses = &policy;
	}
	return status_proof_tell(app, bytes, &trust);
}

/* An epoch's checkpoint, which a receipt carries, is not shown to witnesses. */
static enum credit_error refuse_policy(const struct values *values, struct credit_problem *problem)
{
	if (!values->witnesses && values->auditors.count == 0)
		return CREDIT_OK;
	return credit_problem_set(problem, CREDIT_E_PROOF_SHAPE,
		values->witnesses ? "--witnesses" : "--auditor", NULL,
		"only a status proof carries cosignatures" BILINGUAL "只有信用状态证明含共签");
}

static int run(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	struct credit_problem problem = {0};
	struct credit_bytes bytes = {NULL, 0};
	struct credit_named_key key;
	enum credit_error error = file_vkey(values->key, &key, &problem);
	int code;

	(void)count;
	if (error == CREDIT_OK)
		error = file_read(arguments[0], CREDIT_RECEIPT_MAX, &bytes, &problem);
	if (error != CREDIT_OK)
		return app_fail(app, &problem);
	if (refuse_image(arguments[0], bytes, &problem) != CREDIT_OK)
		code = app_fail(app, &problem);
	else if (status_proof_is(bytes))
		code = tell_status(app, values, bytes, &key);
	else if (refuse_policy(values, &problem) != CREDIT_OK)
		code = app_fail(app, &problem);
	else
		code = tell_receipt(app, bytes, &key);
	file_free(bytes);
	return code;
}

static const struct option options[] = {
	{.name = "key",
		.letter = 'k',
		.type = OPTION_TEXT,
		.offset = offsetof(struct values, key),
		.required = true,
		.value = "VKEY",
		.environment = "CREDCTL_REGISTRY",
		.help = {"the registry's public key, text or file", "登记系统公钥（文本或文件）"}},
	{.name = "max-age",
		.type = OPTION_TEXT,
		.offset = offsetof(struct values, max_age),
		.value = "AGE",
		.help = {"how old a status may be (s, m, h, d); 24h by default",
			"信用状态最多多久以前（s、m、h、d），默认 24h"}},
	{.name = "witnesses",
		.letter = 'w',
		.type = OPTION_TEXT,
		.offset = offsetof(struct values, witnesses),
		.value = "POLICY",
		.help = {"a policy file: whose cosignatures a status must carry",
			"见证策略文件：信用状态须有哪些见证方共签"}},
	{.name = "auditor",
		.type = OPTION_LIST,
		.offset = offsetof(struct values, auditors),
		.value = "VKEY",
		.help = {"an auditor's key, text or file: one of those given must have cosigned",
			"审计机关公钥（文本或文件）：所列者之一须已共签"}},
	{.name = "deep",
		.type = OPTION_TEXT,
		.offset = offsetof(struct values, deep),
		.value = "PATH",
		.help = {"folder with the receipts of a status's listings and its detail: who "
			 "signed "
			 "them",
			"含名单记录回执及状态详情的目录：核对由谁签署"}},
	{.name = NULL},
};

const struct command cmd_verify = {
	.name = "verify",
	.arguments = "FILE",
	.arguments_min = 1,
	.arguments_max = 1,
	.offline = true,
	.values_size = sizeof(struct values),
	.options = options,
	.summary = {"prove a receipt or a status offline", "离线核验回执或信用状态"},
	.detail = {"FILE is a receipt, what 'status --proof' wrote, or the text of its QR code;\n"
		   "'-' is stdin. An image is not read: use any scanner, and give the text it "
		   "shows.\n"
		   "Exit code 1 when it does not prove what it claims, is too old to rely on, or "
		   "too few\n"
		   "of the policy's witnesses have cosigned.",
		"FILE 为回执、status --proof 写出的文件，或其二维码的文本（“-”"
		"为标准输入）。\n"
		"不读取图片：请用任意扫码工具扫描，再提供所得文本。\n"
		"不能证明其所称内容、已过时，或共签的见证方不足，退出码为 1。"},
	.run = run,
};
