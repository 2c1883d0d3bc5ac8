/* SPDX-License-Identifier: Apache-2.0
 *
 * server.c - credd and the echo, started and put under load.
 */
#include "tests/bench/bench.h"

#include "client/client.h"
#include "credctl/secrets.h"
#include "credit/v1/status_service.pb-c.h"
#include "tests/support/town.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_SECONDS 120
#define PATH_ROOM (PATH_MAX - 64) /* what is joined to a folder fits behind it */

const char *const bench_transport_names[BENCH_TRANSPORTS] = {
	[BENCH_TLS] = "tcp_mtls", [BENCH_SOCKET] = "unix_socket"};

static void must(enum credit_error error, const struct credit_problem *problem)
{
	char text[CREDIT_PROBLEM_TEXT_MAX];

	if (error != CREDIT_OK)
		errx(1, "%s", credit_problem_text(problem, CREDIT_LANG_EN, text, sizeof text));
}

/* --- what a daemon needs on disk -------------------------------------------------------------- */

static FILE *create(const char *folder, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%.*s/%s", PATH_ROOM, folder, name);
	FILE *file = fopen(path, "we");
	if (!file || fchmod(fileno(file), 0600) != 0)
		err(1, "%s", path);
	return file;
}

static void finish(FILE *file)
{
	if (fclose(file) != 0)
		err(1, "writing");
}

static void write_key(const char *folder, const char *name, const struct credit_key_pair *pair)
{
	char text[CREDIT_KEY_TEXT_MAX];
	FILE *file = create(folder, name);

	if (credit_key_pair_text(TOWN_ORIGIN, pair, text) != CREDIT_OK)
		errx(1, "%s", name);
	fputs(text, file);
	finish(file);
}

static void write_config(
	const char *folder, const struct town *town, const char *data, const char *address)
{
	struct credit_named_key root = {.name = TOWN_ORIGIN, .public_key = town->root.public_key};
	char vkey[CREDIT_KEY_TEXT_MAX];
	FILE *file = create(folder, "credd.yaml");

	if (credit_vkey_text(&root, vkey) != CREDIT_OK)
		errx(1, "root key");
	vkey[strcspn(vkey, "\n")] = '\0';
	fprintf(file,
		"origin: %s\ndata: \"%s\"\nhead: \"%s/head\"\n"
		"root: {uscc: \"%.*s\", key: \"%s\"}\n"
		"keys: {log: log.key, system: system.key}\n"
		"listen: {tcp: \"%s\", socket: credd.sock}\n"
		"tls: {certificate: tls/server.crt, key: tls/server.key, client_ca: tls/ca.crt}\n"
		"limits: {workers: 1}\nlog: {level: warn}\n",
		TOWN_ORIGIN, data, data, CREDIT_USCC_SIZE, town->root_uscc.character, vkey,
		address);
	finish(file);
}

/* Once for a run; ECDSA P-256, as `credctl init` makes them. */
static void write_certificates(const char *folder, const struct town *town)
{
	struct credit_problem problem = {0};
	char prefix[PATH_MAX];

	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		err(1, "%s", folder);
	snprintf(prefix, sizeof prefix, "%.*s/ca.crt", PATH_ROOM, folder);
	if (access(prefix, R_OK) == 0)
		return;
	snprintf(prefix, sizeof prefix, "%.*s/client", PATH_ROOM, folder);
	must(certificate_make_ca(folder, TOWN_ORIGIN, &problem), &problem);
	must(certificate_make_server(folder, &problem), &problem);
	must(certificate_make_client(folder, &town->bureau_uscc, prefix, &problem), &problem);
}

/* A port that was free a moment ago. */
static void choose_address(char address[32])
{
	struct sockaddr_in name = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof name;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)(void *)&name, size) != 0 ||
		getsockname(fd, (struct sockaddr *)(void *)&name, &size) != 0)
		err(1, "a free port");
	close(fd);
	snprintf(address, 32, "127.0.0.1:%u", ntohs(name.sin_port));
}

/* --- starting and stopping -------------------------------------------------------------------- */

static bool answers(const char *address)
{
	struct sockaddr_in name = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)strtoul(strchr(address, ':') + 1, NULL, 10))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool connected = fd >= 0 && connect(fd, (struct sockaddr *)(void *)&name, sizeof name) == 0;

	if (fd >= 0)
		close(fd);
	return connected;
}

