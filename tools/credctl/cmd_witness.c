/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_witness.c - credctl witness serve: watches other registries' logs and cosigns what continues.
 *
 * Two districts run one each, and name each other's in their policies.
 */
#include "commands.h"
#include "output.h"
#include "witness_http.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define LISTEN_DEFAULT "127.0.0.1:7380"

struct values {
	const char *key, *logs, *state, *listen;
};

/* On the server's thread: one line for each request to cosign. */
static void answered(void *context, const struct witness_reply *reply)
{
	const struct app *app = context;
	char time[CREDIT_MS_TEXT_SIZE];
	bool cosigned = reply->status == CREDIT_WITNESS_COSIGNS;

	if (app->json)
		output_json(json_pack("{s:s, s:i, s:o, s:I}", "event",
			cosigned ? "cosigned" : "refused", "status", (int)reply->status, "log",
			output_json_text(reply->log), "size", (json_int_t)reply->size));
	else
		printf("%s %s %u %s %llu\n", credit_ms_text(app_now(), time),
			cosigned ? app_say(app, "cosigned", "已共签")
				 : app_say(app, "refused", "已拒绝"),
			reply->status, reply->log ? reply->log : "-",
			(unsigned long long)reply->size);
	fflush(stdout);
}

static void tell_ready(
	const struct app *app, const struct witness *witness, const char *address, uint16_t port)
{
	char url[320];

	snprintf(url, sizeof url, "http://%.*s:%u", (int)(strrchr(address, ':') - address), address,
		port);
	if (app->json)
		output_json(json_pack("{s:s, s:s, s:s}", "event", "listening", "witness",
			witness_name(witness), "url", url));
	else
		printf(app_say(app, "witness %s listening on %s\n", "见证方 %s 正在 %s 提供服务\n"),
			witness_name(witness), url);
	fflush(stdout);
}

static void wait_for_end(const sigset_t *signals)
{
	int number = 0;

	while (number != SIGTERM && number != SIGINT)
		if (sigwait(signals, &number) != 0)
			number = 0;
}

static int run(struct app *app, void *memory, char **arguments, size_t count)
{
	const struct values *values = memory;
	struct witness_files files = {
		.key = values->key, .logs = values->logs, .state = values->state};
	struct witness_server_options options = {
		.address = values->listen ? values->listen : LISTEN_DEFAULT,
		.answered = answered,
		.context = app};
	struct witness_server *server = NULL;
	struct credit_problem problem = {0};
	sigset_t signals;
	enum credit_error error;

	(void)arguments;
	(void)count;
	error = witness_open(&files, &options.witness, &problem);
	/* Blocked before there is a second thread, so that only sigwait gets them. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (error == CREDIT_OK)
		error = witness_server_start(&options, &server, &problem);
	if (error == CREDIT_OK) {
		tell_ready(app, options.witness, options.address, witness_server_port(server));
		wait_for_end(&signals);
		witness_server_stop(server);
	}
	witness_close(options.witness);
	return error == CREDIT_OK ? EXIT_DONE : app_fail(app, &problem);
}

#define AT(member) offsetof(struct values, member)

static const struct option options[] = {
	{.name = "key",
		.letter = 'k',
		.type = OPTION_TEXT,
		.offset = AT(key),
		.required = true,
		.value = "FILE",
		.help = {"the witness's private key, of 'key generate --witness'",
			"见证方私钥文件（由 key generate --witness 生成）"}},
	{.name = "logs",
		.type = OPTION_TEXT,
		.offset = AT(logs),
		.required = true,
		.value = "FILE",
		.help = {"the logs to witness, one a line: log VKEY",
			"所见证的日志，每行一个：log 公钥"}},
	{.name = "state",
		.type = OPTION_TEXT,
		.offset = AT(state),
		.required = true,
		.value = "FOLDER",
		.help = {"what it has cosigned last; never delete or restore it",
			"最近共签的检查点；切勿删除或恢复旧副本"}},
	{.name = "listen",
		.type = OPTION_TEXT,
		.offset = AT(listen),
		.value = "ADDRESS",
		.help = {"host:port for HTTP; " LISTEN_DEFAULT " by default",
			"HTTP 监听地址 host:port，默认 " LISTEN_DEFAULT}},
	{.name = NULL},
};

const struct command cmd_witness_serve = {
	.name = "witness serve",
	.arguments = "",
	.offline = true,
	.values_size = sizeof(struct values),
	.options = options,
	.summary = {"cosign the growth of other registries' logs",
		"为其他登记系统的日志提供见证共签"},
	.detail = {"Answers POST /add-checkpoint and GET /<hash of the origin>/checkpoint until it "
		   "is\n"
		   "stopped by SIGTERM or Ctrl-C. Put a web server with TLS before it for others "
		   "to\n"
		   "reach it.",
		"持续应答 POST /add-checkpoint 与 GET /<标识哈希>/checkpoint，直至收到 SIGTERM 或 "
		"Ctrl-C。\n"
		"对外提供时，请在前面配置带 TLS 的 Web 服务器。"},
	.run = run,
};
