/* SPDX-License-Identifier: Apache-2.0
 *
 * script.c - see script.h.
 */
#include "tests/crash/script.h"
#include "tests/crash/fault.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLACK "black.market-serious"
#define ACTS_MAX 3
#define TRIES 3

/* --- before the day --------------------------------------------------------------------------- */

static void keep(struct day *day, size_t number, struct town_act *const *acts, size_t count,
	uint32_t refused)
{
	struct filing *filing = &day->filings[number];
	Credit__V1__Filing *message = town_seal(&day->town, acts, count, NULL);

	filing->size = credit__v1__filing__get_packed_size(message);
	filing->bytes = malloc(filing->size);
	if (!filing->bytes)
		err(1, "filing");
	credit__v1__filing__pack(message, filing->bytes);
	filing->accepted = (uint32_t)count - refused;
	filing->refused = refused;
}

static void seal_filings(struct day *day, const struct credit_hash *to_erase)
{
	struct town_act acts[ACTS_MAX];
	struct town_act *pointers[ACTS_MAX] = {&acts[0], &acts[1], &acts[2]};

	town_enrol(&acts[0], FIRST_NEW);
	town_enrol(&acts[1], FIRST_NEW + 1);
	keep(day, 0, pointers, 2, 0);
	town_enrol(&acts[0], FIRST_NEW + 2);
	keep(day, 1, pointers, 1, 0);
	town_list(&acts[0], FIRST_NEW, BLACK);
	town_penalise(&acts[1], FIRST_NEW + 1, 1);
	town_list(&acts[2], FIRST_NEW, BLACK); /* it stands there already */
	keep(day, 2, pointers, 3, 1);
	town_penalise(&acts[0], FIRST_NEW + 2, 2);
	keep(day, 3, pointers, 1, 0);
	town_erase(&acts[0], 1, to_erase);
	keep(day, 4, pointers, 1, 0);
	town_enrol(&acts[0], FIRST_NEW + 3);
	keep(day, 5, pointers, 1, 0);
}

void day_prepare(struct day *day, const char *folder)
{
	static char fact[] = ERASED_FACT;
	struct credit_hash listed;
	struct town_act act;

	town_open(&day->town, folder);
	for (uint32_t i = 1; i < FIRST_NEW; i++)
		town_enrol_now(&day->town, i);
	town_list(&act, 1, BLACK);
	act.body.listing.fact = fact;
	town_file_one(&day->town, &act, &listed);
	town_publish(&day->town);
	town_remove(&act, 1, &listed, CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_REVOKED);
	town_file_one(&day->town, &act, NULL);
	town_publish(&day->town);
	town_list_now(&day->town, 2, BLACK, NULL);
	seal_filings(day, &listed);
	/* Without the publications' leaves, and with the last listing, which is in none of them yet. */
	day->acts = town_tree_size(&day->town) - 3 + 1;
	credit_registry_close(day->town.registry);
	day->town.registry = NULL;
}

void day_place(struct day *day, const char *folder)
{
	snprintf(day->data, sizeof day->data, "%s/data", folder);
	snprintf(day->tiles, sizeof day->tiles, "%s/tiles", folder);
	snprintf(day->backups, sizeof day->backups, "%s/backups", folder);
}

/* --- telling ---------------------------------------------------------------------------------- */

static void tell(int out, uint32_t what, uint64_t value, struct credit_bytes receipt)
{
	struct note note = {.what = what, .size = (uint32_t)receipt.size, .value = value};

	fault_pause();
	if (write(out, &note, sizeof note) != (ssize_t)sizeof note ||
		(receipt.size && write(out, receipt.data, receipt.size) != (ssize_t)receipt.size))
		_exit(4);
	fault_resume();
}

/* --- doing ------------------------------------------------------------------------------------ */

void submission_make(const struct filing *filing, struct submission *ret_submission)
{
	*ret_submission = (struct submission){
		.message = credit__v1__filing__unpack(NULL, filing->size, filing->bytes)};
	if (!ret_submission->message ||
		credit_filing_open(ret_submission->message, &ret_submission->submission.filing,
			NULL) != CREDIT_OK)
		errx(4, "a filing that does not open");
}

void submission_free(struct submission *submission)
{
	credit_filing_free(submission->submission.filing);
	credit__v1__filing__free_unpacked(submission->message, NULL);
}

enum credit_error day_open(struct day *day, struct credit_problem *problem)
{
	struct credit_registry_options options = town_options(&day->town, day->data);

	options.map_size = 1 << 18; /* so that the maps grow on the day */
	return credit_registry_open(&options, NULL, NULL, &day->town.registry, problem);
}

/* After a failure that says so the registry is opened anew, as a daemon is started anew. */
static enum credit_error mend(struct day *day, enum credit_error error)
{
	if (error != CREDIT_E_STORE_SUSPECT)
		return CREDIT_OK;
	credit_registry_close(day->town.registry);
	day->town.registry = NULL;
	return day_open(day, NULL);
}

/* What a failure must be: a fault with a name of its own, which tells what to do. */
static bool is_clear(enum credit_error error)
{
	return error == CREDIT_E_NO_SPACE || error == CREDIT_E_IO || error == CREDIT_E_NO_MEMORY ||
	       error == CREDIT_E_FILES_LIMIT || error == CREDIT_E_STORE_SUSPECT;
}

