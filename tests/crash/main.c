/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - a registry's day is run once for each point at which something can go wrong, and looked at.
 *
 *     crash [--mode NAME]... [--points N] [--random N] [--seed N] [--at N [--fate SEED] [--keep]]
 *
 * A first run counts the points of the day. Then each mode takes them in turn: all, or with --points at most so
 * many, spread over the day. --random draws mode, point and what survives, and lets the start after it be
 * killed as well. Prints a line of JSON for each mode; ends with 1 when anything was not as it must be.
 */
#include "tests/crash/fault.h"
#include "tests/crash/verdict.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_S 60
#define FAILURES_SHOWN 5

static const struct mode {
	const char *name;
	enum fault_kind kind;
	enum fault_deed deed;
	bool lasting, seeded;
	int error;
	bool begins; /* a registry that is not there yet is only opened */
} modes[] = {
	{"kill", FAULT_DISK, FAULT_KILL, false, false, 0, false},
	{"power", FAULT_DISK, FAULT_POWER, false, false, 0, false},
	{"torn", FAULT_DISK, FAULT_POWER, false, true, 0, false},
	{"enospc", FAULT_DISK, FAULT_ERROR, false, true, ENOSPC, false},
	{"full", FAULT_DISK, FAULT_ERROR, true, true, ENOSPC, false},
	{"eio", FAULT_DISK, FAULT_ERROR, false, true, EIO, false},
	{"dead-disk", FAULT_DISK, FAULT_ERROR, true, true, EIO, false},
	{"short", FAULT_DISK, FAULT_SHORT, false, true, 0, false},
	{"emfile", FAULT_FILES, FAULT_ERROR, false, true, EMFILE, false},
	{"enomem", FAULT_MEMORY, FAULT_ERROR, false, true, ENOMEM, false},
	{"doubt", FAULT_COMMITS, FAULT_ERROR, false, true, EIO, false},
	{"begin-kill", FAULT_DISK, FAULT_KILL, false, false, 0, true},
	{"begin-power", FAULT_DISK, FAULT_POWER, false, false, 0, true},
	{"begin-torn", FAULT_DISK, FAULT_POWER, false, true, 0, true},
};
#define MODES (sizeof modes / sizeof modes[0])

static struct {
	char folder[PATH_MAX]; /* everything lies below */
	char run[PATH_MAX + 8], scratch[PATH_MAX + 8];
	struct fault_figures *figures;
	struct day day;
	uint64_t random, fate;
	bool keep;
	unsigned failures;
} crash;

static struct tally {
	unsigned runs, killed, refused, acknowledged, failures;
} tallies[MODES + 1];

