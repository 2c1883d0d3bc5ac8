/* SPDX-License-Identifier: Apache-2.0
 *
 * damage.c - damages the files of a registry at random places and looks what it answers then.
 *
 *     damage --trials N [--seed S] [--another-truth]
 *
 * Each trial lays the whole files down again, damages one of them in one place (a bit that turns, bytes
 * overwritten, a page of zeros, a page that another one was written over, the end cut off), and starts two
 * processes: one opens the registry and asks it everything, one does what `credctl fsck` does. The last line
 * is JSON. Ends with 1 when an answer that verifies was wrong, when fsck fell over, or when fsck saw nothing
 * although something was refused or wrong.
 */
#include "tests/damage/oracle.h"

#include <credit/store.h>

#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define PATIENCE 240 /* seconds that a process may take */
#define EXIT_STOPPED 3

static const char *const names[] = {"journal/data.mdb", "state/data.mdb", "head"};
#define FILES (sizeof names / sizeof names[0])

struct trials {
	char whole[PATH_MAX - 64], work[PATH_MAX - 64];
	struct {
		uint8_t *data;
		size_t size;
	} file[FILES];
	struct oracle oracle;
	uint64_t random;
};

enum damage {
	DAMAGE_BIT,
	DAMAGE_BYTES,
	DAMAGE_ZEROS,
	DAMAGE_OTHER_PAGE,
	DAMAGE_CUT,
	DAMAGE_KINDS
};

static const char *const damage_names[] = {"bit", "bytes", "zeros", "other page", "cut off"};

struct counts {
	unsigned tried, refused_opening, refused_answers, harmless, fsck_told, stopped, crashed,
		hung;
	unsigned fsck_crashed, wrong_verified, wrong_plain, unseen;
};

/* What a process found out. */
struct served {
	enum credit_error opened;
	struct oracle_verdict verdict;
};
struct checked {
	enum credit_error error;
	uint64_t faults;
};

/* --- chance: xorshift64*, so that a seed says which damage it was ----------------------------------- */

static uint64_t draw(struct trials *trials, uint64_t below)
{
	trials->random ^= trials->random >> 12;
	trials->random ^= trials->random << 25;
	trials->random ^= trials->random >> 27;
	return (trials->random * 0x2545f4914f6cdd1dULL >> 16) % below;
}

/* --- files ------------------------------------------------------------------------------------------ */

static void read_whole(struct trials *trials)
{
	for (size_t i = 0; i < FILES; i++) {
		char path[PATH_MAX];
		struct stat status;
		int fd;

		snprintf(path, sizeof path, "%s/%s", trials->whole, names[i]);
		fd = open(path, O_RDONLY);
		if (fd < 0 || fstat(fd, &status) != 0)
			err(2, "%s", path);
		trials->file[i].size = (size_t)status.st_size;
		trials->file[i].data = malloc(trials->file[i].size);
		if (!trials->file[i].data || read(fd, trials->file[i].data, trials->file[i].size) !=
						     (ssize_t)trials->file[i].size)
			err(2, "%s", path);
		close(fd);
	}
}

static void lay_down(const struct trials *trials)
{
	for (size_t i = 0; i < FILES; i++) {
		char path[PATH_MAX];
		int fd;

		snprintf(path, sizeof path, "%s/%s", trials->work, names[i]);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (fd < 0 || write(fd, trials->file[i].data, trials->file[i].size) !=
				      (ssize_t)trials->file[i].size)
			err(2, "%s", path);
		close(fd);
	}
}

static void put(int fd, const void *data, size_t size, size_t at)
{
	if (pwrite(fd, data, size, (off_t)at) != (ssize_t)size)
		err(2, "damage");
}