static void wait_until_it_answers(const struct bench_server *server, const char *what)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	int64_t until = bench_now() + START_SECONDS * 1000000000LL;

	while (!answers(server->address)) {
		if (waitpid(server->pid, NULL, WNOHANG) == server->pid || bench_now() > until)
			errx(1, "%s did not start", what);
		nanosleep(&pause, NULL);
	}
}

static void prepare(
	const struct bench *bench, const char *name, struct town *town, struct bench_server *server)
{
	town_keys(town);
	snprintf(server->tls, sizeof server->tls, "%.*s/tls", PATH_ROOM, bench->folder);
	snprintf(server->socket, sizeof server->socket, "%.*s/%s.sock", PATH_ROOM, bench->folder,
		name);
	unlink(server->socket);
	write_certificates(server->tls, town);
	choose_address(server->address);
}

struct bench_server bench_credd(const struct bench *bench, const char *data_folder)
{
	struct bench_server server;
	char program[PATH_MAX], config[PATH_MAX];
	struct town town = {0};

	prepare(bench, "credd", &town, &server);
	write_key(bench->folder, "log.key", &town.log);
	write_key(bench->folder, "system.key", &town.system);
	write_key(bench->folder, "bureau.key", &town.bureau);
	write_config(bench->folder, &town, data_folder, server.address);
	snprintf(program, sizeof program, "%.*s/credd", PATH_ROOM, bench->build);
	snprintf(config, sizeof config, "%.*s/credd.yaml", PATH_ROOM, bench->folder);
	/* The data set may be older than a week. */
	server.pid = bench_spawn(
		(const char *const[]){program, "--config", config, "--confirm-clock", NULL},
		bench->server_core, NULL);
	wait_until_it_answers(&server, "credd");
	return server;
}

struct bench_server bench_echo(const struct bench *bench, unsigned reply_bytes)
{
	struct bench_server server;
	char program[PATH_MAX], size[16];
	struct town town = {0};

	prepare(bench, "echo", &town, &server);
	snprintf(program, sizeof program, "%.*s/bench_echo", PATH_ROOM, bench->build);
	snprintf(size, sizeof size, "%u", reply_bytes);
	server.pid = bench_spawn((const char *const[]){program, server.address, server.tls,
					 server.socket, size, NULL},
		bench->server_core, NULL);
	wait_until_it_answers(&server, "the echo");
	return server;
}

void bench_server_stop(const struct bench_server *server)
{
	if (kill(server->pid, SIGTERM) != 0)
		err(1, "the server has gone");
	bench_wait(server->pid, "the server");
}

/* --- warming up ------------------------------------------------------------------------------- */

/* Statuses lie in the order of the codes, many to a page. */
#define WARM_STRIDE 8
#define WARM_BATCH 1000

void bench_warm(const struct bench_server *server, const struct bench_data *data)
{
	Credit__V1__BatchGetStatusRequest request = CREDIT__V1__BATCH_GET_STATUS_REQUEST__INIT;
	static uint8_t codes[WARM_BATCH * CREDIT_USCC_SIZE];
	static uint8_t bytes[sizeof codes + 16];
	char target[PATH_MAX];
	struct client *client;
	struct client_stream *stream;
	struct credit_problem problem = {0};

	snprintf(target, sizeof target, "unix:%.*s", PATH_ROOM, server->socket);
	must(client_open(&(struct client_options){.target = target}, &client, &problem), &problem);
	must(client_stream_open(
		     client, "/credit.v1.StatusService/BatchGetStatus", &stream, &problem),
		&problem);
	for (uint64_t entity = 0; entity < data->entities;) {
		struct client_reply reply;

		request.codes = (ProtobufCBinaryData){0, codes};
		for (; entity < data->entities && request.codes.len < sizeof codes;
			entity += WARM_STRIDE) {
			struct credit_uscc uscc = town_uscc((uint32_t)entity);

			memcpy(codes + request.codes.len, uscc.character, CREDIT_USCC_SIZE);
			request.codes.len += CREDIT_USCC_SIZE;
		}
		size_t size = credit__v1__batch_get_status_request__pack(&request, bytes);
		must(client_stream_send(stream, (struct credit_bytes){bytes, size}), &problem);
		must(client_stream_receive(stream, &reply, &problem), &problem);
		free(reply.data);
	}
	client_stream_close(stream);
	client_close(client);
}

