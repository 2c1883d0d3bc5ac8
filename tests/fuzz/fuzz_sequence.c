/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_sequence.c - a life of a small registry, dictated by a stranger: filings good and bad, in any order,
 * time that passes, publications, restarts and questions.
 *
 * An input is a list of steps, each a byte that chooses one of `steps` below and what that step takes of
 * the bytes behind it. Every sequence begins in a town that has just been founded (tests/support/town.h).
 * After each publication the tree has the leaves of what was accepted and of nothing else; nothing that a
 * stranger sends is a fault; and at the end fsck derives from the journal what the state holds.
 *
 * Decoder: libcredit/registry/submit.c libcredit/registry/decide.c libcredit/registry/apply.c
 *          libcredit/registry/due.c libcredit/registry/publish.c libcredit/model/filing.c
 */
#include "tests/support/temp_dir.h"
#include "tests/support/town.h"

#include "credit/v1/filing_service.pb-c.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEPS_MAX 24
#define ENTITIES 4
#define MADE_MAX 16
#define TAKEN_MAX 4096

extern const unsigned fuzz_mutations;
const unsigned fuzz_mutations = 12; /* each is a registry on a disk */

struct life {
	struct town town;
	struct credit_bytes rest;
	uint64_t leaves;                   /* that there must be */
	struct credit_hash made[MADE_MAX]; /* the last acts that were accepted */
	size_t made_count;
	char folder[256];
};

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* --- a town that has just been founded --------------------------------------------------------- */

static const char *const files[] = {"journal/data.mdb", "state/data.mdb", "head"};
static char founded[128];
static pid_t founder;
static uint64_t founded_leaves;
static credit_ms_t founded_now;

static void copy_file(const char *from_folder, const char *to_folder, const char *name)
{
	char from[512], to[512];
	struct stat status;
	int in, out;

	snprintf(from, sizeof from, "%s/%s", from_folder, name);
	snprintf(to, sizeof to, "%s/%s", to_folder, name);
	in = open(from, O_RDONLY | O_CLOEXEC);
	out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (in < 0 || out < 0 || fstat(in, &status) != 0)
		err(1, "%s", from);
	while (status.st_size > 0) {
		ssize_t size = sendfile(out, in, NULL, (size_t)status.st_size);

		if (size <= 0)
			err(1, "%s", to);
		status.st_size -= size;
	}
	close(in);
	close(out);
}

static void remove_founded(void)
{
	char command[256];

	if (getpid() != founder)
		return;
	snprintf(command, sizeof command, "rm -rf '%s'", founded);
	if (system(command) != 0)
		err(1, "%s", founded);
}

/* Once, because it takes as long as many sequences. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct town town;
	const char *base = getenv("TMPDIR");

	(void)argc;
	(void)argv;
	snprintf(founded, sizeof founded, "%s/credit-founded-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(founded))
		err(1, "%s", founded);
	founder = getpid();
	atexit(remove_founded);
	town_open(&town, founded);
	town_publish(&town);
	founded_leaves = town_tree_size(&town);
	founded_now = town.now;
	town_close(&town);
	return 0;
}

static void open_town(struct life *life)
{
	struct credit_registry_options options = town_options(&life->town, life->folder);
	struct credit_problem problem;

	options.map_size = (size_t)64 << 20;
	require(credit_registry_open(&options, NULL, NULL, &life->town.registry, &problem) ==
		CREDIT_OK);
}

static void begin(struct life *life)
{
	char path[512];

	memset(&life->town, 0, sizeof life->town);
	town_keys(&life->town);
	life->town.now = founded_now;
	life->leaves = founded_leaves;
	temp_dir_make();
	snprintf(life->folder, sizeof life->folder, "%s", temp_dir_path("."));
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", life->folder, i ? "state" : "journal");
		if (mkdir(path, 0700) != 0)
			err(1, "%s", path);
	}
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		copy_file(founded, life->folder, files[i]);
	require(credit_sealer_new(&life->town.sealer) == CREDIT_OK);
	open_town(life);
}

/* --- steps --------------------------------------------------------------------------------------- */

static uint8_t take(struct life *life)
{
	if (life->rest.size == 0)
		return 0;
	life->rest.size--;
	return *life->rest.data++;
}

static struct credit_bytes take_bytes(struct life *life)
{
	size_t size = (size_t)take(life) << 8 | take(life);
	struct credit_bytes bytes;

	if (size > TAKEN_MAX)
		size = TAKEN_MAX;
	if (size > life->rest.size)
		size = life->rest.size;
	bytes = (struct credit_bytes){life->rest.data, size};
	life->rest.data += size;
	life->rest.size -= size;
	return bytes;
}

static void remember(struct life *life, const struct credit_hash *commitment)
{
	life->made[life->made_count++ % MADE_MAX] = *commitment;
}

static const struct credit_hash *recall(struct life *life)
{
	static const struct credit_hash nothing;
	size_t known = life->made_count < MADE_MAX ? life->made_count : MADE_MAX;

	return known ? &life->made[take(life) % known] : &nothing;
}

/* Files what has been opened; a fault is a finding. */
static void submit(struct life *life, const Credit__V1__Filing *filing, uint8_t flags)
{
	struct credit_submission submission = {.validate_only = (flags & 2) != 0};
	struct credit_submission *const submissions[] = {&submission};
	struct credit_problem problem;

	if (credit_filing_open(filing, &submission.filing, &problem) != CREDIT_OK)
		return;
	credit_registry_submit(life->town.registry, submissions, 1, life->town.now);
	require(!credit_error_is_fault(submission.error));
	if (submission.error == CREDIT_OK && !submission.validate_only)
		life->leaves += submission.accepted;
	credit_filing_free(submission.filing);
}

