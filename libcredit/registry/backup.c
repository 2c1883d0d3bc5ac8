/* SPDX-License-Identifier: Apache-2.0
 *
 * backup.c - making, reading, checking and destroying backups.
 *
 *     <folder>/<name>.part/journal/data.mdb   copied row by row (copy.c), closed, read back and checked
 *     <folder>/<name>.part/manifest           written last, synced
 *     <folder>/<name>.part -> <folder>/<name>
 *
 * So whatever has the name of a backup was whole when it got it. One that is encrypted has a file
 * journal.sealed in the journal's place; its copy in clear is made and checked in the data directory.
 */
#include "registry/backup_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST "manifest"
#define MANIFEST_MAX 1024
#define PUBLICATION_ARENA_LIMIT ((size_t)4 << 20)

/* docs/spec/journal.md: "The manifest is nine lines of text" */
#define MANIFEST_FORMAT \
	"credit backup 1\n" \
	"origin %s\n" \
	"epoch %" PRIu64 "\n" \
	"publication %" PRIu64 "\n" \
	"time %" PRId64 "\n" \
	"erasure %" PRIu64 "\n" \
	"tree %" PRIu64 " %s\n" \
	"journal %" PRIu64 " %s\n" \
	"%s" \
	"end\n"
#define SEALED_FORMAT "sealed %" PRIu64 " %s %s\n"

/* --- paths and files --------------------------------------------------------------------------- */

enum credit_error credit__backup_path(const char *folder, const char *name, char ret_path[PATH_MAX],
	struct credit_problem *problem)
{
	if ((size_t)snprintf(ret_path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX)
		return CREDIT_OK;
	return credit_problem_set(
		problem, CREDIT_E_TOO_LARGE, "folder", NULL, "at most %d bytes", PATH_MAX - 1);
}

enum credit_error credit__backup_fault(struct credit_problem *problem, const char *path)
{
	enum credit_error error = errno == ENOENT ? CREDIT_E_NOT_FOUND : credit__errno_error();

	return credit_problem_set(problem, error, "folder", NULL, "%s: %s", path, strerror(errno));
}

static enum credit_error refuse(struct credit_problem *problem, const char *what)
{
	return credit_problem_set(problem, CREDIT_E_BACKUP_FALSE, NULL, NULL, "%s", what);
}

enum credit_error credit__backup_sync_folder(const char *path, struct credit_problem *problem)
{
	return credit__sync_folder(path) == CREDIT_OK ? CREDIT_OK
						      : credit__backup_fault(problem, path);
}

enum credit_error credit__backup_digest(const char *path, uint64_t *ret_bytes,
	struct credit_hash *ret_digest, struct credit_problem *problem)
{
	enum credit_error error = CREDIT_OK;
	void *map = MAP_FAILED;
	struct stat file;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &file) != 0 || file.st_size == 0)
		error = credit__backup_fault(problem, path);
	if (!error)
		map = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (!error && map == MAP_FAILED)
		error = credit__backup_fault(problem, path);
	if (!error) {
		*ret_bytes = (uint64_t)file.st_size;
		credit_sha256((struct credit_bytes){map, (size_t)file.st_size}, ret_digest);
		munmap(map, (size_t)file.st_size);
	}
	if (fd >= 0)
		close(fd);
	return error;
}

const char *credit_backup_name(
	const struct credit_backup *backup, char text[CREDIT_BACKUP_NAME_MAX])
{
	snprintf(text, CREDIT_BACKUP_NAME_MAX, "%012" PRIu64 "-%012" PRIu64, backup->epoch,
		backup->publication);
	return text;
}

/* --- the manifest ------------------------------------------------------------------------------ */

static size_t manifest_text(const struct credit_backup *backup, char text[MANIFEST_MAX])
{
	char root[65], digest[65], sealed[256] = "";

	credit_hex(backup->sealed_digest.byte, CREDIT_HASH_SIZE, digest);
	credit_hex(backup->sealed_to.byte, CREDIT_HASH_SIZE, root);
	if (backup->sealed)
		snprintf(sealed, sizeof sealed, SEALED_FORMAT, backup->sealed_bytes, digest, root);
	return (size_t)snprintf(text, MANIFEST_MAX, MANIFEST_FORMAT, backup->origin, backup->epoch,
		backup->publication, backup->time.ms, backup->erasure_epoch, backup->head.size,
		credit_hex(backup->head.root.byte, CREDIT_HASH_SIZE, root), backup->bytes,
		credit_hex(backup->digest.byte, CREDIT_HASH_SIZE, digest), sealed);
}

