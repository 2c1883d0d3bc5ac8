/* SPDX-License-Identifier: Apache-2.0
 *
 * lmdb.c - a store's life: open, meta record, lock, growth of the map, close, errors.
 *
 * The choice of LMDB's flags:
 *   MDB_NOTLS      a read transaction belongs to its struct credit_reader, not to a thread, so that
 * a reader may be kept in a pool. MDB_NORDAHEAD  reads are random over a file that may exceed
 * memory; read-ahead would push out pages that are wanted for ones that are not. Scans (fsck,
 * replay) pay for it on a cold file. neither MDB_NOSYNC nor MDB_NOMETASYNC: a commit that was
 * acknowledged must be there after a power failure (lmdb_settle.c has the exception, and how what it leaves
 * is whole). not MDB_WRITEMAP: a stray write of ours must not reach the file. not MDB_NOMEMINIT: pages are cleared, so that nothing from our heap gets into
 * the file.
 *
 * Beside LMDB's two files the directory holds `lock`, which the writing process keeps locked.
 */
#include "store/check.h"
#include "store/lmdb_private.h"
#include "store/settled.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAP_SIZE_DEFAULT ((size_t)1 << 30)
#define MAP_SIZE_MIN ((size_t)64 << 10)
#define READERS_DEFAULT 126
#define PURPOSE_MAX 64

/* In the database: never rename. (A store whose values have no checks was marked with "store".) */
#define META_KEYSPACE "meta"
#define CLUSTER_KEYSPACE "clustered"
#define META_KEY "checked store"

/* --- errors ---------------------------------------------------------------------------------- */

enum credit_error credit__store_error(int rc)
{
	static const struct {
		int rc;
		enum credit_error error;
	} table[] = {
		{MDB_SUCCESS, CREDIT_OK},
		{MDB_NOTFOUND, CREDIT_E_NOT_FOUND},
		{MDB_KEYEXIST, CREDIT_E_EXISTS},
		{MDB_MAP_FULL, CREDIT_E_STORE_FULL},
		{MDB_TXN_FULL, CREDIT_E_TOO_LARGE},
		{MDB_READERS_FULL, CREDIT_E_STORE_READERS},
		{MDB_DBS_FULL, CREDIT_E_TOO_MANY},
		{MDB_CORRUPTED, CREDIT_E_STORE_CORRUPT},
		{MDB_PAGE_NOTFOUND, CREDIT_E_STORE_CORRUPT},
		{MDB_CURSOR_FULL, CREDIT_E_STORE_CORRUPT},
		{MDB_PANIC, CREDIT_E_STORE_SUSPECT},
		{MDB_INVALID, CREDIT_E_STORE_NOT_OURS},
		{MDB_INCOMPATIBLE, CREDIT_E_STORE_NOT_OURS},
		{MDB_VERSION_MISMATCH, CREDIT_E_STORE_FORMAT_NEWER},
		{ENOSPC, CREDIT_E_NO_SPACE},
		{EDQUOT, CREDIT_E_NO_SPACE},
		{EFBIG, CREDIT_E_NO_SPACE},
		{ENOMEM, CREDIT_E_NO_MEMORY},
		{ENOENT, CREDIT_E_NOT_FOUND},
		{EIO, CREDIT_E_IO},
		{EACCES, CREDIT_E_IO},
		{EPERM, CREDIT_E_IO},
		{EROFS, CREDIT_E_IO},
		{ENOTDIR, CREDIT_E_IO},
		{EISDIR, CREDIT_E_IO},
		{ELOOP, CREDIT_E_IO},
		{ENAMETOOLONG, CREDIT_E_IO},
		{EMFILE, CREDIT_E_FILES_LIMIT},
		{ENFILE, CREDIT_E_FILES_LIMIT},
		{EWOULDBLOCK, CREDIT_E_BUSY},
		{EDEADLK, CREDIT_E_BUSY},
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (table[i].rc == rc)
			return table[i].error;
	return CREDIT_E_INTERNAL;
}

/* A refusal to open: which path, and in the system's words why. */
static enum credit_error refuse(struct credit_problem *problem, int rc, const char *path)
{
	return credit_problem_set(
		problem, credit__store_error(rc), "path", NULL, "%s: %s", path, mdb_strerror(rc));
}

/* --- the map --------------------------------------------------------------------------------- */

void credit__store_extent(struct credit_store *store, size_t *ret_used, size_t *ret_map)
{
	MDB_envinfo info = {0};

	/* Fails for a missing argument only. */
	mdb_env_info(store->env, &info);
	*ret_used = (info.me_last_pgno + 1) * store->page_size;
	*ret_map = info.me_mapsize;
}

enum credit_error credit__gate_shut(struct credit_store *store)
{
	pthread_mutex_lock(&store->gate_mutex);
	while (atomic_load(&store->gate) == GATE_SHUT)
		pthread_cond_wait(&store->gate_changed, &store->gate_mutex);
	if (atomic_load(&store->gate) == GATE_BROKEN) {
		pthread_mutex_unlock(&store->gate_mutex);
		return CREDIT_E_STORE_SUSPECT;
	}
	atomic_store(&store->gate, GATE_SHUT);
	while (credit__readers_release(store))
		pthread_cond_wait(&store->gate_changed, &store->gate_mutex);
	return CREDIT_OK;
}

void credit__gate_open(struct credit_store *store, enum gate_state state)
{
	atomic_store(&store->gate, state);
	pthread_cond_broadcast(&store->gate_changed);
	pthread_mutex_unlock(&store->gate_mutex);
}

enum credit_error credit__store_remap(struct credit_store *store, size_t size)
{
	enum credit_error error = credit__gate_shut(store);
	int rc, dead;