typedef enum credit_error step(struct day *day, const void *argument, int out);

static void attempt(struct day *day, int out, step *run, const void *argument)
{
	enum credit_error error = CREDIT_OK;

	for (int i = 0; i < TRIES; i++) {
		error = run(day, argument, out);
		if (error == CREDIT_OK)
			return;
		tell(out, is_clear(error) ? NOTE_REFUSED : NOTE_STUCK, error,
			(struct credit_bytes){0});
		for (int j = 0; j < TRIES && day->town.registry && mend(day, error) != CREDIT_OK;
			j++)
			;
		for (int j = 0; j < TRIES && !day->town.registry; j++)
			(void)!day_open(day, NULL);
		if (!day->town.registry)
			break;
	}
	if (!day->lasting)
		tell(out, NOTE_STUCK, error, (struct credit_bytes){0});
	if (!day->town.registry)
		_exit(0);
}

static enum credit_error open_it(struct day *day, const void *argument, int out)
{
	(void)argument;
	(void)out;
	return day->town.registry ? CREDIT_OK : day_open(day, NULL);
}

struct span {
	size_t first, count;
};

static enum credit_error file(struct day *day, const void *argument, int out)
{
	const struct span *span = argument;
	struct submission made[FILINGS];
	struct credit_submission *list[FILINGS];
	enum credit_error error = CREDIT_OK;

	fault_pause();
	for (size_t i = 0; i < span->count; i++) {
		submission_make(&day->filings[span->first + i], &made[i]);
		list[i] = &made[i].submission;
	}
	fault_resume();
	credit_registry_submit(day->town.registry, list, span->count, day->town.now);
	for (size_t i = 0; i < span->count; i++) {
		if (list[i]->error == CREDIT_OK)
			tell(out, (uint32_t)(span->first + i), 0, list[i]->answer);
		else
			error = list[i]->error;
	}
	fault_pause();
	for (size_t i = 0; i < span->count; i++)
		submission_free(&made[i]);
	fault_resume();
	return error;
}

static enum credit_error publish(struct day *day, const void *argument, int out)
{
	enum credit_error error = credit_registry_publish(day->town.registry, day->town.now);

	(void)argument;
	if (!error)
		tell(out, NOTE_PUBLISHED, 0, (struct credit_bytes){0});
	return error;
}

/* As the daemon does beside its writer. Where it is left out the next publication does it. */
static enum credit_error settle(struct day *day, const void *argument, int out)
{
	(void)argument;
	(void)out;
	return credit_registry_settle(day->town.registry);
}

static enum credit_error export_log(struct day *day, const void *argument, int out)
{
	struct credit_exporter *exporter = NULL;
	enum credit_error error =
		credit_exporter_open(day->town.registry, day->tiles, 0, &exporter, NULL);

	(void)argument;
	(void)out;
	if (!error)
		error = credit_exporter_run(exporter, NULL, NULL, NULL);
	credit_exporter_free(exporter);
	return error;
}

static enum credit_error back_up(struct day *day, const void *argument, int out)
{
	struct credit_backup backup;
	enum credit_error error = credit_backup_make(
		day->town.registry, day->backups, NULL, NULL, NULL, &backup, NULL);

	(void)argument;
	/* Made, but its folder's sync had failed: it is not told as made before. */
	if (error == CREDIT_E_EXISTS)
		return CREDIT_OK;
	if (!error)
		tell(out, NOTE_BACKUP, backup.publication, (struct credit_bytes){0});
	return error;
}

static enum credit_error scrub(struct day *day, const void *argument, int out)
{
	uint64_t scrubbed;
	enum credit_error error =
		credit_registry_scrub(day->town.registry, day->town.now, &scrubbed);

	(void)argument;
	if (!error)
		tell(out, NOTE_SCRUBBED, scrubbed, (struct credit_bytes){0});
	return error;
}

_Noreturn static void end(struct day *day, int out)
{
	if (day->town.registry)
		credit_registry_close(day->town.registry);
	tell(out, NOTE_DONE, 0, (struct credit_bytes){0});
	/* What was not synced is not safe, however well the day went. */
	fault_cut_power();
}

_Noreturn void day_live(struct day *day, int out)
{
	static const struct {
		step *run;
		struct span span;
	} steps[] = {
		{open_it, {0}},
		{file, {0, 2}},
		{file, {2, 1}},
		{publish, {0}},
		{settle, {0}},
		{export_log, {0}},
		{file, {3, 1}},
		{publish, {0}},
		{back_up, {0}},
		{file, {4, 1}},
		{scrub, {0}},
		{file, {5, 1}},
		{publish, {0}},
		{export_log, {0}},
	};

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		attempt(day, out, steps[i].run, &steps[i].span);
	end(day, out);
}

_Noreturn void day_start(struct day *day, int out)
{
	attempt(day, out, open_it, NULL);
	attempt(day, out, publish, NULL);
	end(day, out);
}

_Noreturn void day_begin(struct day *day, int out)
{
	attempt(day, out, open_it, NULL);
	end(day, out);
}