static enum credit_error write_manifest(
	const char *folder, const struct credit_backup *backup, struct credit_problem *problem)
{
	char path[PATH_MAX], text[MANIFEST_MAX];
	size_t size = manifest_text(backup, text);
	enum credit_error error = credit__backup_path(folder, MANIFEST, path, problem);
	int fd;

	if (error)
		return error;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return credit__backup_fault(problem, path);
	if (!credit__write_all(fd, text, size) || fsync(fd) != 0)
		error = credit__backup_fault(problem, path);
	close(fd);
	return error ? error : credit__backup_sync_folder(folder, problem);
}

static bool read_hash(const char *hex, struct credit_hash *ret_hash)
{
	return credit_hex_decode(hex, strlen(hex), ret_hash->byte, CREDIT_HASH_SIZE) == CREDIT_OK;
}

static bool parse_sealed(const char *text, struct credit_backup *backup)
{
	const char *line = strstr(text, "\nsealed ");
	char digest[65], to[65];

	if (!line)
		return true;
	backup->sealed = true;
	return sscanf(line + 1, "sealed %20" SCNu64 " %64[0-9a-f] %64[0-9a-f]\n",
		       &backup->sealed_bytes, digest, to) == 3 &&
	       read_hash(digest, &backup->sealed_digest) && read_hash(to, &backup->sealed_to);
}

static bool parse_manifest(const char *text, struct credit_backup *backup)
{
	char root[65], digest[65], again[MANIFEST_MAX];

	*backup = (struct credit_backup){0};
	if (sscanf(text,
		    "credit backup 1\norigin %100[^\n]\nepoch %20" SCNu64 "\npublication %20" SCNu64
		    "\ntime %20" SCNd64 "\nerasure %20" SCNu64 "\ntree %20" SCNu64
		    " %64[0-9a-f]\njournal %20" SCNu64 " %64[0-9a-f]\n",
		    backup->origin, &backup->epoch, &backup->publication, &backup->time.ms,
		    &backup->erasure_epoch, &backup->head.size, root, &backup->bytes,
		    digest) != 9 ||
		!read_hash(root, &backup->head.root) || !read_hash(digest, &backup->digest) ||
		!parse_sealed(text, backup))
		return false;
	/* What is not written the way we write it was not written by us. */
	manifest_text(backup, again);
	return strcmp(text, again) == 0;
}

enum credit_error credit_backup_read(
	const char *path, struct credit_backup *ret_backup, struct credit_problem *problem)
{
	char file[PATH_MAX], text[MANIFEST_MAX + 1];
	struct credit_backup backup;
	enum credit_error error = credit__backup_path(path, MANIFEST, file, problem);
	ssize_t got;
	int fd;

	if (error)
		return error;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return credit__backup_fault(problem, file);
	got = read(fd, text, MANIFEST_MAX);
	close(fd);
	if (got < 0)
		return credit__backup_fault(problem, file);
	text[got] = '\0';
	if (!parse_manifest(text, &backup))
		return refuse(problem, "its manifest is not one");
	*ret_backup = backup;
	return CREDIT_OK;
}

/* --- checking ---------------------------------------------------------------------------------- */

static void note_first(void *context, const struct credit_fault *fault)
{
	struct credit_problem *problem = context;

	if (!problem->error)
		credit_problem_set(problem, CREDIT_E_BACKUP_FALSE, NULL, NULL, "%s: %s",
			fault->place, fault->what[CREDIT_LANG_EN]);
}

/* The rows, read the way fsck reads them. */
static enum credit_error check_rows(struct credit_store *journal, struct credit_reader *reader,
	const struct credit_named_key *log, const struct credit_backup *backup,
	struct credit_problem *problem)
{
	struct credit_problem first = {0};
	const struct credit_fsck_options options = {.fault = note_first, .context = &first};
	struct credit_signed_head newest;
	struct credit_tree_head head, signed_head;
	enum credit_error error = credit__check_journal(
		journal, log, backup->epoch, backup->publication, &options, &head);

