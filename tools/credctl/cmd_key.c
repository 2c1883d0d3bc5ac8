/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_key.c - credctl key: making signing keys and showing their public part.
 *
 * Secrets go into files and nowhere else.
 */
#include "commands.h"
#include "file.h"
#include "output.h"
#include "secrets.h"

#include <stdio.h>
#include <string.h>

struct generate_values {
	const char *out;
	bool witness, auditor;
};

/* vkey, key id and fingerprint of a public key, whatever it signs. */
static int show(
	const struct app *app, const struct credit_named_key *key, char *vkey, uint32_t hash)
{
	char id[2 * CREDIT_HASH_SIZE + 1], print[9];
	struct credit_hash key_id;

	vkey[strcspn(vkey, "\n")] = '\0';
	credit_key_id(&key->public_key, &key_id);
	credit_hex(key_id.byte, sizeof key_id.byte, id);
	snprintf(print, sizeof print, "%08x", (unsigned)hash);
	if (app->json) {
		output_json(json_pack("{s:s, s:s, s:s, s:s}", "name", key->name, "vkey", vkey,
			"key_id", id, "fingerprint", print));
	} else {
		output_field(app_say(app, "name", "名称"), key->name);
		output_field(app_say(app, "public key", "公钥"), vkey);
		output_field(app_say(app, "key id", "密钥标识"), id);
		output_field(app_say(app, "fingerprint", "指纹"), print);
	}
	return EXIT_DONE;
}

static int show_key(const struct app *app, const struct credit_named_key *key)
{
	char vkey[CREDIT_KEY_TEXT_MAX];
	struct credit_problem problem;
	enum credit_error error = credit_vkey_text(key, vkey);

	if (error == CREDIT_OK)
		return show(app, key, vkey, credit_vkey_hash(key));
	credit_problem_set(&problem, error, "key", NULL, NULL);
	return app_fail(app, &problem);
}

static int show_cosigner(const struct app *app, const struct credit_cosigner *cosigner)
{
	char vkey[CREDIT_KEY_TEXT_MAX];
	struct credit_problem problem;
	enum credit_error error = credit_cosigner_text(cosigner, vkey);

	if (error == CREDIT_OK)
		return show(app, &cosigner->key, vkey, credit_cosigner_hash(cosigner));
	credit_problem_set(&problem, error, "key", NULL, NULL);
	return app_fail(app, &problem);
}

/* docs/spec/audit.md: "The name of an auditor's key is the code of its authority, a slash and `audit`." */
static enum credit_error auditor_name(
	const char *code, char name[CREDIT_KEY_NAME_MAX + 1], struct credit_problem *problem)
{
	struct credit_uscc uscc;
	enum credit_error error =
		credit_uscc_parse(credit_bytes_of(code), CREDIT_USCC_PLAIN, &uscc, problem);

	if (error == CREDIT_OK)
		snprintf(name, CREDIT_KEY_NAME_MAX + 1, "%.18s/audit", uscc.character);
	return error;
}

static int run_generate(struct app *app, void *values, char **arguments, size_t count)
{
	const struct generate_values *generate = values;
	struct credit_problem problem = {0};
	struct credit_cosigner cosigner = {0};
	struct credit_named_key key;
	bool cosigns = generate->witness || generate->auditor;
	char name[CREDIT_KEY_NAME_MAX + 1];
	enum credit_error error = CREDIT_OK;

	(void)count;
	if (generate->auditor)
		error = auditor_name(arguments[0], name, &problem);
	if (error == CREDIT_OK)
		error = cosigns ? secret_cosigner_make(generate->auditor ? name : arguments[0],
					  generate->out, &cosigner, &problem)
				: secret_key_make(
					  arguments[0], generate->out, NULL, &key, &problem);
	if (error != CREDIT_OK)
		return app_fail(app, &problem);
	return cosigns ? show_cosigner(app, &cosigner) : show_key(app, &key);
}

static int run_show(struct app *app, void *values, char **arguments, size_t count)
{
	struct credit_problem problem = {0};
	struct credit_cosigner cosigner;
	struct credit_named_key key;
	struct credit_key_pair pair;
	int code;

	(void)values;
	(void)count;
	if (file_vkey(arguments[0], &key, &problem) == CREDIT_OK)
		return show_key(app, &key);
	if (file_cosigner(arguments[0], &cosigner, &problem) == CREDIT_OK)
		return show_cosigner(app, &cosigner);
	if (file_cosigner_pair(arguments[0], &cosigner, &pair, &problem) == CREDIT_OK)
		code = show_cosigner(app, &cosigner);
	else if (file_key_pair(arguments[0], &key, &pair, &problem) == CREDIT_OK)
		code = show_key(app, &key);
	else
		return app_fail(app, &problem);
	credit_wipe(&pair, sizeof pair);
	return code;
}

static const struct option generate_options[] = {
	{.name = "out",
		.letter = 'o',
		.type = OPTION_TEXT,
		.offset = offsetof(struct generate_values, out),
		.required = true,
		.value = "FILE",
		.help = {"private key file, mode 0600; the public one is FILE with .pub for .key",
			"私钥文件（权限 0600）；公钥文件名将 .key 换成 .pub"}},
	{.name = "witness",
		.type = OPTION_FLAG,
		.offset = offsetof(struct generate_values, witness),
		.help = {"a key that cosigns checkpoints, for a witness",
			"生成见证方共签检查点的密钥"}},
	{.name = "auditor",
		.type = OPTION_FLAG,
		.offset = offsetof(struct generate_values, auditor),
		.help = {"a key that cosigns what was audited; NAME is the authority's code",
			"生成审计机关的共签密钥；名称为机关代码"}},
	{.name = NULL},
};

const struct command cmd_key_generate = {
	.name = "key generate",
	.arguments = "NAME",
	.arguments_min = 1,
	.arguments_max = 1,
	.offline = true,
	.values_size = sizeof(struct generate_values),
	.options = generate_options,
	.summary = {"make a signing key", "生成签名密钥"},
	.detail = {"NAME stands in the key and in what it signs. Give the authority's code: then\n"
		   "--issuer can be left out when signing. A witness's NAME is its address "
		   "without\n"
		   "https://, such as witness.district.example/2026.",
		"名称写入密钥及其签名。建议用机关的统一社会信用代码，签名时便可省略 --issuer。\n"
		"见证方的名称为其不含 https:// 的地址。"},
	.run = run_generate,
};

const struct command cmd_key_show = {
	.name = "key show",
	.arguments = "FILE",
	.arguments_min = 1,
	.arguments_max = 1,
	.offline = true,
	.summary = {"the public part of a key, never the secret", "显示密钥的公开部分"},
	.run = run_show,
};
