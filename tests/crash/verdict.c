/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict.c - see verdict.h.
 *
 *   the head file knows of every epoch that was acknowledged, so that no older copy could sign again
 *   the registry opens, and what was published it shows
 *   each acknowledged filing is answered with the very bytes of its receipt; each of its acts is proved by
 *     the receipt, and the log of today continues the log of the receipt
 *   what was not acknowledged is there whole or not at all: filed once more it is accepted once, with
 *     the same acts accepted and refused, and no leaf is there that is nobody's
 *   acts lie in the log in the order in which they were answered
 *   fsck finds nothing; the log's files are whole; a backup that was made is one; what was erased is
 *     nowhere once a scrub has said so
 */
#include "registry/internal.h"
#include "tests/crash/verdict.h"
#include "tests/support/tile_folder.h"
#include "tests/support/traces.h"

#include <credit/proof.h>

#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA ((size_t)4 << 20)

static void must(bool good, const char *what, enum credit_error error)
{
	if (good)
		return;
	fprintf(stderr, "not so: %s (%s)\n", what, credit_error_name(error));
	exit(1);
}

/* --- what was told ---------------------------------------------------------------------------- */

/* False at the end; a process that was killed may have told half a note. */
static bool read_fully(int in, void *memory, size_t size)
{
	size_t done = 0;
	ssize_t part = 1;

	while (done < size && part > 0) {
		part = read(in, (uint8_t *)memory + done, size - done);
		done += part > 0 ? (size_t)part : 0;
	}
	return done == size;
}

void told_read(struct told *told, int in)
{
	struct note note;

	while (read_fully(in, &note, sizeof note)) {
		uint8_t *bytes = malloc(note.size + 1);

		if (!bytes)
			err(1, "note");
		if (!read_fully(in, bytes, note.size)) {
			free(bytes);
			return;
		}
		if (note.what < FILINGS) {
			free((void *)(uintptr_t)told->receipts[note.what].data);
			told->receipts[note.what] = (struct credit_bytes){bytes, note.size};
			continue;
		}
		free(bytes);
		told->backed_up |= note.what == NOTE_BACKUP;
		told->scrubbed |= note.what == NOTE_SCRUBBED;
		told->done |= note.what == NOTE_DONE;
		told->refused += note.what == NOTE_REFUSED;
		told->stuck += note.what == NOTE_STUCK;
		if (note.what == NOTE_STUCK)
			told->error = (enum credit_error)note.value;
	}
}

void told_free(struct told *told)
{
	for (size_t i = 0; i < FILINGS; i++)
		free((void *)(uintptr_t)told->receipts[i].data);
	*told = (struct told){0};
}

/* --- the head file ---------------------------------------------------------------------------- */

/* The last epoch that the file tells of, read as docs/spec/journal.md lays it out. A slot that is torn is
 * not told from a whole one here: the registry does that when it opens. */
/* The last epoch that the head file says is signed, its tail included. */
static uint64_t head_epoch(const struct day *day)
{
	char path[PATH_MAX + 8];
	struct credit__signed_size base = {0}, last = {0};
	struct credit__head_file file;
	struct credit_problem problem;
	bool found = false;

	snprintf(path, sizeof path, "%s/head", day->data);
	must(credit__head_open(&file, path, &base, &last, &found, &problem) == CREDIT_OK,
		"the head file can be read", CREDIT_OK);
	credit__head_close(&file);
	return found ? last.epoch : 0;
}

static void check_head(const struct day *day, const struct told *told)
{
	uint64_t last = head_epoch(day);

	for (size_t i = 0; i < FILINGS; i++) {
		Credit__V1__FilingReceipt *answer;

		if (!told->receipts[i].data)
			continue;
		answer = credit__v1__filing_receipt__unpack(
			NULL, told->receipts[i].size, told->receipts[i].data);
		must(answer && answer->epoch <= last, "the head file knows it", CREDIT_OK);
		credit__v1__filing_receipt__free_unpacked(answer, NULL);
	}
}

