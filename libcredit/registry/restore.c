/* SPDX-License-Identifier: Apache-2.0
 *
 * restore.c - bringing a backup back, unless that would fork the log.
 *
 * Order: backup decrypted, if need be, and checked -> heads compared -> journal copied beside its place, read back -> head file ->
 * journal renamed into its place. Killed before the last step, the data directory has no journal, and a
 * head file that a second try agrees with.
 */
#include "registry/backup_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct restoring {
	const struct credit_restore_options *options;
	struct credit_backup backup;
	struct credit_store *journal; /* the backup's */
	struct credit__tiles tiles;
	struct credit_prover *prover;
	struct credit_problem *problem;
	char head[PATH_MAX];
	char source[PATH_MAX]; /* folder of the journal in clear */
	bool unsealed;         /* that is a folder of our own, to be destroyed */
	bool write_head;
};

/* --- how far was the log signed? --------------------------------------------------------------- */

/* The root that the backup's tree had at a size. */
static enum credit_error root_at(
	struct restoring *restoring, uint64_t size, struct credit_hash *ret_root)
{
	enum credit_error error = credit_read_begin(restoring->tiles.reader);

	if (error)
		return error;
	error = credit_prove_root(restoring->prover, size, ret_root);
	credit_read_end(restoring->tiles.reader);
	return error;
}

/* One checkpoint that a witness or another copy has. */
static enum credit_error check_asked(struct restoring *restoring, size_t index)
{
	const struct credit_restore_options *options = restoring->options;
	struct credit_problem *problem = restoring->problem;
	struct credit_tree_head seen;
	struct credit_hash root;
	char field[32];
	enum credit_error error =
		credit_checkpoint_open(options->asked[index], &options->log, &seen);

	snprintf(field, sizeof field, "asked[%zu]", index);
	if (error)
		return credit_problem_set(problem, error, field, NULL, NULL);
	if (seen.size > restoring->backup.head.size)
		return credit_problem_set(problem, CREDIT_E_RESTORE_SEEN, field, NULL,
			"size %llu was seen, the backup holds %llu", (unsigned long long)seen.size,
			(unsigned long long)restoring->backup.head.size);
	error = root_at(restoring, seen.size, &root);
	if (!error && !credit_hash_equal(&root, &seen.root))
		error = credit_problem_set(problem, CREDIT_E_RESTORE_SEEN, field, NULL,
			"another root at size %llu", (unsigned long long)seen.size);
	return error;
}

/* No head file says how far the log was signed: the operator must have asked. */
static enum credit_error check_elsewhere(struct restoring *restoring, const char *why)
{
	const struct credit_restore_options *options = restoring->options;

	if (!options->head_from_backup)
		return credit_problem_set(
			restoring->problem, CREDIT_E_RESTORE_BEHIND, "head", NULL, "%s", why);
	if (options->asked_count == 0)
		return credit_problem_set(restoring->problem, CREDIT_E_FIELD_MISSING, "asked", NULL,
			"the newest checkpoint of a witness or of another copy");
	restoring->write_head = true;
	return CREDIT_OK;
}

/* What others have is looked at whoever it was that asked for it. */
static enum credit_error check_all_asked(struct restoring *restoring)
{
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < restoring->options->asked_count && !error; i++)
		error = check_asked(restoring, i);
	return error;
}

static enum credit_error check_head(struct restoring *restoring)
{
	struct credit__head_file file = {.fd = -1};
	struct credit__signed_size base = {0}, last;
	struct credit_hash root;
	bool found = false;
	char why[CREDIT_DETAIL_MAX];
	enum credit_error error;

