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
};

/* vkey, key id and fingerprint of a public key. */
static int show(const struct app *app, const struct credit_named_key *key)
{
	char vkey[CREDIT_KEY_TEXT_MAX], id[2 * CREDIT_HASH_SIZE + 1], print[9];
	struct credit_problem problem;
	struct credit_hash key_id;
	enum credit_error error = credit_vkey_text(key, vkey);

	if (error != CREDIT_OK) {
		credit_problem_set(&problem, error, "key", NULL, NULL);
		return app_fail(app, &problem);
	}
	vkey[strcspn(vkey, "\n")] = '\0';
	credit_key_id(&key->public_key, &key_id);
	credit_hex(key_id.byte, sizeof key_id.byte, id);
	snprintf(print, sizeof print, "%08x", (unsigned)credit_vkey_hash(key));
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

static int run_generate(struct app *app, void *values, char **arguments, size_t count)
{
	const struct generate_values *generate = values;
	struct credit_problem problem = {0};
	struct credit_named_key key;

	(void)count;
	if (secret_key_make(arguments[0], generate->out, NULL, &key, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	return show(app, &key);
}

static int run_show(struct app *app, void *values, char **arguments, size_t count)
{
	struct credit_problem problem = {0};
	struct credit_named_key key;
	struct credit_key_pair pair;

	(void)values;
	(void)count;
	if (file_vkey(arguments[0], &key, &problem) == CREDIT_OK)
		return show(app, &key);
	if (file_key_pair(arguments[0], &key, &pair, &problem) != CREDIT_OK)
		return app_fail(app, &problem);
	credit_wipe(&pair, sizeof pair);
	return show(app, &key);
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
		   "--issuer can be left out when signing.",
		"名称写入密钥及其签名。建议用机关的统一社会信用代码，签名时便可省略 --issuer。"},
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