/* --- receipts --------------------------------------------------------------------------------- */

/* The log of today continues the one that the receipt's checkpoint signs. */
static void check_continued(struct day *day, const struct credit_tree_head *old)
{
	struct credit_signed_head now;
	struct credit_path path;
	struct credit_view *view;
	enum credit_error error = credit_view_new(day->town.registry, &view);

	if (!error)
		error = credit_view_begin(view);
	if (!error)
		error = credit_view_head(view, &now);
	must(!error, "the newest head is there", error);
	must(now.head.size >= old->size, "the log is as long as it was", error);
	error = credit_view_consistency(view, old->size, now.head.size, &path);
	if (!error)
		error = credit_consistency_verify(old, &now.head, path.hash, path.count);
	must(!error, "the log continues the acknowledged one", error);
	credit_view_end(view);
	credit_view_free(view);
}

static void check_act(struct day *day, const Credit__V1__Filing *filing,
	const Credit__V1__FilingReceipt *answer, const Credit__V1__AcceptedAct *act)
{
	struct credit_receipt_verdict verdict;
	struct credit_problem problem = {0};
	Credit__V1__Receipt *receipt;
	struct credit_arena arena;
	enum credit_error error;
	uint8_t *bytes;
	size_t size;

	credit_arena_init(&arena, NULL, 0, ARENA);
	error = credit_receipt_extract(filing, answer, act->index, true, &arena, &receipt);
	must(!error, "the act has a receipt", error);
	size = credit__v1__receipt__get_packed_size(receipt);
	bytes = malloc(size);
	must(bytes != NULL, "memory", CREDIT_E_NO_MEMORY);
	credit__v1__receipt__pack(receipt, bytes);
	error = credit_receipt_verify((struct credit_bytes){bytes, size}, &day->town.log_name,
		&arena, &verdict, &problem);
	must(!error, "the receipt proves the act", error);
	check_continued(day, &verdict.head);
	free(bytes);
	credit_arena_deinit(&arena);
}

/* Filed once more: the same receipt, or the first one. `next_leaf` is behind the last act's. */
static void check_filing(struct day *day, const struct filing *filing, struct credit_bytes receipt,
	uint64_t *next_leaf)
{
	struct submission made;
	struct credit_submission *list[] = {&made.submission};
	Credit__V1__FilingReceipt *answer;

	submission_make(filing, &made);
	credit_registry_submit(day->town.registry, list, 1, day->town.now);
	must(list[0]->error == CREDIT_OK, "the filing is answered", list[0]->error);
	if (receipt.data)
		must(credit_bytes_equal(list[0]->answer, receipt),
			"the answer is the acknowledged one", CREDIT_OK);
	answer = credit__v1__filing_receipt__unpack(
		NULL, list[0]->answer.size, list[0]->answer.data);
	must(answer != NULL, "the answer is a receipt", CREDIT_OK);
	must(answer->n_accepted == filing->accepted, "its acts are accepted", CREDIT_OK);
	must((answer->refusals.len > 0) == (filing->refused > 0), "others are refused", CREDIT_OK);
	/* What readers are shown ends with a publication; a receipt may be ahead of it. */
	if (credit_registry_unpublished(day->town.registry) > 0)
		town_publish(&day->town);
	for (size_t i = 0; i < answer->n_accepted; i++) {
		must(answer->accepted[i]->leaf_index >= *next_leaf, "in order", CREDIT_OK);
		*next_leaf = answer->accepted[i]->leaf_index + 1;
		check_act(day, made.message, answer, answer->accepted[i]);
	}
	credit__v1__filing_receipt__free_unpacked(answer, NULL);
	submission_free(&made);
}

/* --- the rest --------------------------------------------------------------------------------- */

static void check_statuses(struct day *day)
{
	town_publish(&day->town);
	for (uint32_t i = 1; i < FIRST_NEW + 4; i++)
		must(town_lists_of(&day->town, i) == (i == 2 || i == FIRST_NEW ? 1 : 0),
			"each entity's status is right", CREDIT_OK);
}