	if (!error && first.error) {
		*problem = first;
		return first.error;
	}
	if (!error)
		error = credit_read_begin(reader);
	/* Which says nothing about the backup. */
	if (credit_error_is_of_machine(error))
		return credit_problem_set(problem, error, NULL, NULL, NULL);
	if (error)
		return refuse(problem, credit_error_text(error, CREDIT_LANG_EN));
	error = credit__journal_head(reader, &newest);
	if (credit_error_is_of_machine(error))
		credit_problem_set(problem, error, NULL, NULL, NULL);
	else if (error)
		error = refuse(problem, credit_error_text(error, CREDIT_LANG_EN));
	else if (credit_checkpoint_open(newest.checkpoint, log, &signed_head) != CREDIT_OK)
		error = refuse(problem, "its checkpoint is not signed by this log");
	else if (newest.epoch != backup->epoch || head.size != backup->head.size ||
		 signed_head.size != head.size ||
		 !credit_hash_equal(&head.root, &signed_head.root) ||
		 !credit_hash_equal(&head.root, &backup->head.root))
		error = refuse(problem, "its rows do not give its signed head");
	credit_read_end(reader);
	return error;
}

enum credit_error credit__backup_open(
	const char *folder, struct credit_store **ret_journal, struct credit_problem *problem)
{
	struct credit_store_options options = credit__journal_options(folder);

	options.read_only = true;
	return credit_store_open(&options, ret_journal, problem);
}

static enum credit_error check_journal(const char *folder, const struct credit_named_key *log,
	const struct credit_backup *backup, struct credit_problem *problem)
{
	struct credit_store *journal = NULL;
	struct credit_reader *reader = NULL;
	enum credit_error error = credit__backup_open(folder, &journal, problem);

	if (!error)
		error = credit_reader_new(journal, &reader);
	if (!error)
		error = check_rows(journal, reader, log, backup, problem);
	credit_reader_free(reader);
	credit_store_close(journal);
	return error;
}

/* The file is the one that the manifest names. */
static enum credit_error check_file(const char *path, const char *name, uint64_t bytes,
	const struct credit_hash *digest, struct credit_problem *problem)
{
	struct credit_hash found;
	char file[PATH_MAX];
	uint64_t found_bytes = 0;
	enum credit_error error = credit__backup_path(path, name, file, problem);

	if (!error)
		error = credit__backup_digest(file, &found_bytes, &found, problem);
	if (!error && (found_bytes != bytes || !credit_hash_equal(&found, digest)))
		error = refuse(problem, "its journal is not the file that the manifest names");
	return error;
}

enum credit_error credit__backup_check_journal(const char *folder,
	const struct credit_named_key *log, const struct credit_backup *backup,
	struct credit_problem *problem)
{
	enum credit_error error =
		check_file(folder, "data.mdb", backup->bytes, &backup->digest, problem);

	return error ? error : check_journal(folder, log, backup, problem);
}

static enum credit_error check_sealed(const char *path, const struct credit_key_pair *key,
	const struct credit_backup *backup, struct credit_problem *problem)
{
	char file[PATH_MAX];
	enum credit_error error = credit__backup_path(path, BACKUP_SEALED, file, problem);

	if (!error)
		error = check_file(
			path, BACKUP_SEALED, backup->sealed_bytes, &backup->sealed_digest, problem);
	if (!error && key)
		error = credit__backup_unseal(file, NULL, key, NULL, &backup->digest, problem);
	return error;
}

enum credit_error credit_backup_check(const char *path, const struct credit_named_key *log,
	const struct credit_key_pair *key, struct credit_backup *ret_backup,
	struct credit_problem *problem)
{
	struct credit_backup backup;
	char folder[PATH_MAX];
	enum credit_error error = credit_backup_read(path, &backup, problem);

	if (!error)
		error = credit__backup_path(path, "journal", folder, problem);
	if (!error)
		error = backup.sealed ? check_sealed(path, key, &backup, problem)
				      : credit__backup_check_journal(folder, log, &backup, problem);
	if (!error)
		*ret_backup = backup;
	return error;
}

/* Removes a file; that it is not there is fine. */
static enum credit_error remove_file(const char *path, const char *name)
{
	char file[PATH_MAX];
	enum credit_error error = credit__backup_path(path, name, file, NULL);

