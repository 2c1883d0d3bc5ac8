/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_cert.c - credctl cert: a development certificate that says which authority is calling.
 */
#include "commands.h"
#include "secrets.h"

struct values {
	const char *ca, *out;
	struct option_uscc uscc;
};

static int run(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	struct credit_problem problem = {0};

	(void)arguments;
	(void)count;
	if (certificate_make_client(values->ca, &values->uscc.uscc, values->out, &problem) !=
		CREDIT_OK)
		return app_fail(app, &problem);
	app_note(app, "wrote %s.crt and %s.key (825 days, for development)",
		"已写入 %s.crt 和 %s.key（有效期 825 天，仅供开发）", values->out, values->out);
	return EXIT_DONE;
}

#define AT(member) offsetof(struct values, member)

static const struct option options[] = {
	{.name = "ca",
		.type = OPTION_TEXT,
		.offset = AT(ca),
		.required = true,
		.value = "DIR",
		.help = {"folder with ca.crt and ca.key, e.g. DIR/tls of credctl init",
			"存放 ca.crt 和 ca.key 的目录，如 init 所建目录下的 tls"}},
	{.name = "uscc",
		.type = OPTION_USCC,
		.offset = AT(uscc),
		.required = true,
		.value = "CODE",
		.help = {"the authority's code", "机关的统一社会信用代码"}},
	{.name = "out",
		.letter = 'o',
		.type = OPTION_TEXT,
		.offset = AT(out),
		.required = true,
		.value = "PREFIX",
		.help = {"writes PREFIX.crt and PREFIX.key", "写入 PREFIX.crt 和 PREFIX.key"}},
	{.name = NULL},
};

const struct command cmd_cert = {
	.name = "cert",
	.arguments = "",
	.offline = true,
	.values_size = sizeof(struct values),
	.options = options,
	.summary = {"a client certificate for development", "签发开发用客户端证书"},
	.run = run,
};