static uint64_t draw(void)
{
	uint64_t z = (crash.random += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Ids, openings and blinds are drawn alike in every run, so that a point is the same one again. */
static void draw_bytes(void *memory, const size_t size)
{
	static uint64_t state = 1;
	uint64_t kept = crash.random;

	crash.random = state;
	for (size_t i = 0; i < size; i++)
		((uint8_t *)memory)[i] = (uint8_t)draw();
	state = crash.random;
	crash.random = kept;
}

static const char *draw_name(void)
{
	return "the same again";
}

static uint32_t draw_number(void)
{
	uint32_t number;

	draw_bytes(&number, sizeof number);
	return number;
}

static struct randombytes_implementation drawing = {
	.implementation_name = draw_name, .random = draw_number, .buf = draw_bytes};

/* --- one day ---------------------------------------------------------------------------------- */

static int wait_for(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child)
		err(1, "wait");
	return status;
}

typedef void life(struct day *day, int out);

/* Runs a child under the plan and reads what it tells. */
static int live(const struct fault_plan *plan, life *begin, struct told *told)
{
	int channel[2], status;
	pid_t child;

	*crash.figures = (struct fault_figures){0};
	if (pipe(channel) != 0 || (child = fork()) < 0)
		err(1, "child");
	if (child == 0) {
		close(channel[0]);
		alarm(PATIENCE_S);
		crash.day.lasting = plan->lasting;
		fault_arm(plan, crash.figures);
		begin(&crash.day, channel[1]);
	}
	close(channel[1]);
	told_read(told, channel[0]);
	status = wait_for(child);
	close(channel[0]);
	return status;
}

/* In a process of its own, because what is damaged may end it. */
static bool stands(const struct told *told, bool begins)
{
	struct fault_plan plan = {.below = crash.run};
	struct fault_figures figures = {0};
	pid_t child = fork();
	int status;

	if (child < 0)
		err(1, "child");
	if (child == 0) {
		alarm(PATIENCE_S);
		fault_arm(&plan, &figures); /* syncs are not needed any more */
		if (begins)
			verdict_begun(&crash.day);
		else
			verdict(&crash.day, told);
		_exit(0);
	}
	status = wait_for(child);
	if (WIFSIGNALED(status))
		fprintf(stderr, "the one who looks died of signal %d\n", WTERMSIG(status));
	return status == 0;
}

/* With the folder of everything as $0. */
static void shell(const char *script)
{
	pid_t child = fork();

	if (child == 0) {
		execl("/bin/sh", "sh", "-c", script, crash.folder, (char *)NULL);
		_exit(127);
	}
	if (child < 0 || wait_for(child) != 0)
		errx(1, "%s", script);
}

static void note(struct tally *tally, const struct told *told)
{
	tally->runs++;
	tally->killed += !told->done;
	tally->refused += told->refused;
	for (size_t i = 0; i < FILINGS; i++)
		tally->acknowledged += told->receipts[i].data != NULL;
}

/* The day under the plan, and when `again` a start after it that is killed too. */
static void run(const struct mode *mode, struct fault_plan *plan, long again, struct tally *tally)
{
	struct told told = {0};
	int status;
	bool good;

	shell(mode->begins ? "cd \"$0\" && rm -rf run saved && mkdir run saved"
			   : "cd \"$0\" && rm -rf run saved && mkdir run saved && "
			     "cp -a template run/data");
	status = live(plan, mode->begins ? day_begin : day_live, &told);
	good = WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0;
	if (good && again) {
		struct fault_plan second = {.below = crash.run,
			.scratch = crash.scratch,
			.kind = FAULT_DISK,
			.deed = FAULT_POWER,
			.at = again,
			.seed = draw()};
		shell("cd \"$0\" && rm -rf saved && mkdir saved");
		live(&second, day_start, &told);
	}
	note(tally, &told);
	if (!good)
		fprintf(stderr, "it ended with status %x\n", (unsigned)status);
	if (told.stuck)
		fprintf(stderr, "it did not go on: %s\n", credit_error_name(told.error));
	if (good && !told.stuck && stands(&told, mode->begins)) {
		told_free(&told);
		return;
	}
	told_free(&told);
	tally->failures++;
	if (crash.failures++ < FAILURES_SHOWN)
		fprintf(stderr, "FAILED: mode %s, point %ld, seed %llu, again %ld\n", mode->name,
			plan->at, (unsigned long long)plan->seed, again);
	if (crash.keep)
		exit(1);
}

static struct fault_plan plan_of(const struct mode *mode, long at)
{
	return (struct fault_plan){.below = crash.run,
		.scratch = crash.scratch,
		.kind = mode->kind,
		.deed = mode->deed,
		.at = at,
		.lasting = mode->lasting,
		.error = mode->error,
		.seed = mode->seeded ? draw() : 0};
}

/* --- all of them ------------------------------------------------------------------------------ */

static void print(const char *name, const char *kind, long points, const struct tally *tally)
{
	printf("{\"name\":\"crash.%s\",\"kind\":\"%s\",\"points\":%ld,\"runs\":%u,\"ended\":%u,"
	       "\"refused\":%u,\"acknowledged\":%u,\"wrong\":%u}\n",
		name, kind, points, tally->runs, tally->killed, tally->refused, tally->acknowledged,
		tally->failures);
	fflush(stdout);
}

/* A day on which nothing goes wrong, but that the power fails at its end. Returns the disk's. */
static long count_points(const struct mode *like, long ret_points[FAULT_KINDS])
{
	struct mode none = {.name = "count", .begins = like && like->begins};
	struct fault_plan plan = plan_of(&none, 0);
	struct tally tally = {0};

	run(&none, &plan, 0, &tally);
	for (int i = 0; ret_points && i < FAULT_KINDS; i++)
		ret_points[i] = crash.figures->points[i];
	if (tally.failures || (!none.begins && tally.acknowledged != FILINGS))
		errx(1, "a day on which nothing goes wrong does not stand");
	return crash.figures->points[FAULT_DISK];
}

static void run_mode(size_t number, const long points[FAULT_KINDS], long limit, long only)
{
	static const char *const kinds[FAULT_KINDS] = {"disk", "files", "memory", "commits"};
	const struct mode *mode = &modes[number];
	long all = mode->begins ? count_points(mode, NULL) : points[mode->kind];
	long count = limit && limit < all ? limit : all;
	long shift = (long)(draw() % (uint64_t)(all / count));

	for (long i = 0; i < count; i++) {
		struct fault_plan plan = plan_of(mode, only ? only : 1 + i * all / count + shift);

		if (crash.fate)
			plan.seed = crash.fate;
		run(mode, &plan, 0, &tallies[number]);
		if (only)
			break;
	}
	print(mode->name, kinds[mode->kind], all, &tallies[number]);
}

static void run_random(const long points[FAULT_KINDS], long count)
{
	for (long i = 0; i < count; i++) {
		const struct mode *mode = &modes[draw() % MODES];
		struct fault_plan plan =
			plan_of(mode, 1 + (long)(draw() % (uint64_t)points[mode->kind]));
		long again = !mode->begins && draw() % 2 ? 1 + (long)(draw() % 60) : 0;

		run(mode, &plan, again, &tallies[MODES]);
	}
	print("random", "all", points[FAULT_DISK] + points[FAULT_FILES] + points[FAULT_MEMORY],
		&tallies[MODES]);
}

static void prepare(void)
{
	const char *place = getenv("TMPDIR");
	char template[PATH_MAX + 16];

	snprintf(crash.folder, sizeof crash.folder, "%s/crash-XXXXXX", place ? place : "/tmp");
	if (!mkdtemp(crash.folder))
		err(1, "%s", crash.folder);
	snprintf(template, sizeof template, "%s/template", crash.folder);
	snprintf(crash.run, sizeof crash.run, "%s/run", crash.folder);
	snprintf(crash.scratch, sizeof crash.scratch, "%s/saved", crash.folder);
	crash.figures = mmap(NULL, sizeof *crash.figures, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (crash.figures == MAP_FAILED)
		err(1, "figures");
	day_prepare(&crash.day, template);
	day_place(&crash.day, crash.run);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"mode", 1, NULL, 'm'}, {"points", 1, NULL, 'p'},
		{"random", 1, NULL, 'r'}, {"seed", 1, NULL, 's'}, {"at", 1, NULL, 'a'},
		{"fate", 1, NULL, 'f'}, {"keep", 0, NULL, 'k'}, {0}};
	long points[FAULT_KINDS], limit = 0, random = 0, only = 0;
	bool chosen[MODES] = {0}, choice = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'm') {
			choice = true;
			for (size_t i = 0; i < MODES; i++)
				chosen[i] |= strcmp(optarg, modes[i].name) == 0;
		} else if (option == 'p') {
			limit = strtol(optarg, NULL, 10);
		} else if (option == 'r') {
			random = strtol(optarg, NULL, 10);
		} else if (option == 's') {
			crash.random = strtoull(optarg, NULL, 10);
		} else if (option == 'a') {
			only = strtol(optarg, NULL, 10);
		} else if (option == 'f') {
			crash.fate = strtoull(optarg, NULL, 10);
		} else if (option == 'k') {
			crash.keep = true;
		} else {
			return 2;
		}
	}
	randombytes_set_implementation(&drawing);
	prepare();
	count_points(NULL, points);
	for (size_t i = 0; i < MODES; i++)
		if (choice ? chosen[i] : !random)
			run_mode(i, points, limit, only);
	if (random)
		run_random(points, random);
	shell("rm -rf \"$0\"");
	return crash.failures > 0;
}