/* Says what it did in `text`. */
static void do_damage(struct trials *trials, char *text, size_t text_size)
{
	static const enum damage chance[] = {DAMAGE_BIT, DAMAGE_BIT, DAMAGE_BIT, DAMAGE_BIT,
		DAMAGE_BIT, DAMAGE_BIT, DAMAGE_BYTES, DAMAGE_ZEROS, DAMAGE_OTHER_PAGE, DAMAGE_CUT};
	enum damage damage = chance[draw(trials, sizeof chance / sizeof chance[0])];
	uint64_t which = draw(trials, 32);
	size_t file = which == 0 ? 2 : which % 2;
	size_t size = trials->file[file].size, at = draw(trials, size);
	const uint8_t *data = trials->file[file].data;
	uint8_t bytes[PAGE] = {0};
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof path, "%s/%s", trials->work, names[file]);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		err(2, "%s", path);
	if (damage == DAMAGE_BIT) {
		bytes[0] = (uint8_t)(data[at] ^ 1U << draw(trials, 8));
		put(fd, bytes, 1, at);
	} else if (damage == DAMAGE_BYTES) {
		size_t count = 1 + draw(trials, 512);

		for (size_t i = 0; i < count; i++)
			bytes[i] = (uint8_t)draw(trials, 256);
		put(fd, bytes, count, at);
	} else if (damage == DAMAGE_CUT) {
		if (ftruncate(fd, (off_t)at) != 0)
			err(2, "%s", path);
	} else {
		size_t from = draw(trials, size) / PAGE * PAGE;

		at = at / PAGE * PAGE;
		if (damage == DAMAGE_OTHER_PAGE)
			memcpy(bytes, data + from, size - from < PAGE ? size - from : PAGE);
		put(fd, bytes, PAGE, at);
	}
	close(fd);
	snprintf(text, text_size, "%s in %s at %zu", damage_names[damage], names[file], at);
}

/* --- processes -------------------------------------------------------------------------------------- */

static void stop(const char *what)
{
	(void)what;
	_exit(EXIT_STOPPED);
}

static void serve(struct trials *trials, struct served *served)
{
	struct credit_registry_options options;
	struct credit_problem problem = {0};
	struct town town = {0};

	town_keys(&town);
	options = town_options(&town, trials->work);
	served->opened = credit_registry_open(&options, NULL, NULL, &town.registry, &problem);
	if (!served->opened)
		served->verdict = oracle_ask(&trials->oracle, &town);
}

static void count_fault(void *context, const struct credit_fault *fault)
{
	(void)fault;
	++*(uint64_t *)context;
}

static void check(struct trials *trials, struct checked *checked)
{
	struct credit_fsck_options options = {.fault = count_fault, .context = &checked->faults};
	struct credit_fsck_report report = {0};
	struct credit_registry_options opening;
	struct credit_problem problem = {0};
	struct town town = {0};

	town_keys(&town);
	opening = town_options(&town, trials->work);
	checked->error = credit_fsck_files(trials->work, &options, &report);
	if (checked->error || report.faults > 0)
		return;
	checked->error = credit_registry_open(&opening, NULL, NULL, &town.registry, &problem);
	if (checked->error && credit_error_class(checked->error) == CREDIT_CLASS_DATA_LOSS)
		checked->error = credit_fsck_unopened(
			trials->work, &town.log_name, &problem, &options, &report);
	else if (!checked->error)
		checked->error = credit_registry_fsck(town.registry, &options, &report);
}

/* Runs one of the two in a process of its own. Returns what waitpid said. */
static int apart(struct trials *trials, bool serving, void *result, size_t size)
{
	int channel[2], status;
	pid_t child;

	if (pipe(channel) != 0 || (child = fork()) < 0)
		err(2, "fork");
	if (child == 0) {
		union {
			struct served served;
			struct checked checked;
		} found = {0};

		alarm(PATIENCE);
		if (credit_store_on_damage(stop) != CREDIT_OK)
			_exit(2);
		if (serving)
			serve(trials, &found.served);
		else
			check(trials, &found.checked);
		_exit(write(channel[1], &found, size) == (ssize_t)size ? 0 : 2);
	}
	close(channel[1]);
	memset(result, 0, size);
	if (read(channel[0], result, size) < 0 || waitpid(child, &status, 0) != child)
		err(2, "wait");
	close(channel[0]);
	return status;
}

/* --- trials ----------------------------------------------------------------------------------------- */