	return !error && unlink(file) != 0 && errno != ENOENT ? credit__errno_error() : error;
}

enum credit_error credit_backup_destroy(const char *path)
{
	char part[PATH_MAX];
	enum credit_error error = credit__backup_path(path, "journal", part, NULL);

	/* The manifest last: until then one sees that something is left. */
	if (!error)
		error = credit_store_destroy(part);
	/* Without its key, which nobody here has, it says nothing. */
	if (!error)
		error = remove_file(path, BACKUP_SEALED);
	if (!error)
		error = remove_file(path, MANIFEST);
	if (!error && rmdir(path) != 0 && errno != ENOENT)
		error = credit__errno_error();
	return error;
}

/* --- making ------------------------------------------------------------------------------------ */

struct making {
	struct credit_registry *registry;
	struct credit_reader *state, *journal;
	struct credit__erasures erasures;
	uint64_t scrubbed;
	struct credit_arena arena;
	Credit__V1__Publication *publication; /* the last one that readers see */
	bool (*go_on)(void *context);
	void *context;
	struct credit_backup backup;
	struct credit_problem *problem;
	const struct credit_public_key *seal_to;
	char part[PATH_MAX], whole[PATH_MAX];
	char copy[PATH_MAX]; /* the journal's, in clear */
};

/* Where the backup ends, and what is to be left out. */
static enum credit_error look(struct making *making)
{
	struct credit__eyes eyes = {.reader = making->state};
	struct credit__mark mark;
	enum credit_error error = credit_read_begin(making->state);

	if (error)
		return error;
	error = credit_read_begin(making->journal);
	if (error)
		goto done;
	error = credit__read_mark(&eyes, "publication", &mark);
	if (!error && mark.publication == 0)
		error = CREDIT_E_NOT_FOUNDED;
	if (!error)
		error = credit__journal_publication(
			making->journal, mark.publication, &making->arena, &making->publication);
	if (!error)
		error = credit__journal_scrubbed(making->journal, &making->scrubbed);
	if (!error)
		error = credit__erasures_load(&eyes, making->scrubbed, &making->erasures);
	if (!error)
		error = credit__erasures_load_told(&eyes, &making->erasures);
	credit_read_end(making->journal);
done:
	credit_read_end(making->state);
	return error;
}

static enum credit_error describe(struct making *making)
{
	const Credit__V1__Publication *publication = making->publication;
	struct credit_backup *backup = &making->backup;

	if (publication->root.len != CREDIT_HASH_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	*backup = (struct credit_backup){.epoch = publication->epoch,
		.publication = publication->number,
		.head = {.size = publication->tree_size},
		.time = {publication->time},
		.erasure_epoch = making->erasures.last};
	memcpy(backup->head.root.byte, publication->root.data, CREDIT_HASH_SIZE);
	snprintf(backup->origin, sizeof backup->origin, "%s", making->registry->origin);
	return CREDIT_OK;
}

/* <folder>/<name>.part, empty; what an earlier try has left there is destroyed. */
static enum credit_error make_folder(struct making *making, const char *folder)
{
	char name[CREDIT_BACKUP_NAME_MAX], part[CREDIT_BACKUP_NAME_MAX + sizeof ".part"];
	enum credit_error error;

	credit_backup_name(&making->backup, name);
	snprintf(part, sizeof part, "%s.part", name);
	error = credit__backup_path(folder, name, making->whole, making->problem);
	if (!error)
		error = credit__backup_path(folder, part, making->part, making->problem);
	if (error)
		return error;
	if (credit__make_folder(folder, 0700) != CREDIT_OK)
		return credit__backup_fault(making->problem, folder);
	if (access(making->whole, F_OK) == 0)
		return credit_problem_set(
			making->problem, CREDIT_E_EXISTS, "folder", NULL, "%s", making->whole);
	error = credit_backup_destroy(making->part);
	if (!error && mkdir(making->part, 0700) != 0)
		error = credit__backup_fault(making->problem, making->part);
	return error;
}

/* Where the copy is written: into the backup, or when it will be encrypted, beside the data that it is of. */
static enum credit_error choose_folder(struct making *making)
{
	enum credit_error error;

