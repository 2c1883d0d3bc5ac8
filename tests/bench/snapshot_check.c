/* SPDX-License-Identifier: Apache-2.0
 *
 * snapshot_check.c - snapshot.check: seconds that `credctl snapshot check` takes for a million customers
 * against a million listings, files, signature and all.
 *
 * Both are made here. No customer is listed, but each lies between two that are: hits would measure the
 * terminal. The customers come in random order, as in a bank's export.
 */
#include "tests/bench/bench.h"

#include "load/requests.h"
#include "tests/support/town.h"

#include <credit/snapshot.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNS 5

static enum credit_error put(void *context, struct credit_bytes bytes)
{
	if (fwrite(bytes.data, bytes.size, 1, context) != 1)
		err(1, "the snapshot");
	return CREDIT_OK;
}

static void must(enum credit_error error, const char *what)
{
	if (error != CREDIT_OK)
		errx(1, "%s: %s", what, credit_error_name(error));
}

static FILE *create(const char *path)
{
	FILE *file = fopen(path, "w+e");

	if (!file)
		err(1, "%s", path);
	return file;
}

static void finish(FILE *file, const char *path)
{
	if (fclose(file) != 0)
		err(1, "%s", path);
}

/* The entities with even numbers, each on one list. */
static void write_body(FILE *file, uint32_t count, struct credit_snapshot_leaf *ret_leaf)
{
	static struct credit_snapshot_writer writer;
	struct credit_snapshot_header header = {
		.origin = TOWN_ORIGIN, .publication = {.publication = 1}, .lists = 1};
	struct credit_snapshot_list list = {1, CREDIT_SNAPSHOT_BLACK, credit_bytes_of("black.a"),
		credit_bytes_of("严重失信主体名单"), credit_bytes_of("black list")};
	struct credit_snapshot_entity entity = {.count = 1,
		.entry = {{.list = 1, .listed_on = {20600}, .published_until = {21700}}}};

	must(credit_snapshot_write_header(&writer, &header, file, put), "header");
	must(credit_snapshot_write_list(&writer, &list), "list");
	for (uint32_t i = 0; i < count; i++) {
		entity.uscc = town_uscc(2 * i);
		must(credit_snapshot_write_entity(&writer, &entity), "entity");
	}
	credit_snapshot_write_done(&writer, 1, ret_leaf);
}

static void write_proof(
	FILE *file, const struct town *town, const struct credit_snapshot_leaf *leaf)
{
	uint8_t entry[CREDIT_SNAPSHOT_LEAF_SIZE], note[CREDIT_CHECKPOINT_MAX];
	uint8_t memory[CREDIT_SNAPSHOT_PROOF_MAX];
	struct credit_hash hashes[2] = {{{0}}};
	struct credit_tree_head head = {.size = 2};
	struct credit_buffer buffer;
	struct credit_bytes bytes;
	struct credit_path path;

	credit_snapshot_leaf_write(leaf, entry);
	credit_leaf_hash((struct credit_bytes){entry, sizeof entry}, &hashes[0]);
	credit_tree_root(hashes, 2, &head.root);
	credit_tree_path(hashes, 2, 0, &path);
	credit_buffer_init(&buffer, note, sizeof note);
	must(credit_checkpoint_sign(TOWN_ORIGIN, &head, &town->log_name, &town->log, &buffer),
		"checkpoint");
	must(credit_buffer_done(&buffer, &bytes), "checkpoint");
	credit_buffer_init(&buffer, memory, sizeof memory);
	credit_snapshot_proof_write(leaf, &path, bytes, &buffer);
	must(credit_buffer_done(&buffer, &bytes), "proof");
	(void)!put(file, bytes);
}

/* Returns its size. */
static long write_snapshot(const char *path, const struct town *town, uint32_t count)
{
	FILE *body = tmpfile(), *file = create(path);
	struct credit_snapshot_leaf leaf;
	static uint8_t piece[1 << 20];
	size_t size;

	if (!body)
		err(1, "a temporary file");
	write_body(body, count, &leaf);
	write_proof(file, town, &leaf);
	rewind(body);
	while ((size = fread(piece, 1, sizeof piece, body)) > 0)
		(void)!put(file, (struct credit_bytes){piece, size});
	fclose(body);
	long total = ftell(file);
	finish(file, path);
	return total;
}

/* The entities with odd numbers, shuffled. */
static void write_customers(const char *path, uint32_t count)
{
	uint32_t *order = malloc(count * sizeof *order);
	FILE *file = create(path);
	uint64_t chance = 5;

	if (!order)
		err(1, "memory");
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = (uint32_t)(chance_next(&chance) % (i + 1));

		order[i] = order[at];
		order[at] = i;
	}
	fputs("客户号,客户名称,统一社会信用代码\n", file);
	for (uint32_t i = 0; i < count; i++) {
		struct credit_uscc uscc = town_uscc(2 * order[i] + 1);

		fprintf(file, "%u,示例县青禾商贸有限公司,%.*s\n", i, CREDIT_USCC_SIZE,
			uscc.character);
	}
	free(order);
	finish(file, path);
}

void bench_snapshot_check(const struct bench *bench)
{
	uint32_t count = bench_scaled(bench, 1000000, 100000);
	char program[PATH_MAX], snapshot[PATH_MAX], customers[PATH_MAX];
	double seconds[RUNS];
	struct town town = {0};
	char key[CREDIT_KEY_TEXT_MAX];

	town_keys(&town);
	bench_path(bench->build, "credctl", program);
	bench_path(bench->folder, "check.snap", snapshot);
	bench_path(bench->folder, "customers.csv", customers);
	must(credit_vkey_text(&town.log_name, key), "key");
	long bytes = write_snapshot(snapshot, &town, count);
	write_customers(customers, count);
	for (size_t i = 0; i < RUNS; i++) {
		const char *const words[] = {program, "--json", "snapshot", "check", customers,
			"--snapshot", snapshot, "--key", key, "--max-age", "36500d", NULL};
		const struct bench_program check = {.arguments = words, .cores = BENCH_CLIENT_CORE};
		int64_t begun = bench_now();
		json_t *told = bench_run_json(bench, &check, "credctl snapshot check");

		seconds[i] = (double)(bench_now() - begun) / 1e9;
		json_t *summary = json_object_get(told, "summary");
		if (json_integer_value(json_object_get(summary, "no_entry")) != (json_int_t)count)
			errx(1, "not every customer was checked");
		json_decref(told);
		bench_say("%.2f s", seconds[i]);
	}
	bench_tell("snapshot.check", bench_spread_of(seconds, RUNS),
		json_pack("{s:I, s:I, s:I, s:i}", "customers", (json_int_t)count, "listings",
			(json_int_t)count, "snapshot_bytes", (json_int_t)bytes, "runs", RUNS));
}