static void note_fault(void *context, const struct credit_fault *fault)
{
	(void)context;
	fprintf(stderr, "fsck: %s: %s\n", fault->place, fault->what[CREDIT_LANG_EN]);
}

static void check_fsck(struct day *day)
{
	const struct credit_fsck_options options = {.fault = note_fault};
	struct credit_fsck_report report = {0};
	uint64_t acts = day->acts;
	enum credit_error error = credit_registry_fsck(day->town.registry, &options, &report);

	for (size_t i = 0; i < FILINGS; i++)
		acts += day->filings[i].accepted;
	must(!error, "fsck can read it", error);
	must(report.faults == 0, "fsck finds nothing", CREDIT_OK);
	must(report.acts == acts, "every act is there once, and no other", CREDIT_OK);
	must(report.leaves == report.acts + report.publications, "no leaf is nobody's", CREDIT_OK);
}

static void check_tiles(struct day *day)
{
	struct credit_exporter *exporter;
	struct credit_problem problem = {0};
	enum credit_error error =
		credit_exporter_open(day->town.registry, day->tiles, 0, &exporter, &problem);

	if (!error)
		error = credit_exporter_run(exporter, NULL, NULL, &problem);
	must(!error, "the log's files are brought up", error);
	credit_exporter_free(exporter);
	must(tile_folder_check(&day->town, day->tiles) == town_tree_size(&day->town),
		"the log's files are the log", CREDIT_OK);
}

/* Whatever has the name of a backup is one. */
static void check_backups(struct day *day, bool wanted)
{
	DIR *folder = opendir(day->backups);
	struct dirent *entry;
	unsigned found = 0;

	while (folder && (entry = readdir(folder)) != NULL) {
		char path[PATH_MAX + 256];
		struct credit_backup backup;
		enum credit_error error;

		/* One that was not finished says so. */
		if (entry->d_name[0] == '.' || strstr(entry->d_name, ".part"))
			continue;
		snprintf(path, sizeof path, "%s/%s", day->backups, entry->d_name);
		error = credit_backup_check(path, &day->town.log_name, NULL, &backup, NULL);
		must(!error, "what has a backup's name is a backup", error);
		found++;
	}
	if (folder)
		closedir(folder);
	must(found > 0 || !wanted, "the backup is there", CREDIT_OK);
}

static void check_erased(struct day *day)
{
	uint64_t scrubbed;
	enum credit_error error =
		credit_registry_scrub(day->town.registry, day->town.now, &scrubbed);

	must(!error, "it can be scrubbed", error);
	must(traces_files_with(day->data, credit_bytes_of(ERASED_FACT)) == 0,
		"what was erased is in no file", CREDIT_OK);
}

static void open_again(struct day *day)
{
	struct credit_problem problem = {0};
	char text[CREDIT_PROBLEM_TEXT_MAX];
	enum credit_error error = day_open(day, &problem);

	if (error)
		fprintf(stderr, "%s\n",
			credit_problem_text(&problem, CREDIT_LANG_EN, text, sizeof text));
	must(!error, "the registry opens", error);
}

void verdict_begun(struct day *day)
{
	open_again(day);
	must(credit_registry_last_time(day->town.registry).ms == 0, "it is empty", CREDIT_OK);
	credit_registry_close(day->town.registry);
}

void verdict(struct day *day, const struct told *told)
{
	uint64_t next_leaf = 0;

	if (told->scrubbed)
		must(traces_files_with(day->data, credit_bytes_of(ERASED_FACT)) == 0,
			"what was scrubbed is in no file", CREDIT_OK);
	check_head(day, told);
	open_again(day);
	check_backups(day, told->backed_up);
	for (size_t i = 0; i < FILINGS; i++)
		check_filing(day, &day->filings[i], told->receipts[i], &next_leaf);
	check_statuses(day);
	check_erased(day);
	check_fsck(day);
	check_tiles(day);
	credit_registry_close(day->town.registry);
}