	if (!making->seal_to)
		return credit__backup_path(making->part, "journal", making->copy, making->problem);
	error = credit__backup_path(making->registry->path, CREDIT__BACKUP_FOLDER "XXXXXX",
		making->copy, making->problem);
	if (!error && !mkdtemp(making->copy))
		error = credit__backup_fault(making->problem, making->copy);
	return error;
}

static enum credit_error copy_journal(struct making *making)
{
	struct credit_store_options options = credit__journal_options(making->copy);
	struct credit_store *target;
	char file[PATH_MAX];
	enum credit_error error = credit_store_open(&options, &target, making->problem);

	if (error)
		return error;
	error = credit__journal_copy(making->journal, target, making->publication, making->scrubbed,
		&making->erasures, making->go_on, making->context);
	credit_store_close(target);
	if (!error)
		error = credit__backup_path(making->copy, "data.mdb", file, making->problem);
	if (!error)
		error = credit__backup_digest(
			file, &making->backup.bytes, &making->backup.digest, making->problem);
	return error ? error
		     : check_journal(making->copy, &making->registry->log_name, &making->backup,
			       making->problem);
}

/* Written, then read back, decrypted with the key that is still known, and compared. */
static enum credit_error seal_journal(struct making *making)
{
	struct credit_backup *backup = &making->backup;
	const struct credit_public_key *to = making->seal_to;
	struct credit_seal_key key = {{0}};
	char from[PATH_MAX], file[PATH_MAX];
	enum credit_error error =
		credit__backup_path(making->copy, "data.mdb", from, making->problem);

	if (!error)
		error = credit__backup_path(making->part, BACKUP_SEALED, file, making->problem);
	if (!error)
		error = credit__backup_seal(from, file, to, &key, making->problem);
	if (!error)
		error = credit__backup_digest(
			file, &backup->sealed_bytes, &backup->sealed_digest, making->problem);
	if (!error)
		error = credit__backup_unseal(
			file, NULL, NULL, &key, &backup->digest, making->problem);
	credit_wipe(&key, sizeof key);
	credit_sha256((struct credit_bytes){to->byte, sizeof to->byte}, &backup->sealed_to);
	backup->sealed = true;
	return error;
}

static enum credit_error fill(struct making *making)
{
	enum credit_error error = choose_folder(making), destroyed;

	if (error)
		return error;
	error = copy_journal(making);
	if (!making->seal_to)
		return error;
	if (!error)
		error = seal_journal(making);
	destroyed = credit_store_destroy(making->copy);
	return error ? error : destroyed;
}

static enum credit_error make(struct making *making, const char *folder)
{
	enum credit_error error = look(making);

	if (!error)
		error = describe(making);
	if (!error)
		error = make_folder(making, folder);
	if (error)
		return error;
	error = fill(making);
	if (!error)
		error = write_manifest(making->part, &making->backup, making->problem);
	if (!error && rename(making->part, making->whole) != 0)
		error = credit__backup_fault(making->problem, making->whole);
	if (!error)
		return credit__backup_sync_folder(folder, making->problem);
	(void)!credit_backup_destroy(making->part); /* the error that counts is the first one */
	return error;
}

enum credit_error credit_backup_make(struct credit_registry *registry, const char *folder,
	const struct credit_public_key *seal_to, bool (*go_on)(void *context), void *context,
	struct credit_backup *ret_backup, struct credit_problem *problem)
{
	struct credit_problem said = {0};
	struct making making = {.registry = registry,
		.seal_to = seal_to,
		.go_on = go_on,
		.context = context,
		.problem = &said};
	enum credit_error error = credit_reader_new(registry->state, &making.state);

	credit_arena_init(&making.arena, NULL, 0, PUBLICATION_ARENA_LIMIT);
	if (!error)
		error = credit_reader_new(registry->journal, &making.journal);
	if (!error)
		error = make(&making, folder);
	if (!error)
		*ret_backup = making.backup;
	credit__erasures_free(&making.erasures);
	credit_arena_deinit(&making.arena);
	credit_reader_free(making.journal);
	credit_reader_free(making.state);
	if (error && said.error != error)
		credit_problem_set(&said, error, "folder", NULL, "%s", folder);
	if (error && problem)
		*problem = said;
	return error;
}