/* Signs what is in the sealer. Flags: 1 all or nothing, 2 a dry run, 4 another's key, 8 a bit that
 * changes on the way, 16 the same once more. */
static void sign_and_submit(struct life *life)
{
	const uint8_t flags = take(life);
	struct credit_manifest_options options = {.origin = TOWN_ORIGIN,
		.issuer = life->town.bureau_uscc,
		.created_at = life->town.now,
		.all_or_nothing = flags & 1};
	struct credit_problem problem;
	Credit__V1__Filing *filing;

	if (credit_sealer_count(life->town.sealer) == 0 ||
		credit_sealer_sign(life->town.sealer, &options,
			flags & 4 ? &life->town.root : &life->town.bureau, &filing,
			&problem) != CREDIT_OK)
		return;
	if (flags & 8)
		filing->acts[0]->act.data[take(life) % filing->acts[0]->act.len] ^= 1;
	submit(life, filing, flags);
	if ((flags & 16) && !(flags & 2)) { /* its first receipt, and nothing new */
		uint64_t before = life->leaves;

		submit(life, filing, flags);
		life->leaves = before;
	}
}

static void file(struct life *life, struct town_act *act)
{
	struct credit_hash commitment;
	struct credit_problem problem;

	if (credit_sealer_add(life->town.sealer, &act->act, (struct credit_bytes){NULL, 0},
		    &commitment, &problem) != CREDIT_OK)
		return;
	remember(life, &commitment);
	sign_and_submit(life);
}

static void enrol(struct life *life)
{
	struct town_act act;

	town_enrol(&act, take(life) % ENTITIES);
	file(life, &act);
}

static void penalise(struct life *life)
{
	uint8_t choice = take(life);
	struct town_act act;

	town_penalise(&act, choice % ENTITIES, choice / ENTITIES);
	file(life, &act);
}

static void list(struct life *life)
{
	uint8_t choice = take(life);
	struct town_act act;

	town_list(
		&act, choice % ENTITIES, choice & 128 ? "red.taxpayer-a" : "black.market-serious");
	file(life, &act);
}

static void take_off(struct life *life)
{
	uint8_t choice = take(life);
	struct town_act act;

	town_remove(&act, choice % ENTITIES, recall(life),
		(Credit__V1__RemovalCause)(choice / ENTITIES % 8));
	file(life, &act);
}

static void erase(struct life *life)
{
	struct town_act act;

	town_erase(&act, take(life) % ENTITIES, recall(life));
	file(life, &act);
}

/* An act whose bytes are the stranger's, sealed and signed as it stands. */
static void file_bytes(struct life *life)
{
	struct credit_bytes bytes = take_bytes(life);
	struct credit_opening opening = {{0}};
	struct credit_hash commitment;
	struct credit_problem problem;

	opening.byte[0] = (uint8_t)life->made_count;
	if (bytes.size == 0 || credit_sealer_add_sealed(life->town.sealer, bytes, &opening,
				       &commitment, &problem) != CREDIT_OK)
		return;
	remember(life, &commitment);
	sign_and_submit(life);
}

/* A filing that is the stranger's altogether. */
static void file_request(struct life *life)
{
	struct credit_bytes bytes = take_bytes(life);
	ProtobufCMessage *message;
	struct credit_problem problem;
	struct credit_arena arena;

	credit_arena_init(&arena, NULL, 0, (size_t)16 << 20);
	if (credit_decode(&credit__v1__filing__descriptor, bytes, &arena, &message, &problem) ==
		CREDIT_OK)
		submit(life, (const Credit__V1__Filing *)(const void *)message, take(life));
	credit_arena_deinit(&arena);
}

static void publish(struct life *life)
{
	town_publish(&life->town);
	life->leaves++;
	require(town_tree_size(&life->town) == life->leaves);
}

/* Between a minute and a year. */
static void pass_time(struct life *life)
{
	uint32_t fired;

	life->town.now.ms += INT64_C(60000) << take(life) % 20;
	do {
		require(credit_registry_fire_due(
				life->town.registry, life->town.now, 100, &fired) == CREDIT_OK);
		life->leaves += fired;
	} while (fired > 0);
}

static void restart(struct life *life)
{
	credit_registry_close(life->town.registry);
	open_town(life);
}

static void ask(struct life *life)
{
	enum credit_error error;
	Credit__V1__Status *status = town_ask(&life->town, take(life) % (ENTITIES + 1), &error);

	require(!credit_error_is_fault(error));
	if (status)
		credit__v1__status__free_unpacked(status, NULL);
}

static void (*const steps[])(struct life *) = {enrol, penalise, list, take_off, erase, file_bytes,
	file_request, publish, pass_time, restart, ask};

static void tell(void *context, const struct credit_fault *fault)
{
	(void)context;
	warnx("fsck: %s: %s", fault->place, fault->what[CREDIT_LANG_EN]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct life life;
	const struct credit_fsck_options options = {.fault = tell};
	struct credit_fsck_report report = {0};

	memset(&life, 0, sizeof life);
	begin(&life);
	life.rest = (struct credit_bytes){data, size};
	for (size_t n = 0; n < STEPS_MAX && life.rest.size > 0; n++)
		steps[take(&life) % (sizeof steps / sizeof steps[0])](&life);
	publish(&life);
	require(credit_registry_fsck(life.town.registry, &options, &report) == CREDIT_OK);
	require(report.faults == 0 && report.leaves == life.leaves);
	town_close(&life.town);
	temp_dir_remove();
	return 0;
}
