/* SPDX-License-Identifier: Apache-2.0
 *
 * postgres.c - a PostgreSQL of the bench's own: made once in a folder of its own, started for a figure,
 * on a Unix socket only, and stopped with it.
 *
 * Settings: those of the package but for what settings[] says, which is how one sets it up for a machine of
 * its own; every commit is durable. PostgreSQL refuses to run as root; then it runs as the user postgres, and
 * where that user cannot reach the bench's folder, in FALLBACK.
 */
#include "tests/bench/peers.h"

#include <err.h>
#include <glob.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAMS "/usr/lib/postgresql/*/bin"
#define FALLBACK "/var/tmp/credit-bench-postgres"
#define START_SECONDS 60
#define MIB (1 << 20)
#define STATUS_AT 34 /* in a status row: behind the opening and the length */

/* What is not written here is as the package has it. */
static const char *const settings[] = {
	"listen_addresses=",
	"fsync=on",
	"synchronous_commit=on",
	"full_page_writes=on",
	"max_connections=200",
	"max_wal_size=8GB", /* else a bulk load is all checkpoints */
	"wal_level=minimal",
	"max_wal_senders=0",
	"log_min_messages=panic", /* errors reach us through the clients */
	"client_min_messages=warning",
};
#define SETTINGS (sizeof settings / sizeof settings[0])

/* --- what is installed ------------------------------------------------------------------------ */

static bool find_programs(struct bench_postgres *postgres)
{
	glob_t found;
	bool any = glob(PROGRAMS, 0, NULL, &found) == 0;

	if (any)
		snprintf(postgres->programs, sizeof postgres->programs, "%s",
			found.gl_pathv[found.gl_pathc - 1]);
	globfree(&found);
	return any;
}

static bool lacks(struct bench_postgres *postgres, const char *reason, const char *remedy)
{
	postgres->reason = reason;
	postgres->remedy = remedy;
	return false;
}

static bool can_be_had(const struct bench *bench, struct bench_postgres *postgres)
{
	char client[PATH_MAX];
	const struct passwd *user;

	bench_path(bench->build, "bench_postgres", client);
	if (!find_programs(postgres))
		return lacks(postgres, "PostgreSQL is not installed",
			"apt-get install postgresql-15, or run make bench as root");
	if (access(client, X_OK) != 0)
		return lacks(postgres, "libpq was not there when the bench was built",
			"apt-get install libpq-dev, then make bench again");
	if (geteuid() != 0)
		return true;
	user = getpwnam("postgres");
	if (!user)
		return lacks(postgres, "we are root, and there is no user postgres to run it as",
			"apt-get install postgresql-15");
	postgres->user = user->pw_uid;
	postgres->group = user->pw_gid;
	return true;
}

/* --- programs of PostgreSQL's ----------------------------------------------------------------- */

static struct bench_program as_its_user(
	const struct bench_postgres *postgres, const char *const *arguments)
{
	return (struct bench_program){
		.arguments = arguments, .user = postgres->user, .group = postgres->group};
}

static void psql(const struct bench *bench, const struct bench_postgres *postgres,
	const char *database, const char *sql)
{
	char program[PATH_MAX];

	bench_path(postgres->programs, "psql", program);
	const char *const arguments[] = {program, "-X", "-q", "-o", "/dev/null", "-v",
		"ON_ERROR_STOP=1", "-h", postgres->folder, "-U", "bench", "-d", database, "-c", sql,
		NULL};
	const struct bench_program run = as_its_user(postgres, arguments);
	bench_run_program(bench, &run, sql);
}

/* --- the cluster ------------------------------------------------------------------------------ */

static bool make_folder(struct bench_postgres *postgres, const char *path)
{
	const char *const arguments[] = {"/usr/bin/test", "-w", path, NULL};
	const struct bench_program test = as_its_user(postgres, arguments);

	bench_make_folder(path);
	if (chown(path, postgres->user ? postgres->user : geteuid(),
		    postgres->user ? postgres->group : getegid()) != 0)
		err(1, "%s", path);
	snprintf(postgres->folder, sizeof postgres->folder, "%s", path);
	return strlen(path) < 80 && bench_try(NULL, &test); /* a socket's path is short */
}

