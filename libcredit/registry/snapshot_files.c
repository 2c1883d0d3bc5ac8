/* SPDX-License-Identifier: Apache-2.0
 *
 * snapshot_files.c - snapshots as files: named ones that never change, `newest` beside them.
 *
 * A file is written under another name, synced and renamed, so that it appears whole or not at all.
 * `newest` is a second name of the newest file, made the same way. What was being made when the process
 * ended has lost its name already and is gone.
 */
#include "registry/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UNFINISHED ".new"
#define NEWEST "newest"
#define FILE_MODE 0644
#define ARENA_LIMIT ((size_t)4 << 20)
#define PIECE 65536
#define NAME_SIZE 24

FILE *credit__snapshot_scratch(struct credit_snapshotter *snapshotter, const char *name)
{
	int fd = openat(snapshotter->folder.fd, name,
		O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *file;

	if (fd < 0)
		return NULL;
	unlinkat(snapshotter->folder.fd, name, 0);
	file = fdopen(fd, "w+");
	if (!file)
		close(fd);
	return file;
}

enum credit_error credit__snapshot_fault(struct credit_snapshotter *snapshotter, const char *name)
{
	return credit_problem_set(snapshotter->folder.problem, credit__errno_error(), "folder",
		NULL, "%s: %s", name, strerror(errno));
}

void credit_snapshotter_forget(struct credit_snapshotter *snapshotter)
{
	if (snapshotter->body)
		fclose(snapshotter->body);
	snapshotter->body = NULL;
}

/* --- the proof -------------------------------------------------------------------------------- */

static bool names_leaf(
	const Credit__V1__Publication *publication, const struct credit_snapshot_leaf *leaf)
{
	const Credit__V1__SnapshotMark *mark = publication->snapshot;

	return mark && mark->publication == leaf->publication && mark->size == leaf->size &&
	       mark->digest.len == CREDIT_HASH_SIZE &&
	       memcmp(mark->digest.data, leaf->digest.byte, CREDIT_HASH_SIZE) == 0;
}

static enum credit_error prove_leaf(struct credit_snapshotter *snapshotter,
	const Credit__V1__Publication *publication, struct credit_path *ret_path)
{
	struct credit_tile_source source = credit__tile_source(&snapshotter->journal);
	struct credit_prover *prover;
	enum credit_error error = credit_prover_new(&source, &prover);

	if (error)
		return error;
	error = credit_prove_inclusion(
		prover, publication->tree_size - 2, publication->tree_size, ret_path);
	credit_prover_free(prover);
	return error;
}

/* The proof of what was gathered, by the publication that logged it, in the arena. */
static enum credit_error make_proof(
	struct credit_snapshotter *snapshotter, uint64_t number, struct credit_bytes *ret_proof)
{
	struct credit_arena *arena = &snapshotter->arena;
	Credit__V1__Publication *publication;
	struct credit_buffer buffer;
	struct credit_path path;
	void *memory;
	enum credit_error error;

	credit_arena_reset(arena);
	memory = credit_arena_alloc(arena, CREDIT_SNAPSHOT_PROOF_MAX);
	if (!memory)
		return CREDIT_E_NO_MEMORY;
	error = credit__journal_publication(
		snapshotter->journal.reader, number, arena, &publication);
	if (error)
		return error;
	if (!names_leaf(publication, &snapshotter->leaf) || publication->tree_size < 2)
		return CREDIT_E_INTERNAL;
	snapshotter->leaf.recorded_at.ms = publication->time;
	error = prove_leaf(snapshotter, publication, &path);
	if (error)
		return error;
	credit_buffer_init(&buffer, memory, CREDIT_SNAPSHOT_PROOF_MAX);
	credit_snapshot_proof_write(&snapshotter->leaf, &path,
		(struct credit_bytes){publication->checkpoint.data, publication->checkpoint.len},
		&buffer);
	return credit_buffer_done(&buffer, ret_proof);
}

/* --- writing ---------------------------------------------------------------------------------- */

static bool copy_body(FILE *body, FILE *file)
{
	uint8_t piece[PIECE];
	size_t size;

	rewind(body);
	while ((size = fread(piece, 1, sizeof piece, body)) > 0)
		if (fwrite(piece, size, 1, file) != 1)
			return false;
	return !ferror(body);
}

static enum credit_error write_unfinished(
	struct credit_snapshotter *snapshotter, struct credit_bytes proof)
{
	int fd = openat(snapshotter->folder.fd, UNFINISHED,
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	bool good;

	if (!file) {
		if (fd >= 0)
			close(fd);
		return credit__snapshot_fault(snapshotter, UNFINISHED);
	}
	good = fwrite(proof.data, proof.size, 1, file) == 1 && copy_body(snapshotter->body, file) &&
	       fflush(file) == 0 && fsync(fd) == 0;
	/* The first failure is what is told; closing could not undo it. */
	if (!good) {
		enum credit_error error = credit__snapshot_fault(snapshotter, UNFINISHED);

		fclose(file);
		return error;
	}
	return fclose(file) == 0 ? CREDIT_OK : credit__snapshot_fault(snapshotter, UNFINISHED);
}

static const char *name_of(uint64_t publication, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%llu", (unsigned long long)publication);
	return name;
}

/* docs/spec/snapshot.md: "`snapshot/newest` is the one with the greatest number, and is replaced as a
 * whole." */
static enum credit_error give_names(struct credit_snapshotter *snapshotter)
{
	int folder = snapshotter->folder.fd;
	char name[NAME_SIZE];

	name_of(snapshotter->leaf.publication, name);
	if (renameat(folder, UNFINISHED, folder, name) != 0)
		return credit__snapshot_fault(snapshotter, name);
	if (linkat(folder, name, folder, UNFINISHED, 0) != 0 ||
		renameat(folder, UNFINISHED, folder, NEWEST) != 0)
		return credit__snapshot_fault(snapshotter, NEWEST);
	return fsync(folder) == 0 ? CREDIT_OK : credit__snapshot_fault(snapshotter, ".");
}

/* The number that a file is named by, 0 for other files. */
static uint64_t number_of(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	return digits > 0 && digits < 20 && name[digits] == '\0' ? strtoull(name, NULL, 10) : 0;
}

/* The least number of a snapshot in the folder, and how many there are. */
static uint64_t oldest(DIR *files, uint32_t *ret_count)
{
	const struct dirent *file;
	uint64_t least = UINT64_MAX;

	*ret_count = 0;
	rewinddir(files);
	while ((file = readdir(files)) != NULL) {
		uint64_t number = number_of(file->d_name);

		if (number == 0)
			continue;
		(*ret_count)++;
		if (number < least)
			least = number;
	}
	return least;
}

static enum credit_error prune(struct credit_snapshotter *snapshotter)
{
	int fd = openat(snapshotter->folder.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *files = fd < 0 ? NULL : fdopendir(fd);
	enum credit_error error = CREDIT_OK;
	char name[NAME_SIZE];
	uint64_t number;
	uint32_t count;

	if (!files) {
		if (fd >= 0)
			close(fd);
		return credit__snapshot_fault(snapshotter, ".");
	}
	while (!error && (number = oldest(files, &count), count > snapshotter->keep)) {
		if (unlinkat(snapshotter->folder.fd, name_of(number, name), 0) != 0)
			error = credit__snapshot_fault(snapshotter, name);
	}
	closedir(files);
	return error;
}

static enum credit_error finish(struct credit_snapshotter *snapshotter, uint64_t number)
{
	struct credit_bytes proof;
	enum credit_error error = credit_read_begin(snapshotter->journal.reader);

	if (error)
		return error;
	error = make_proof(snapshotter, number, &proof);
	credit_read_end(snapshotter->journal.reader);
	if (!error)
		error = write_unfinished(snapshotter, proof);
	if (!error)
		error = give_names(snapshotter);
	if (!error)
		snapshotter->newest = snapshotter->leaf;
	return error ? error : prune(snapshotter);
}

enum credit_error credit_snapshotter_finish(
	struct credit_snapshotter *snapshotter, uint64_t number, struct credit_problem *problem)
{
	struct credit_problem said = {0};
	enum credit_error error = CREDIT_E_INTERNAL;

	snapshotter->folder.problem = &said;
	if (snapshotter->body)
		error = finish(snapshotter, number);
	snapshotter->folder.problem = NULL;
	credit_snapshotter_forget(snapshotter);
	if (error && said.error != error)
		credit_problem_set(&said, error, NULL, NULL, NULL);
	if (error && problem)
		*problem = said;
	return error;
}

/* --- opening ---------------------------------------------------------------------------------- */

static enum credit_error keep_leaf(void *context, const struct credit_snapshot_leaf *leaf,
	const struct credit_tree_head *head, uint64_t file_size)
{
	(void)head;
	(void)file_size;
	*(struct credit_snapshot_leaf *)context = *leaf;
	return CREDIT_E_CANCELLED; /* the rest is not looked at */
}

/* The newest file's leaf, from its proof alone. */
static enum credit_error read_newest(struct credit_snapshotter *snapshotter)
{
	struct credit_snapshot_events events = {
		.context = &snapshotter->newest, .proved = keep_leaf};
	int fd = openat(snapshotter->folder.fd, NEWEST, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct credit_snapshot_reader *reader;
	uint8_t beginning[CREDIT_SNAPSHOT_PROOF_MAX];
	ssize_t size;
	enum credit_error error;

	if (fd < 0)
		return errno == ENOENT ? CREDIT_OK : credit__snapshot_fault(snapshotter, NEWEST);
	size = pread(fd, beginning, sizeof beginning, 0);
	close(fd);
	if (size < 0)
		return credit__snapshot_fault(snapshotter, NEWEST);
	error = credit_snapshot_reader_new(&snapshotter->registry->log_name, &events, &reader);
	if (error)
		return error;
	error = credit_snapshot_reader_add(
		reader, (struct credit_bytes){beginning, (size_t)size}, NULL);
	credit_snapshot_reader_free(reader);
	if (error == CREDIT_E_CANCELLED)
		return CREDIT_OK;
	return credit_problem_set(snapshotter->folder.problem, CREDIT_E_FOLDER_NOT_OURS, "folder",
		NULL, NEWEST ": no snapshot of this log");
}

enum credit_error credit_snapshotter_open(struct credit_registry *registry, const char *folder,
	uint32_t keep, struct credit_snapshotter **ret_snapshotter, struct credit_problem *problem)
{
	struct credit_snapshotter *snapshotter = calloc(1, sizeof *snapshotter);
	struct credit_problem said = {0};
	enum credit_error error = CREDIT_E_NO_MEMORY;

	if (!snapshotter)
		return credit_problem_set(problem, error, NULL, NULL, NULL);
	snapshotter->registry = registry;
	snapshotter->keep = keep > 0 ? keep : 1;
	snapshotter->folder.fd = -1;
	credit_arena_init(&snapshotter->arena, NULL, 0, ARENA_LIMIT);
	error = credit_reader_new(registry->state, &snapshotter->state);
	if (!error)
		error = credit_reader_new(registry->journal, &snapshotter->journal.reader);
	if (!error)
		error = credit__folder_open(&snapshotter->folder, folder, &said);
	snapshotter->folder.problem = &said;
	if (!error)
		error = read_newest(snapshotter);
	snapshotter->folder.problem = NULL;
	if (!error) {
		*ret_snapshotter = snapshotter;
		return CREDIT_OK;
	}
	credit_snapshotter_free(snapshotter);
	if (said.error != error)
		credit_problem_set(&said, error, "folder", NULL, "%s", folder);
	if (problem)
		*problem = said;
	return error;
}

void credit_snapshotter_free(struct credit_snapshotter *snapshotter)
{
	if (!snapshotter)
		return;
	credit_snapshotter_forget(snapshotter);
	credit__folder_close(&snapshotter->folder);
	credit_reader_free(snapshotter->journal.reader);
	credit_reader_free(snapshotter->state);
	credit_arena_deinit(&snapshotter->arena);
	free(snapshotter);
}

credit_ms_t credit_snapshotter_newest(const struct credit_snapshotter *snapshotter)
{
	return snapshotter->newest.recorded_at;
}