	if (error)
		return error;
	/* A process that was killed while reading pins pages, which alone can fill a map. */
	mdb_reader_check(store->env, &dead);
	rc = mdb_env_set_mapsize(store->env, size);
	/* LMDB unmaps the old map first: when the new one fails there is none. */
	credit__gate_open(store, rc == 0 ? GATE_OPEN : GATE_BROKEN);
	return rc == 0 ? CREDIT_OK : CREDIT_E_STORE_SUSPECT;
}

void credit_store_size(struct credit_store *store, uint64_t *ret_used, uint64_t *ret_map)
{
	size_t used = 0, map = 0;

	pthread_mutex_lock(&store->gate_mutex);
	if (atomic_load(&store->gate) != GATE_BROKEN)
		credit__store_extent(store, &used, &map);
	pthread_mutex_unlock(&store->gate_mutex);
	*ret_used = used;
	*ret_map = map;
}

/* --- open and close -------------------------------------------------------------------------- */

static enum credit_error check_options(
	const struct credit_store_options *options, struct credit_problem *problem)
{
	if (options->keyspace_count > CREDIT_KEYSPACES_MAX)
		return credit_problem_set(problem, CREDIT_E_TOO_MANY, "keyspaces", NULL,
			"at most %d", CREDIT_KEYSPACES_MAX);
	if (strlen(options->purpose) > PURPOSE_MAX)
		return credit_problem_set(problem, CREDIT_E_TOO_LARGE, "purpose", NULL,
			"at most %d bytes", PURPOSE_MAX);
	for (size_t i = 0; i < options->keyspace_count; i++)
		if (strcmp(options->keyspaces[i], META_KEYSPACE) == 0 ||
			strcmp(options->keyspaces[i], CLUSTER_KEYSPACE) == 0)
			return credit_problem_set(problem, CREDIT_E_EXISTS, "keyspaces", NULL,
				"\"%s\" is the store's own", options->keyspaces[i]);
	return CREDIT_OK;
}

/* The directory, made durable in its parent. Also when it is there already: whoever made it may have died
 * before that. */
static int open_directory(struct credit_store *store, const char *path)
{
	int parent = -1, rc = 0;

	if (!store->read_only && mkdir(path, 0700) != 0 && errno != EEXIST)
		return errno;

	store->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->directory < 0)
		return errno;
	if (store->read_only)
		return 0;
	parent = openat(store->directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0)
		return errno;
	if (fsync(parent) != 0)
		rc = errno;
	close(parent);
	return rc;
}