static void make_cluster(
	const struct bench *bench, const struct bench_postgres *postgres, const char *cluster)
{
	char program[PATH_MAX], version[PATH_MAX];

	bench_path(cluster, "PG_VERSION", version);
	if (access(version, F_OK) == 0)
		return;
	bench_path(postgres->programs, "initdb", program);
	const char *const arguments[] = {program, "-D", cluster, "-U", "bench", "--auth=trust",
		"--locale=C", "--encoding=UTF8", "--no-instructions", NULL};
	const struct bench_program initdb = as_its_user(postgres, arguments);
	bench_run_program(bench, &initdb, "initdb");
}

static void start(const struct bench *bench, enum bench_cores cores, const char *cluster,
	struct bench_postgres *postgres)
{
	char program[PATH_MAX], memory[64], sockets[PATH_MAX], ready[PATH_MAX];
	const char *arguments[16 + 2 * SETTINGS] = {
		program, "-D", cluster, "-c", memory, "-c", sockets};
	size_t count = 7;

	bench_path(postgres->programs, "postgres", program);
	bench_path(postgres->programs, "pg_isready", ready);
	snprintf(memory, sizeof memory, "shared_buffers=%lluMB",
		(unsigned long long)(bench->memory / 4 / MIB));
	snprintf(sockets, sizeof sockets, "unix_socket_directories=%.*s", BENCH_PATH_ROOM,
		postgres->folder);
	postgres->settings = json_pack("{s:[s]}", "settings", memory);
	for (size_t i = 0; i < SETTINGS; i++) {
		arguments[count++] = "-c";
		arguments[count++] = settings[i];
		json_array_append_new(
			json_object_get(postgres->settings, "settings"), json_string(settings[i]));
	}
	struct bench_program run = as_its_user(postgres, arguments);
	run.cores = cores;
	postgres->pid = bench_spawn(bench, &run);
	const char *const asking[] = {
		ready, "-q", "-h", postgres->folder, "-U", "bench", "-d", "postgres", NULL};
	const struct bench_program ask = as_its_user(postgres, asking);
	for (int64_t begun = bench_now(); !bench_try(bench, &ask); bench_sleep(100))
		if (bench_now() - begun > START_SECONDS * 1000000000LL)
			errx(1, "PostgreSQL did not start");
}

/* --- its rows --------------------------------------------------------------------------------- */

static const char schema[] =
	"create table statuses (uscc text not null, status bytea not null, epoch bigint not null,"
	" published_at bigint not null);"
	"create table acts (commitment bytea primary key, uscc text not null, body bytea not null);"
	"create table records (uscc text not null, id bytea not null, body bytea not null,"
	" primary key (uscc, id))";

static void put_field(FILE *to, const void *data, size_t size)
{
	uint8_t length[4];

	credit_write_u32(length, (uint32_t)size);
	fwrite(length, sizeof length, 1, to);
	fwrite(data, size, 1, to);
}

/* One row of a binary COPY. */
static enum credit_error put_row(void *context, struct credit_bytes key, struct credit_bytes value)
{
	static const uint8_t fields[2] = {0, 4}, epoch[8] = {0, 0, 0, 0, 0, 0, 0, 1},
			     published_at[8] = {0, 0, 1, 0x9e};
	FILE *to = context;
	size_t status = credit_read_u16(value.data + STATUS_AT - 2);

	fwrite(fields, sizeof fields, 1, to);
	put_field(to, key.data, key.size);
	put_field(to, value.data + STATUS_AT, status);
	put_field(to, epoch, sizeof epoch);
	put_field(to, published_at, sizeof published_at);
	return ferror(to) ? CREDIT_E_IO : CREDIT_OK;
}

static void copy_rows(const struct bench *bench, const struct bench_postgres *postgres,
	const struct bench_data *data)
{
	static const char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0"; /* and the NUL */
	static const uint8_t trailer[2] = {0xff, 0xff};
	char program[PATH_MAX];
	int input;

	bench_path(postgres->programs, "psql", program);
	const char *const arguments[] = {program, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h",
		postgres->folder, "-U", "bench", "-d", postgres->database, "-c",
		"copy statuses from stdin (format binary)", NULL};
	struct bench_program copy = as_its_user(postgres, arguments);
	copy.ret_input = &input;
	pid_t pid = bench_spawn(bench, &copy);
	FILE *to = fdopen(input, "w");
	if (!to)
		err(1, "copy");
	fwrite(header, sizeof header, 1, to);
	bench_data_statuses(data, to, put_row);
	fwrite(trailer, sizeof trailer, 1, to);
	if (fclose(to) != 0)
		err(1, "copy");
	bench_wait(pid, "copy");
}