static void try_once(struct trials *trials, struct counts *counts)
{
	char text[128];
	struct served served;
	struct checked checked;
	int asking, checking;
	bool harmless, told;

	lay_down(trials);
	do_damage(trials, text, sizeof text);
	checking = apart(trials, false, &checked, sizeof checked);
	asking = apart(trials, true, &served, sizeof served);
	harmless = asking == 0 && !served.opened && served.verdict.refused == 0 &&
		   served.verdict.wrong_verified == 0 && served.verdict.wrong_plain == 0;
	told = checked.faults > 0 || checked.error;
	counts->tried++;
	counts->harmless += harmless && !told;
	counts->fsck_told += told;
	counts->refused_opening += asking == 0 && served.opened;
	counts->refused_answers += served.verdict.refused > 0;
	counts->wrong_verified += served.verdict.wrong_verified;
	counts->wrong_plain += served.verdict.wrong_plain > 0;
	counts->stopped += WIFEXITED(asking) && WEXITSTATUS(asking) == EXIT_STOPPED;
	counts->hung += WIFSIGNALED(asking) && WTERMSIG(asking) == SIGALRM;
	counts->crashed += WIFSIGNALED(asking) && WTERMSIG(asking) != SIGALRM;
	counts->fsck_crashed += checking != 0;
	counts->unseen += checking == 0 && !harmless && !told;
	if (served.verdict.wrong_verified > 0 || served.verdict.wrong_plain > 0 || asking != 0 ||
		checking != 0 || (!harmless && !told))
		printf("%s: %s, status %d, %u wrong plain, %u wrong verified; fsck status %d, %llu "
		       "faults, %s\n",
			text, credit_error_name(served.opened), asking, served.verdict.wrong_plain,
			served.verdict.wrong_verified, checking, (unsigned long long)checked.faults,
			credit_error_name(checked.error));
}

static void set_up(struct trials *trials)
{
	const char *temporary = getenv("TMPDIR");
	char path[PATH_MAX];

	snprintf(trials->whole, sizeof trials->whole, "%s/damage-XXXXXX",
		temporary ? temporary : "/tmp");
	if (!mkdtemp(trials->whole))
		err(2, "%s", trials->whole);
	snprintf(trials->work, sizeof trials->work, "%.*s/work", PATH_MAX - 128, trials->whole);
	oracle_make(&trials->oracle, trials->whole);
	read_whole(trials);
	if (mkdir(trials->work, 0700) != 0)
		err(2, "%s", trials->work);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", trials->work, i ? "state" : "journal");
		if (mkdir(path, 0700) != 0)
			err(2, "%s", path);
	}
}

static void remove_all(const struct trials *trials)
{
	pid_t child = fork();

	if (child == 0) {
		execlp("rm", "rm", "-rf", trials->whole, (char *)NULL);
		_exit(127);
	}
	if (child < 0 || waitpid(child, NULL, 0) != child)
		warn("%s", trials->whole);
}

static int report(const struct counts *counts)
{
	printf("{\"tried\":%u,\"harmless\":%u,\"refused_opening\":%u,\"refused_answers\":%u,"
	       "\"stopped\":%u,\"crashed\":%u,\"hung\":%u,\"fsck_told\":%u,\"fsck_crashed\":%u,"
	       "\"unseen\":%u,\"wrong_plain\":%u,\"wrong_verified\":%u}\n",
		counts->tried, counts->harmless, counts->refused_opening, counts->refused_answers,
		counts->stopped, counts->crashed, counts->hung, counts->fsck_told,
		counts->fsck_crashed, counts->unseen, counts->wrong_plain, counts->wrong_verified);
	return counts->wrong_verified + counts->fsck_crashed + counts->unseen > 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"trials", required_argument, NULL, 't'},
		{"seed", required_argument, NULL, 's'}, {"another-truth", no_argument, NULL, 'a'},
		{NULL, 0, NULL, 0}};
	static struct trials trials = {.random = 1};
	struct counts counts = {0};
	unsigned long count = 300;
	bool another_truth = false;
	int found;

	while ((found = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (found == 't')
			count = strtoul(optarg, NULL, 10);
		else if (found == 's')
			trials.random = strtoull(optarg, NULL, 10) | 1;
		else if (found == 'a')
			another_truth = true;
		else
			return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	set_up(&trials);
	/* To see that an answer which is proved and not true is noticed: then every proof of this one is. */
	if (another_truth)
		trials.oracle.status[0].data[0] ^= 1;
	while (counts.tried < count)
		try_once(&trials, &counts);
	remove_all(&trials);
	return report(&counts);
}
