/* SPDX-License-Identifier: Apache-2.0
 *
 * fsck.c - deriving everything again and saying exactly what does not agree.
 *
 * From the journal's rows: commitments, manifest roots, leaves, tiles, the tree; every signature. From the
 * effects: what each row of the state must be. From the statuses: the map, down to its root in the log.
 */
#include "registry/fsck.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- faults ------------------------------------------------------------------------------------- */

void credit__fsck_tell(struct fsck *fsck, enum fault which, const char *should, const char *is,
	const char *place, ...)
{
	struct credit_fault fault;
	va_list arguments;

	credit__fault_set(&fault, which);
	va_start(arguments, place);
	vsnprintf(fault.place, sizeof fault.place, place, arguments);
	va_end(arguments);
	snprintf(fault.should, sizeof fault.should, "%s", should ? should : "");
	snprintf(fault.is, sizeof fault.is, "%s", is ? is : "");
	fsck->report.faults++;
	fsck->options->fault(fsck->options->context, &fault);
}

void credit__fsck_progress(
	const struct fsck *fsck, enum credit_fsck_phase phase, uint64_t done, uint64_t total)
{
	if (fsck->options->progress)
		fsck->options->progress(fsck->options->context, phase, done, total);
}

const char *credit__fsck_hash(ProtobufCBinaryData hash, char text[FSCK_HASH_TEXT])
{
	return credit_hex(hash.data, hash.len < 16 ? hash.len : 16, text);
}

ProtobufCBinaryData credit__fsck_binary(const struct credit_hash *hash)
{
	return credit__binary(credit__hash_bytes(hash));
}

bool credit__fsck_hash_is(ProtobufCBinaryData data, const struct credit_hash *hash)
{
	return data.len == CREDIT_HASH_SIZE && memcmp(data.data, hash->byte, data.len) == 0;
}

const char *credit__fsck_key(struct credit_bytes key, char *text, size_t size)
{
	size_t plain = 0, rest;
	char hex[2 * 64 + 1];

	while (plain < key.size && plain < CREDIT_USCC_SIZE && key.data[plain] >= '0' &&
		key.data[plain] <= 'Z')
		plain++;
	if (plain < CREDIT_USCC_SIZE)
		plain = 0;
	rest = key.size - plain < 64 ? key.size - plain : 64;
	snprintf(text, size, "%.*s%s%s", (int)plain, (const char *)key.data,
		plain && rest ? "/" : "", credit_hex(key.data + plain, rest, hex));
	return text;
}

/* --- the files ---------------------------------------------------------------------------------- */

struct files {
	struct fsck fsck;
	const char *store;
};

static void tell_page(void *context, uint64_t page, const char *what)
{
	struct files *files = context;

	credit__fsck_tell(&files->fsck, FAULT_PAGE, NULL, what, "%s page %llu", files->store,
		(unsigned long long)page);
}

static void tell_pages_done(void *context, uint64_t done, uint64_t total)
{
	struct files *files = context;

	credit__fsck_progress(&files->fsck, CREDIT_FSCK_PAGES, done, total);
}

enum credit_error credit_fsck_files(const char *path, const struct credit_fsck_options *options,
	struct credit_fsck_report *report)
{
	static const char *const stores[] = {"journal", "state"};
	struct files files = {.fsck = {.options = options, .report = *report}};
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < sizeof stores / sizeof stores[0] && !error; i++) {
		char folder[PATH_MAX];

		if ((size_t)snprintf(folder, sizeof folder, "%s/%s", path, stores[i]) >=
			sizeof folder)
			return CREDIT_E_TOO_LARGE;
		/* A state that is not there is built anew. */
		if (i > 0 && access(folder, F_OK) != 0)
			continue;
		files.store = stores[i];
		error = credit_store_check_pages(folder, &files, tell_page, tell_pages_done);
	}
	*report = files.fsck.report;
	return error;
}

/* --- a journal ---------------------------------------------------------------------------------- */

static enum credit_error begin(struct fsck *fsck)
{
	enum credit_error error = credit_reader_new(fsck->store, &fsck->journal);

	credit_arena_init(&fsck->arena, NULL, 0, FSCK_ARENA_LIMIT);
	return error ? error : credit_read_begin(fsck->journal);
}

static void end(struct fsck *fsck)
{
	credit_reader_free(fsck->journal);
	credit_arena_deinit(&fsck->arena);
}

/* The head that is stored is the one which the rows give. */
static enum credit_error check_head(struct fsck *fsck, const struct credit_tree_head *head)
{
	char is[FSCK_HASH_TEXT], should[FSCK_HASH_TEXT];
	struct credit_signed_head newest;
	enum credit_error error = credit__journal_head(fsck->journal, &newest);