/* A file beside the cluster says that a set is loaded, and in how many seconds. */
static void load(
	const struct bench *bench, const struct bench_data *data, struct bench_postgres *postgres)
{
	char name[64], told[PATH_MAX], sql[128];

	snprintf(postgres->database, sizeof postgres->database, "entities_%llu",
		(unsigned long long)data->entities);
	snprintf(name, sizeof name, "%s.json", postgres->database);
	bench_path(postgres->folder, name, told);
	json_t *loaded = json_load_file(told, 0, NULL);
	if (!loaded) {
		int64_t begun = bench_now();

		bench_say("loading %llu rows into PostgreSQL; this is done once",
			(unsigned long long)data->entities);
		snprintf(sql, sizeof sql, "drop database if exists %s", postgres->database);
		psql(bench, postgres, "postgres", sql);
		snprintf(sql, sizeof sql, "create database %s", postgres->database);
		psql(bench, postgres, "postgres", sql);
		psql(bench, postgres, postgres->database, schema);
		copy_rows(bench, postgres, data);
		psql(bench, postgres, postgres->database,
			"alter table statuses add primary key (uscc);"
			"create extension pg_prewarm");
		psql(bench, postgres, postgres->database, "vacuum (freeze, analyze)");
		loaded = json_pack("{s:I, s:f}", "rows", (json_int_t)data->entities, "load_seconds",
			(double)(bench_now() - begun) / 1e9);
		if (json_dump_file(loaded, told, 0) != 0)
			errx(1, "%s cannot be written", told);
	}
	json_object_update_new(postgres->settings, loaded);
	psql(bench, postgres, postgres->database,
		"select pg_prewarm('statuses'), pg_prewarm('statuses_pkey')");
	psql(bench, postgres, postgres->database, "checkpoint");
}

void bench_postgres_empty(const struct bench *bench, const struct bench_postgres *postgres)
{
	psql(bench, postgres, postgres->database, "truncate acts, records");
	psql(bench, postgres, postgres->database, "vacuum (analyze) statuses");
	psql(bench, postgres, postgres->database, "checkpoint");
}

/* --- starting, running, stopping -------------------------------------------------------------- */

bool bench_postgres_start(const struct bench *bench, const struct bench_data *data,
	enum bench_cores cores, struct bench_postgres *ret_postgres)
{
	struct bench_postgres postgres = {0};
	char folder[PATH_MAX], cluster[PATH_MAX];

	if (!can_be_had(bench, &postgres)) {
		*ret_postgres = postgres;
		return false;
	}
	bench_path(bench->folder, "postgres", folder);
	if (!make_folder(&postgres, folder) && !make_folder(&postgres, FALLBACK)) {
		lacks(&postgres, "PostgreSQL can write to no folder of ours",
			"build in a folder that the user postgres can reach");
		*ret_postgres = postgres;
		return false;
	}
	bench_path(postgres.folder, "cluster", cluster);
	make_cluster(bench, &postgres, cluster);
	start(bench, cores, cluster, &postgres);
	load(bench, data, &postgres);
	*ret_postgres = postgres;
	return true;
}

void bench_postgres_stop(struct bench_postgres *postgres)
{
	if (kill(postgres->pid, SIGINT) != 0)
		err(1, "PostgreSQL has gone");
	bench_wait(postgres->pid, "PostgreSQL");
}

struct bench_queried bench_postgres_run(const struct bench *bench,
	const struct bench_postgres *postgres, const struct bench_data *data,
	const struct bench_query *query)
{
	char program[PATH_MAX], text[6][16];
	const unsigned numbers[6] = {query->clients, query->items > 0 ? query->items : 1,
		query->act_bytes, query->milliseconds, query->warm_up, query->seed};

	bench_path(bench->build, "bench_postgres", program);
	for (size_t i = 0; i < 6; i++)
		snprintf(text[i], sizeof text[i], "%u", numbers[i]);
	const char *const arguments[] = {program, postgres->folder, postgres->database,
		query->statement, data->codes, text[0], text[1], text[2], text[3], text[4], text[5],
		NULL};
	const struct bench_program run = {.arguments = arguments, .cores = query->cores};
	json_t *told = bench_run_json(bench, &run, "bench_postgres");
	struct bench_queried queried = {
		.rate = json_number_value(json_object_get(told, "rate")),
		.p50_us = json_number_value(json_object_get(told, "p50_us")),
		.p99_us = json_number_value(json_object_get(told, "p99_us")),
	};
	json_decref(told);
	return queried;
}