	if (access(restoring->head, F_OK) != 0)
		return check_elsewhere(restoring, "there is no head file");
	error = credit__head_open(&file, restoring->head, &base, &last, &found, restoring->problem);
	credit__head_close(&file);
	if (error)
		return error;
	if (!found)
		return check_elsewhere(restoring, "the head file is empty");
	/* The tail's epochs come after the slot: the next opening takes them. */
	if (base.size > restoring->backup.head.size || base.epoch > restoring->backup.epoch) {
		snprintf(why, sizeof why, "signed up to size %llu, the backup holds %llu",
			(unsigned long long)base.size,
			(unsigned long long)restoring->backup.head.size);
		return check_elsewhere(restoring, why);
	}
	error = root_at(restoring, base.size, &root);
	if (!error && !credit_hash_equal(&root, &base.root))
		error = credit_problem_set(restoring->problem, CREDIT_E_HEAD_FORK, "head", NULL,
			"at size %llu", (unsigned long long)base.size);
	return error;
}

/* A new head file, which says what the backup says. */
static enum credit_error write_head(struct restoring *restoring)
{
	struct credit__signed_size last = {.size = restoring->backup.head.size,
		.epoch = restoring->backup.epoch,
		.root = restoring->backup.head.root};
	struct credit__head_file file = {.fd = -1};
	struct credit__signed_size base, before;
	bool found;
	enum credit_error error;

	if (!restoring->write_head)
		return CREDIT_OK;
	/* The slot with the larger sequence counts: written twice, so that neither says otherwise. */
	error = credit__head_open(
		&file, restoring->head, &base, &before, &found, restoring->problem);
	for (int slot = 0; slot < 2 && !error; slot++)
		error = credit__head_write(&file, &last);
	credit__head_close(&file);
	return error;
}

/* --- the files --------------------------------------------------------------------------------- */

static enum credit_error need_empty(struct restoring *restoring)
{
	static const char *const names[] = {"journal", "state"};
	char path[PATH_MAX];
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < sizeof names / sizeof names[0] && !error; i++) {
		error = credit__backup_path(
			restoring->options->path, names[i], path, restoring->problem);
		if (!error && access(path, F_OK) == 0)
			error = credit_problem_set(restoring->problem, CREDIT_E_EXISTS, "data",
				NULL, "%s: move it away first", path);
	}
	return error;
}

static enum credit_error copy_file(const char *from, const char *to, struct credit_problem *problem)
{
	static const size_t block = (size_t)1 << 20;
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	enum credit_error error = CREDIT_OK;
	ssize_t moved = 1;

	if (in < 0 || out < 0)
		error = credit__backup_fault(problem, in < 0 ? from : to);
	while (!error && moved > 0) {
		moved = copy_file_range(in, NULL, out, NULL, block, 0);
		if (moved < 0)
			error = credit__backup_fault(problem, to);
	}
	if (!error && fsync(out) != 0)
		error = credit__backup_fault(problem, to);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return error;
}

static enum credit_error lay_down(struct restoring *restoring)
{
	struct credit_problem *problem = restoring->problem;
	char from[PATH_MAX], part[PATH_MAX], to[PATH_MAX], whole[PATH_MAX];
	struct credit_hash digest;
	uint64_t bytes = 0;
	enum credit_error error = credit__backup_path(restoring->source, "data.mdb", from, problem);

	if (!error)
		error = credit__backup_path(
			restoring->options->path, "journal.part", part, problem);
	if (!error)
		error = credit__backup_path(part, "data.mdb", to, problem);
	if (!error)
		error = credit__backup_path(restoring->options->path, "journal", whole, problem);
	if (!error)
		error = credit_store_destroy(part);
	if (!error && mkdir(part, 0700) != 0)
		error = credit__backup_fault(problem, part);
	if (!error)
		error = copy_file(from, to, problem);
	if (!error)
		error = credit__backup_digest(to, &bytes, &digest, problem);
	if (!error && !credit_hash_equal(&digest, &restoring->backup.digest))
		error = credit_problem_set(
			problem, CREDIT_E_BACKUP_FALSE, "data", NULL, "%s was misread", to);
	if (!error)
		error = credit__backup_sync_folder(part, problem);
	if (!error)
		error = write_head(restoring);
	if (!error && rename(part, whole) != 0)
		error = credit__backup_fault(problem, whole);
	return error ? error : credit__backup_sync_folder(restoring->options->path, problem);
}

