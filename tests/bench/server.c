/* SPDX-License-Identifier: Apache-2.0
 *
 * server.c - credd and the echo, started and stopped.
 */
#include "tests/bench/server.h"

#include "client/client.h"
#include "credctl/secrets.h"
#include "credit/v1/status_service.pb-c.h"
#include "load/requests.h"
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
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_SECONDS 120
#define PROBE_MS 2000

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

	bench_path(folder, name, path);
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

static void write_config(const struct bench *bench, const char *name, const struct town *town,
	const char *data, const struct bench_server *server, enum bench_cores cores)
{
	struct credit_named_key root = {.name = TOWN_ORIGIN, .public_key = town->root.public_key};
	char vkey[CREDIT_KEY_TEXT_MAX], file_name[64];

	snprintf(file_name, sizeof file_name, "%s.yaml", name);
	FILE *file = create(bench->folder, file_name);
	if (credit_vkey_text(&root, vkey) != CREDIT_OK)
		errx(1, "root key");
	vkey[strcspn(vkey, "\n")] = '\0';
	fprintf(file,
		"origin: %s\ndata: \"%s\"\nhead: \"%s/head\"\n"
		"root: {uscc: \"%.*s\", key: \"%s\"}\n"
		"keys: {log: log.key, system: system.key}\n"
		"listen: {tcp: \"%s\", socket: %s.sock}\n"
		"tls: {certificate: tls/server.crt, key: tls/server.key, client_ca: tls/ca.crt}\n"
		"limits: {workers: %d}\nlog: {level: error}\n",
		TOWN_ORIGIN, data, data, CREDIT_USCC_SIZE, town->root_uscc.character, vkey,
		server->address, name, cores == BENCH_BOTH_CORES ? 2 : 1);
	finish(file);
}

/* Once for a run; ECDSA P-256, as `credctl init` makes them. */
static void write_certificates(const char *folder, const struct town *town)
{
	struct credit_problem problem = {0};
	char prefix[PATH_MAX];

	bench_make_folder(folder);
	bench_path(folder, "ca.crt", prefix);
	if (access(prefix, R_OK) == 0)
		return;
	bench_path(folder, "client", prefix);
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

static bool listens(const char *address)
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

void bench_server_wait(const struct bench_server *server, const char *what)
{
	int64_t until = bench_now() + START_SECONDS * 1000000000LL;

	while (!listens(server->address)) {
		if (waitpid(server->pid, NULL, WNOHANG) == server->pid || bench_now() > until)
			errx(1, "%s did not start", what);
		bench_sleep(20);
	}
}

void bench_server_prepare(
	const struct bench *bench, const char *name, struct bench_server *ret_server)
{
	struct bench_server server = {0};
	struct town town = {0};
	char file_name[64];

	town_keys(&town);
	snprintf(file_name, sizeof file_name, "%s.sock", name);
	bench_path(bench->folder, "tls", server.tls);
	bench_path(bench->folder, file_name, server.socket);
	unlink(server.socket);
	write_certificates(server.tls, &town);
	choose_address(server.address);
	*ret_server = server;
}

void bench_credd_again(const struct bench *bench, const char *name, enum bench_cores cores,
	struct bench_server *server)
{
	char program[PATH_MAX], config[PATH_MAX], file_name[64];

	snprintf(file_name, sizeof file_name, "%s.yaml", name);
	bench_path(bench->build, "credd", program);
	bench_path(bench->folder, file_name, config);
	/* The data set may be older than a week. */
	const char *const arguments[] = {program, "--config", config, "--confirm-clock", NULL};
	server->pid =
		bench_spawn(bench, &(struct bench_program){.arguments = arguments, .cores = cores});
}

struct bench_server bench_credd(const struct bench *bench, const char *name,
	const char *data_folder, enum bench_cores cores)
{
	struct bench_server server;
	struct town town = {0};

	bench_server_prepare(bench, name, &server);
	town_keys(&town);
	write_key(bench->folder, "log.key", &town.log);
	write_key(bench->folder, "system.key", &town.system);
	write_key(bench->folder, "bureau.key", &town.bureau);
	write_config(bench, name, &town, data_folder, &server, cores);
	bench_credd_again(bench, name, cores, &server);
	bench_server_wait(&server, "credd");
	return server;
}

struct bench_server bench_echo(const struct bench *bench, unsigned reply_bytes)
{
	struct bench_server server;
	char program[PATH_MAX], size[16];

	bench_server_prepare(bench, "echo", &server);
	bench_path(bench->build, "bench_echo", program);
	snprintf(size, sizeof size, "%u", reply_bytes);
	const char *const arguments[] = {
		program, server.address, server.tls, server.socket, size, NULL};
	server.pid = bench_spawn(
		bench, &(struct bench_program){.arguments = arguments, .cores = BENCH_SERVER_CORE});
	bench_server_wait(&server, "the echo");
	return server;
}

void bench_server_stop(const struct bench_server *server)
{
	if (kill(server->pid, SIGTERM) != 0)
		err(1, "the server has gone");
	bench_wait(server->pid, "the server");
}

bool bench_server_answers(const struct bench_server *server, const struct credit_uscc *uscc)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	char target[PATH_MAX];
	struct client *client;
	struct client_reply reply;
	struct question question;
	struct credit_problem problem;

	/* gRPC waits a second after a connection that failed; so look first. */
	if (strlen(server->socket) >= sizeof name.sun_path)
		errx(1, "%s is too long a path for a socket", server->socket);
	memcpy(name.sun_path, server->socket, strlen(server->socket));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool listening = connect(fd, (struct sockaddr *)(void *)&name, sizeof name) == 0;
	close(fd);
	if (!listening)
		return false;
	question_init(&question);
	snprintf(target, sizeof target, "unix:%.*s", BENCH_PATH_ROOM, server->socket);
	must(client_open(&(struct client_options){.target = target}, &client, &problem), &problem);
	bool answered =
		client_call(client, "/credit.v1.StatusService/GetStatus",
			question_of(&question, uscc), PROBE_MS, &reply, &problem) == CREDIT_OK;
	if (answered)
		free(reply.data);
	client_close(client);
	return answered;
}

/* --- warming up ------------------------------------------------------------------------------- */

/* Statuses lie in the order of the codes, many to a page. */
#define WARM_STRIDE 8
#define WARM_BATCH 1000

void bench_server_warm(const struct bench_server *server, const struct bench_data *data)
{
	Credit__V1__BatchGetStatusRequest request = CREDIT__V1__BATCH_GET_STATUS_REQUEST__INIT;
	static uint8_t codes[WARM_BATCH * CREDIT_USCC_SIZE];
	static uint8_t bytes[sizeof codes + 16];
	char target[PATH_MAX];
	struct client *client;
	struct client_stream *stream;
	struct credit_problem problem = {0};

	snprintf(target, sizeof target, "unix:%.*s", BENCH_PATH_ROOM, server->socket);
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