void bench_warm_map(const struct bench_data *data)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%.*s/state/data.mdb", PATH_MAX - 32, data->folder);
	bench_wait(bench_spawn((const char *const[]){"/usr/bin/cksum", path, NULL}, BENCH_ANY_CORE,
			   &(int){0}),
		"cksum");
}

/* --- load ------------------------------------------------------------------------------------- */

#define ARGUMENTS_MAX 48

/* A command line being made; numbers lie in it. */
struct command {
	const char *word[ARGUMENTS_MAX];
	size_t count;
	char text[ARGUMENTS_MAX][24];
};

static void add(struct command *command, const char *option, const char *value)
{
	if (command->count + 3 > ARGUMENTS_MAX)
		errx(1, "too many arguments");
	command->word[command->count++] = option;
	command->word[command->count++] = value;
}

static void add_number(struct command *command, const char *option, unsigned value)
{
	char *text = command->text[command->count];

	snprintf(text, sizeof command->text[0], "%u", value);
	add(command, option, text);
}

static json_t *run(const struct bench *bench, const struct command *command)
{
	int output;
	pid_t pid = bench_spawn(command->word, bench->client_core, &output);
	json_t *told = json_loadfd(output, JSON_DISABLE_EOF_CHECK, NULL);

	close(output);
	bench_wait(pid, "credload");
	if (!told)
		errx(1, "credload said nothing");
	return told;
}

static double number(json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

/* long: one row for each option of the command line */
struct bench_loaded bench_run(const struct bench *bench, const struct bench_server *server,
	enum bench_transport transport, const struct bench_data *data,
	const struct bench_load *load)
{
	char program[PATH_MAX], socket[PATH_MAX], ca[PATH_MAX], certificate[PATH_MAX],
		key[PATH_MAX], sign[PATH_MAX], issuer[CREDIT_USCC_SIZE + 1];
	struct command command = {0};
	struct town town = {0};

	snprintf(program, sizeof program, "%.*s/credload", PATH_ROOM, bench->build);
	snprintf(socket, sizeof socket, "unix:%.*s", PATH_ROOM, server->socket);
	snprintf(ca, sizeof ca, "%.*s/ca.crt", PATH_ROOM, server->tls);
	snprintf(certificate, sizeof certificate, "%.*s/client.crt", PATH_ROOM, server->tls);
	snprintf(key, sizeof key, "%.*s/client.key", PATH_ROOM, server->tls);
	snprintf(sign, sizeof sign, "%.*s/bureau.key", PATH_ROOM, bench->folder);
	command.word[command.count++] = program;
	add(&command, "--server", transport == BENCH_TLS ? server->address : socket);
	add(&command, "--ca", ca);
	add(&command, "--cert", certificate);
	add(&command, "--cert-key", key);
	add(&command, "--codes", data->codes);
	add(&command, "--method",
		load->submit  ? "Submit"
		: load->proof ? "GetStatusProof"
			      : "GetStatus");
	add_number(&command, "--connections", load->connections);
	add_number(&command, "--in-flight", load->in_flight);
	add_number(&command, "--time", load->milliseconds);
	add_number(&command, "--warm-up", load->warm_up);
	add_number(&command, "--seed", load->seed);
	if (load->raw)
		command.word[command.count++] = "--raw";
	if (load->submit) {
		town_keys(&town);
		snprintf(issuer, sizeof issuer, "%.*s", CREDIT_USCC_SIZE,
			town.bureau_uscc.character);
		add(&command, "--origin", TOWN_ORIGIN);
		add(&command, "--issuer", issuer);
		add(&command, "--sign", sign);
		add_number(&command, "--filings", load->filings);
	}
	int64_t cpu = bench_cpu(server->pid);
	json_t *told = run(bench, &command);
	cpu = bench_cpu(server->pid) - cpu;
	struct bench_loaded loaded = {
		.rate = number(told, "rate"),
		.p50_us = number(told, "p50_us"),
		.p99_us = number(told, "p99_us"),
		.request_bytes = number(told, "request_bytes"),
		.reply_bytes = number(told, "reply_bytes"),
		.calls = number(told, "calls"),
	};
	json_decref(told);
	if (loaded.calls < 1 || loaded.rate <= 0)
		errx(1, "no call was counted");
	loaded.server_us = (double)cpu / 1000 / loaded.calls;
	loaded.server_busy = loaded.server_us * loaded.rate / 1e6;
	return loaded;
}