/* Held until close or the end of the process. LMDB's own lock would let a second writer wait. */
static int take_lock(struct credit_store *store)
{
	store->lock = openat(store->directory, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (store->lock < 0)
		return errno;
	return flock(store->lock, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
}

/* LMDB maps what a file should have; reading what was cut off from it would end the process. */
static int refuse_cut_off(MDB_env *env, size_t page_size)
{
	MDB_envinfo info = {0};
	struct stat file;
	mdb_filehandle_t fd;
	int rc = mdb_env_get_fd(env, &fd);

	if (rc == 0)
		rc = mdb_env_info(env, &info);
	if (rc == 0 && fstat(fd, &file) != 0)
		rc = errno;
	if (rc == 0 && (uint64_t)file.st_size / page_size <= info.me_last_pgno)
		rc = MDB_CORRUPTED;
	return rc;
}

/* Never smaller than it was: LMDB would take a smaller size for the new one. */
static int open_map(struct credit_store *store, const char *path, size_t wanted)
{
	unsigned flags = MDB_NOTLS | MDB_NORDAHEAD | (store->read_only ? (unsigned)MDB_RDONLY : 0);
	MDB_envinfo info = {0};
	MDB_stat stat = {0};
	int rc, dead;

	if ((rc = mdb_env_set_mapsize(store->env, wanted)) != 0 ||
		(rc = mdb_env_open(store->env, path, flags, 0600)) != 0 ||
		(rc = mdb_env_set_mapsize(store->env, 0)) != 0 ||
		(rc = mdb_env_info(store->env, &info)) != 0)
		return rc;
	if (info.me_mapsize < wanted && !store->read_only &&
		(rc = mdb_env_set_mapsize(store->env, wanted)) != 0)
		return rc;
	if ((rc = mdb_env_stat(store->env, &stat)) != 0)
		return rc;
	store->page_size = stat.ms_psize;
	rc = refuse_cut_off(store->env, store->page_size);
	return rc ? rc : mdb_reader_check(store->env, &dead);
}

static int open_env(struct credit_store *store, const struct credit_store_options *options)
{
	size_t wanted = options->map_size ? options->map_size : MAP_SIZE_DEFAULT;
	size_t unit = (size_t)sysconf(_SC_PAGESIZE);
	int rc;

	if (wanted < MAP_SIZE_MIN)
		wanted = MAP_SIZE_MIN;
	wanted = (wanted + unit - 1) / unit * unit;
	if ((rc = mdb_env_create(&store->env)) != 0 ||
		(rc = mdb_env_set_assert(store->env, credit__store_assertion)) != 0 ||
		(rc = mdb_env_set_maxdbs(store->env, CREDIT_KEYSPACES_MAX + 1)) != 0 ||
		(rc = mdb_env_set_maxreaders(store->env,
			 options->readers_max ? options->readers_max : READERS_DEFAULT)) != 0)
		return rc;
	return open_map(store, options->path, wanted);
}

/* The meta record: the format as 4 bytes, then the purpose. */
static enum credit_error check_meta(const MDB_val *value,
	const struct credit_store_options *options, uint32_t *ret_format,
	struct credit_problem *problem)
{
	size_t size = strlen(options->purpose);
	const uint8_t *data = value->mv_data;
	uint32_t format;

	if (value->mv_size != 4 + size || memcmp(data + 4, options->purpose, size) != 0)
		return credit_problem_set(problem, CREDIT_E_STORE_NOT_OURS, "path", NULL,
			"%s is not a %s", options->path, options->purpose);
	format = credit_read_u32(data);
	if (format > options->format)
		return credit_problem_set(problem, CREDIT_E_STORE_FORMAT_NEWER, "path", NULL,
			"%s has format %u, known is %u", options->path, format, options->format);
	if (format < options->format_oldest)
		return credit_problem_set(problem, CREDIT_E_STORE_FORMAT_OLDER, "path", NULL,
			"%s has format %u, the oldest read is %u", options->path, format,
			options->format_oldest);
	*ret_format = format;
	return CREDIT_OK;
}

/* Reads and checks the meta record; a database without one is ours only when it is empty. The
 * record is raised to the caller's format, for rows of that format may be written from now on. */
static enum credit_error open_meta(struct credit_store *store, MDB_txn *txn,
	const struct credit_store_options *options, struct credit_problem *problem)
{
	MDB_val key = {.mv_size = sizeof META_KEY - 1, .mv_data = (void *)META_KEY}, value;
	uint8_t memory[4 + PURPOSE_MAX];
	struct credit_buffer record;
	enum credit_error error;
	uint32_t format = 0;
	MDB_stat stat;
	MDB_dbi main, meta;
	int rc;

	if ((rc = mdb_dbi_open(txn, NULL, 0, &main)) != 0 || (rc = mdb_stat(txn, main, &stat)) != 0)
		return refuse(problem, rc, options->path);
	rc = mdb_dbi_open(txn, META_KEYSPACE, 0, &meta);
	if (rc == 0)
		rc = mdb_get(txn, meta, &key, &value);
	if (rc == 0) {
		error = check_meta(&value, options, &format, problem);
		if (error || format == options->format || store->read_only)
			return error;
	} else if (rc == MDB_NOTFOUND && (stat.ms_entries > 0 || store->read_only)) {
		return refuse(problem, MDB_INVALID, options->path);
	} else if (rc != MDB_NOTFOUND) {
		return refuse(problem, rc, options->path);
	}

	credit_buffer_init(&record, memory, sizeof memory);
	credit_buffer_put_u32(&record, options->format);
	credit_buffer_put_text(&record, options->purpose);
	value = (MDB_val){.mv_size = record.size, .mv_data = record.data};
	if ((rc = mdb_dbi_open(txn, META_KEYSPACE, MDB_CREATE, &meta)) != 0 ||
		(rc = mdb_put(txn, meta, &key, &value, 0)) != 0)
		return refuse(problem, rc, options->path);
	return CREDIT_OK;
}

/* The order of LMDB's own comparison, eight bytes at a time: a look-up compares about thirty keys, and
 * most of ours are codes and hashes, for which memcmp is mostly the way there and back. */
static int compare_keys(const MDB_val *a, const MDB_val *b)
{
	const uint8_t *x = a->mv_data, *y = b->mv_data;
	size_t both = a->mv_size < b->mv_size ? a->mv_size : b->mv_size;

	for (; both >= 8; both -= 8, x += 8, y += 8) {
		uint64_t p, q;

		memcpy(&p, x, sizeof p);
		memcpy(&q, y, sizeof q);
		if (p != q)
			return be64toh(p) < be64toh(q) ? -1 : 1;
	}
	for (; both > 0; both--, x++, y++)
		if (*x != *y)
			return *x < *y ? -1 : 1;
	return (a->mv_size > b->mv_size) - (a->mv_size < b->mv_size);
}

unsigned credit_store_leader(const struct credit_store *store, unsigned keyspace)
{
	unsigned first = 0;

	if (!store->tag[keyspace])
		return keyspace;
	while (!store->tag[first])
		first++;
	return first;
}

/* The meta record and every keyspace in one transaction: they are all there or none. */
static enum credit_error open_keyspaces(struct credit_store *store,
	const struct credit_store_options *options, struct credit_problem *problem)
{
	unsigned flags = store->read_only ? 0 : MDB_CREATE;
	enum credit_error error;
	MDB_txn *txn = NULL;
	int rc;

	rc = mdb_txn_begin(store->env, NULL, store->read_only ? MDB_RDONLY : 0, &txn);
	if (rc)
		return refuse(problem, rc, options->path);
	error = open_meta(store, txn, options, problem);
	if (error)
		goto out;
	for (size_t i = 0; i < options->keyspace_count; i++) {
		rc = mdb_dbi_open(txn, store->tag[i] ? CLUSTER_KEYSPACE : options->keyspaces[i],
			flags, &store->keyspace[i]);
		if (rc == 0)
			rc = mdb_set_compare(txn, store->keyspace[i], compare_keys);
		if (rc) {
			error = refuse(problem, rc, options->path);
			goto out;
		}
		store->seed[i] = credit__check_seed(options->keyspaces[i]);
	}
	store->keyspace_count = options->keyspace_count;
	rc = mdb_txn_commit(txn);
	txn = NULL;
	if (rc == 0 && !store->read_only && fsync(store->directory) != 0)
		rc = errno;
	if (rc)
		error = refuse(problem, rc, options->path);
out:
	mdb_txn_abort(txn);
	return error;
}

enum credit_error credit__store_attach(struct credit_store *store, struct credit_problem *problem)
{
	enum credit_error error;
	int rc = store->read_only ? 0 : credit__settled_recover(store->directory);

	if (rc == 0)
		rc = open_env(store, &store->options);
	if (rc)
		return refuse(problem, rc, store->options.path);
	error = open_keyspaces(store, &store->options, problem);
	if (error || !store->options.settles_later || store->read_only)
		return error;
	rc = credit__settle_open(store);
	return rc ? refuse(problem, rc, store->options.path) : CREDIT_OK;
}

/* Which keyspaces share a tree, and under which numbers. */
static void keep_tags(struct credit_store *store, const struct credit_store_options *options)
{
	memset(store->tagged, CREDIT_KEYSPACES_MAX, sizeof store->tagged);
	for (size_t i = 0; options->clustered && i < options->keyspace_count; i++) {
		store->tag[i] = options->clustered[i];
		if (store->tag[i])
			store->tagged[store->tag[i]] = (uint8_t)i;
	}
}

/* The options outlive the caller's. */
static bool keep_options(struct credit_store *store, const struct credit_store_options *options)
{
	char **names = calloc(options->keyspace_count + 1, sizeof *names);

	store->options = *options;
	store->options.keyspaces = (const char *const *)names;
	store->options.path = strdup(options->path);
	store->options.purpose = strdup(options->purpose);
	store->options.keyspace_count = 0;
	store->options.clustered = store->tag;
	keep_tags(store, options);
	if (!names || !store->options.path || !store->options.purpose)
		return false;
	for (size_t i = 0; i < options->keyspace_count; i++) {
		names[i] = strdup(options->keyspaces[i]);
		if (!names[i])
			return false;
		store->options.keyspace_count++;
	}
	return true;
}

static void drop_options(struct credit_store_options *options)
{
	for (size_t i = 0; options->keyspaces && i < options->keyspace_count; i++)
		free((void *)(uintptr_t)options->keyspaces[i]);
	free((void *)(uintptr_t)options->keyspaces);
	free((void *)(uintptr_t)options->path);
	free((void *)(uintptr_t)options->purpose);
}

/* Memory and locks, nothing outside the process yet. */
static struct credit_store *store_new(bool read_only)
{
	struct credit_store *store = aligned_alloc(CACHE_LINE, sizeof *store);
	pthread_mutexattr_t attributes;

	if (!store)
		return NULL;
	memset(store, 0, sizeof *store);
	store->read_only = read_only;
	store->directory = store->lock = store->note = -1;
	atomic_init(&store->gate, GATE_OPEN);
	pthread_mutex_init(&store->gate_mutex, NULL);
	pthread_mutex_init(&store->settle_mutex, NULL);
	pthread_cond_init(&store->gate_changed, NULL);
	/* Error checking: a thread that begins twice is told so instead of waiting for itself. */
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&store->writer, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return store;
}

enum credit_error credit_store_open(const struct credit_store_options *options,
	struct credit_store **ret_store, struct credit_problem *problem)
{
	enum credit_error error = check_options(options, problem);
	struct credit_store *store;
	int rc;

	if (error)
		return error;
	credit__check_init();
	store = store_new(options->read_only);
	if (!store)
		return refuse(problem, ENOMEM, options->path);
	rc = keep_options(store, options) ? open_directory(store, options->path) : ENOMEM;
	if (rc == 0 && !options->read_only)
		rc = take_lock(store);
	if (rc == 0 && !options->read_only)
		rc = credit__store_finish_renewal(store);
	if (rc == 0 && !options->read_only)
		rc = credit__store_make_file(store);
	error = rc ? refuse(problem, rc, options->path) : credit__store_attach(store, problem);
	if (error) {
		credit_store_close(store);
		return error;
	}
	*ret_store = store;
	return CREDIT_OK;
}

void credit_store_close(struct credit_store *store)
{
	if (!store)
		return;
	credit__settle_close(store);
	mdb_env_close(store->env);
	/* Only now may another process open it. */
	if (store->lock >= 0)
		close(store->lock);
	if (store->directory >= 0)
		close(store->directory);
	pthread_mutex_destroy(&store->writer);
	pthread_cond_destroy(&store->gate_changed);
	pthread_mutex_destroy(&store->gate_mutex);
	pthread_mutex_destroy(&store->settle_mutex);
	drop_options(&store->options);
	free(store);
}
