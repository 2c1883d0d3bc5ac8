/* SPDX-License-Identifier: Apache-2.0
 *
 * load.c - credload's command line, and what it came to.
 */
#include "tests/bench/server.h"

#include "tests/support/town.h"

#include <err.h>
#include <stdio.h>
#include <string.h>

#define ARGUMENTS_MAX 48

/* A command line being made; numbers and paths lie in it. */
struct command {
	const char *word[ARGUMENTS_MAX];
	char text[ARGUMENTS_MAX][PATH_MAX];
	size_t count;
};

static void add_word(struct command *command, const char *word)
{
	if (command->count + 1 >= ARGUMENTS_MAX)
		errx(1, "too many arguments");
	snprintf(command->text[command->count], PATH_MAX, "%s", word);
	command->word[command->count] = command->text[command->count];
	command->count++;
}

static void add(struct command *command, const char *option, const char *value)
{
	add_word(command, option);
	add_word(command, value);
}

static void add_number(struct command *command, const char *option, unsigned value)
{
	char text[16];

	snprintf(text, sizeof text, "%u", value);
	add(command, option, text);
}

static void add_file(
	struct command *command, const char *option, const char *folder, const char *name)
{
	char path[PATH_MAX];

	bench_path(folder, name, path);
	add(command, option, path);
}

static void add_server(
	struct command *command, const struct bench_server *server, enum bench_transport transport)
{
	char socket[PATH_MAX];

	snprintf(socket, sizeof socket, "unix:%.*s", BENCH_PATH_ROOM, server->socket);
	add(command, "--server", transport == BENCH_TLS ? server->address : socket);
	add_file(command, "--ca", server->tls, "ca.crt");
	add_file(command, "--cert", server->tls, "client.crt");
	add_file(command, "--cert-key", server->tls, "client.key");
}

static void add_load(
	struct command *command, const struct bench *bench, const struct bench_load *load)
{
	add(command, "--method", load->method);
	add_number(command, "--connections", load->connections);
	add_number(command, "--in-flight", load->in_flight);
	add_number(command, "--time", load->milliseconds);
	add_number(command, "--warm-up", load->warm_up);
	add_number(command, "--seed", load->seed);
	add_number(command, "--items", load->items > 0 ? load->items : 1);
	if (load->cores == BENCH_CLIENT_CORE)
		add_number(command, "--core", (unsigned)bench->client_core);
	if (load->raw)
		add_word(command, "--raw");
}

static void add_filer(
	struct command *command, const struct bench *bench, const struct bench_load *load)
{
	char issuer[CREDIT_USCC_SIZE + 1];
	struct town town = {0};

	town_keys(&town);
	snprintf(issuer, sizeof issuer, "%.*s", CREDIT_USCC_SIZE, town.bureau_uscc.character);
	add(command, "--origin", TOWN_ORIGIN);
	add(command, "--issuer", issuer);
	add_file(command, "--sign", bench->folder, "bureau.key");
	add_number(command, "--filings", load->filings);
}

static double number(json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

static void make_command(const struct bench *bench, const struct bench_server *server,
	enum bench_transport transport, const struct bench_data *data,
	const struct bench_load *load, struct command *command)
{
	char program[PATH_MAX];

	command->count = 0;
	bench_path(bench->build, "credload", program);
	add_word(command, program);
	add_server(command, server, transport);
	add(command, "--codes", data->codes);
	add_load(command, bench, load);
	if (strcmp(load->method, "Submit") == 0)
		add_filer(command, bench, load);
	command->word[command->count] = NULL;
}

/* Sealing takes all the cores there are; credload then keeps to its own. */
static struct bench_program program_of(const struct command *command)
{
	return (struct bench_program){.arguments = command->word, .cores = BENCH_BOTH_CORES};
}

pid_t bench_run_begin(const struct bench *bench, const struct bench_server *server,
	enum bench_transport transport, const struct bench_data *data,
	const struct bench_load *load)
{
	static struct command command;

	make_command(bench, server, transport, data, load, &command);
	const struct bench_program program = program_of(&command);
	return bench_spawn(bench, &program);
}

struct bench_loaded bench_run(const struct bench *bench, const struct bench_server *server,
	enum bench_transport transport, const struct bench_data *data,
	const struct bench_load *load)
{
	static struct command command;
	struct bench_loaded loaded = {0};
	struct bench_watch *watch = load->watch ? bench_watch_begin(server) : NULL;

	make_command(bench, server, transport, data, load, &command);
	const struct bench_program program = program_of(&command);
	int64_t cpu = bench_cpu(server->pid);
	uint64_t written = bench_written(server->pid);
	json_t *told = bench_run_json(bench, &program, "credload");
	cpu = bench_cpu(server->pid) - cpu;
	written = bench_written(server->pid) - written;
	if (watch)
		bench_watch_end(watch, &loaded.publications, &loaded.private_peak);
	loaded.rate = number(told, "rate");
	loaded.p50_us = number(told, "p50_us");
	loaded.p99_us = number(told, "p99_us");
	loaded.request_bytes = number(told, "request_bytes");
	loaded.reply_bytes = number(told, "reply_bytes");
	loaded.calls = number(told, "calls");
	loaded.epochs = number(told, "epochs");
	json_decref(told);
	if (loaded.calls < 1 || loaded.rate <= 0)
		errx(1, "no call was counted");
	loaded.server_us = (double)cpu / 1000 / loaded.calls;
	loaded.server_busy = loaded.server_us * loaded.rate / 1e6;
	loaded.written = (double)written / loaded.calls;
	return loaded;
}