/* --- an encrypted one --------------------------------------------------------------------------- */

/* Decrypted beside the place where it will lie. */
static enum credit_error unseal(struct restoring *restoring)
{
	const struct credit_restore_options *options = restoring->options;
	struct credit_problem *problem = restoring->problem;
	char from[PATH_MAX], to[PATH_MAX];
	enum credit_error error =
		credit__backup_path(options->backup, BACKUP_SEALED, from, problem);

	if (!options->key)
		return credit_problem_set(
			problem, CREDIT_E_BACKUP_SEALED, "key", NULL, "%s", options->backup);
	if (!error)
		error = credit__backup_path(
			options->path, CREDIT__BACKUP_FOLDER "XXXXXX", restoring->source, problem);
	if (error)
		return error;
	if (!mkdtemp(restoring->source))
		return credit__backup_fault(problem, restoring->source);
	restoring->unsealed = true;
	error = credit__backup_path(restoring->source, "data.mdb", to, problem);
	return error ? error
		     : credit__backup_unseal(
			       from, to, options->key, NULL, &restoring->backup.digest, problem);
}

static enum credit_error find_source(struct restoring *restoring)
{
	enum credit_error error =
		restoring->backup.sealed
			? unseal(restoring)
			: credit__backup_path(restoring->options->backup, "journal",
				  restoring->source, restoring->problem);

	return error ? error
		     : credit__backup_check_journal(restoring->source, &restoring->options->log,
			       &restoring->backup, restoring->problem);
}

/* --- all of it --------------------------------------------------------------------------------- */

static enum credit_error prepare(struct restoring *restoring)
{
	const struct credit_restore_options *options = restoring->options;
	struct credit_tile_source source = credit__tile_source(&restoring->tiles);
	enum credit_error error =
		credit_backup_read(options->backup, &restoring->backup, restoring->problem);

	if (!error && strcmp(restoring->backup.origin, options->origin) != 0)
		error = credit_problem_set(restoring->problem, CREDIT_E_BACKUP_FALSE, "origin",
			NULL, "it is of %s", restoring->backup.origin);
	if (!error && options->head_path)
		snprintf(restoring->head, sizeof restoring->head, "%s", options->head_path);
	else if (!error)
		error = credit__backup_path(
			options->path, "head", restoring->head, restoring->problem);
	if (!error && mkdir(options->path, 0700) != 0 && errno != EEXIST)
		error = credit__backup_fault(restoring->problem, options->path);
	if (!error)
		error = need_empty(restoring);
	if (!error)
		error = find_source(restoring);
	if (!error)
		error = credit__backup_open(
			restoring->source, &restoring->journal, restoring->problem);
	if (!error)
		error = credit_reader_new(restoring->journal, &restoring->tiles.reader);
	return error ? error : credit_prover_new(&source, &restoring->prover);
}

enum credit_error credit_backup_restore(const struct credit_restore_options *options,
	struct credit_backup *ret_backup, struct credit_problem *problem)
{
	struct credit_problem said = {0};
	struct restoring restoring = {.options = options, .problem = &said};
	enum credit_error error = prepare(&restoring);

	if (!error)
		error = check_head(&restoring);
	if (!error)
		error = check_all_asked(&restoring);
	if (!error)
		error = lay_down(&restoring);
	credit_prover_free(restoring.prover);
	credit_reader_free(restoring.tiles.reader);
	credit_store_close(restoring.journal);
	if (restoring.unsealed) {
		enum credit_error destroyed = credit_store_destroy(restoring.source);

		error = error ? error : destroyed;
	}
	if (!error)
		*ret_backup = restoring.backup;
	else if (said.error != error)
		credit_problem_set(&said, error, "data", NULL, "%s", options->path);
	if (error && problem)
		*problem = said;
	return error;
}