	if (error == CREDIT_E_STORE_CORRUPT || error == CREDIT_E_NOT_FOUND) {
		credit__fsck_tell(fsck, FAULT_HEAD, NULL, NULL, "journal head");
		return CREDIT_OK;
	}
	if (!error && (newest.head.size != head->size ||
			      !credit_hash_equal(&newest.head.root, &head->root)))
		credit__fsck_tell(fsck, FAULT_HEAD,
			credit__fsck_hash(credit__fsck_binary(&head->root), should),
			credit__fsck_hash(credit__fsck_binary(&newest.head.root), is),
			"journal head, size %llu", (unsigned long long)newest.head.size);
	return error;
}

static enum credit_error check_journal(struct fsck *fsck, struct credit_tree_head *ret_head)
{
	enum credit_error error = credit__fsck_journal(fsck, ret_head);

	if (!error && fsck->epochs > 0)
		error = check_head(fsck, ret_head);
	return error ? error : credit__fsck_signatures(fsck);
}

enum credit_error credit__check_journal(struct credit_store *journal,
	const struct credit_named_key *log_name, uint64_t epochs, uint64_t publications,
	const struct credit_fsck_options *options, struct credit_tree_head *ret_head)
{
	struct fsck fsck = {.store = journal,
		.log_name = log_name,
		.epochs = epochs,
		.publications = publications,
		.options = options};
	enum credit_error error = begin(&fsck);

	if (!error)
		error = check_journal(&fsck, ret_head);
	end(&fsck);
	return error;
}

/* --- a registry that does not open -------------------------------------------------------------- */

/* The number of a keyspace's last row that can be read; 0: there is none. A damaged key may name any
 * number, and a walk up to there would never end. */
static uint64_t last_number(struct credit_reader *journal, unsigned keyspace)
{
	struct credit_bytes key = {0}, value;
	struct credit_cursor *cursor;
	uint64_t number = 0;
	enum credit_error error = credit_cursor_open(journal, NULL, keyspace, &cursor);

	if (error)
		return 0;
	error = credit_cursor_seek(cursor, key, &key, &value);
	while (!error || error == CREDIT_E_STORE_CORRUPT) {
		if (!error && key.size == 8)
			number = credit_read_u64(key.data);
		error = credit_cursor_next(cursor, &key, &value);
	}
	credit_cursor_close(cursor);
	return number;
}

static enum credit_error check_unopened(struct fsck *fsck)
{
	struct credit_tree_head head;
	enum credit_error error = begin(fsck);

	if (!error) {
		fsck->epochs = last_number(fsck->journal, JOURNAL_EPOCHS);
		fsck->publications = last_number(fsck->journal, JOURNAL_PUBLICATIONS);
		error = check_journal(fsck, &head);
	}
	end(fsck);
	return error;
}

enum credit_error credit_fsck_unopened(const char *path, const struct credit_named_key *log,
	const struct credit_problem *why, const struct credit_fsck_options *options,
	struct credit_fsck_report *report)
{
	char folder[PATH_MAX], text[CREDIT_PROBLEM_TEXT_MAX];
	struct credit_store_options store;
	struct fsck fsck = {.log_name = log, .options = options, .report = *report};
	enum credit_error error;

	credit_problem_text(why, CREDIT_LANG_EN, text, sizeof text);
	credit__fsck_tell(&fsck, FAULT_OPENING, NULL, text, "%s", path);
	if ((size_t)snprintf(folder, sizeof folder, "%s/journal", path) >= sizeof folder)
		return CREDIT_E_TOO_LARGE;
	store = credit__journal_options(folder);
	store.read_only = true;
	error = credit_store_open(&store, &fsck.store, NULL);
	if (!error)
		error = check_unopened(&fsck);
	credit_store_close(fsck.store);
	*report = fsck.report;
	/* That it cannot be opened was told already. */
	return credit_error_class(error) == CREDIT_CLASS_DATA_LOSS ? CREDIT_OK : error;
}

/* --- all of it ---------------------------------------------------------------------------------- */

enum credit_error credit_registry_fsck(struct credit_registry *registry,
	const struct credit_fsck_options *options, struct credit_fsck_report *ret_report)
{
	struct fsck fsck = {.store = registry->journal,
		.log_name = &registry->log_name,
		.epochs = registry->epoch,
		.publications = registry->publication,
		.options = options};
	struct credit_tree_head head;
	/* What the head file's tail holds is looked at where it will be. */
	enum credit_error error = credit__journal_settle(registry);

	if (!error)
		error = begin(&fsck);
	if (!error)
		error = check_journal(&fsck, &head);
	if (!error)
		error = credit__fsck_state(&fsck, registry);
	if (!error && options->every_publication)
		error = credit__fsck_replay(&fsck, registry);
	if (!error)
		error = credit__scrub_pending(registry, &fsck.report.unscrubbed);
	*ret_report = fsck.report;
	end(&fsck);
	return error;
}
