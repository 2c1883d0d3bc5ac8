/* SPDX-License-Identifier: Apache-2.0
 *
 * lmdb_renew.c - a new data file where there is none or in the place of the old one, and destroying the old.
 *
 *     <path>/new/data.mdb written and synced
 *     link    data.mdb -> data.mdb.old     a second name for the file in use
 *     rename  new/data.mdb -> data.mdb     the one step that decides
 *     data.mdb.old overwritten, synced, unlinked; new/ removed
 *
 * At every step data.mdb is there and whole. What is found beside it at the next opening says how
 * far it went: data.mdb.old with the same inode is a second name and only unlinked, with another
 * inode it is the old file and overwritten first; new/ is overwritten and removed in either case.
 *
 * Overwriting reaches the blocks that the file system gives to the file. A file system that copies on
 * write, a snapshot or a flash disk may keep older ones (docs/ops/erasure.md).
 */
#include "store/lmdb_private.h"
#include "store/settled.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DATA "data.mdb"
#define OLD "data.mdb.old"
#define FRESH "new"
#define SHRED_BLOCK ((size_t)1 << 20)

/* What a store's folder holds beside OLD and FRESH. */
static const char *const files[] = {DATA, "lock.mdb", "lock", SETTLED_NAME};

/* --- destroying ------------------------------------------------------------------------------ */

static int overwrite(int fd)
{
	static const uint8_t zeros[SHRED_BLOCK];
	struct stat file;

	if (fstat(fd, &file) != 0)
		return errno;
	for (off_t at = 0; at < file.st_size;) {
		off_t left = file.st_size - at;
		ssize_t put = pwrite(
			fd, zeros, left < (off_t)sizeof zeros ? (size_t)left : sizeof zeros, at);

		if (put < 0 && errno != EINTR)
			return errno;
		at += put > 0 ? put : 0;
	}
	return fsync(fd) == 0 ? 0 : errno;
}

/* Overwritten first and unlinked then: a kill in between leaves a file that is found again. */
static int shred(int folder, const char *name)
{
	int fd = openat(folder, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	int rc;

	if (fd < 0)
		return errno == ENOENT ? 0 : errno;
	rc = overwrite(fd);
	close(fd);
	if (rc == 0 && unlinkat(folder, name, 0) != 0)
		rc = errno;
	return rc;
}

static int sync_folder(int folder)
{
	return fsync(folder) == 0 ? 0 : errno;
}

/* The files of the store in `name`, what was to become one, and the folder. */
static int destroy(int parent, const char *name)
{
	int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int rc = 0;

	if (folder < 0)
		return errno == ENOENT ? 0 : errno;
	rc = destroy(folder, FRESH);
	for (size_t i = 0; rc == 0 && i < sizeof files / sizeof files[0]; i++)
		rc = shred(folder, files[i]);
	if (rc == 0)
		rc = shred(folder, OLD);
	if (rc == 0)
		rc = sync_folder(folder);
	close(folder);
	if (rc == 0 && unlinkat(parent, name, AT_REMOVEDIR) != 0 && errno != ENOTEMPTY &&
		errno != EEXIST)
		rc = errno;
	return rc;
}

enum credit_error credit_store_destroy(const char *path)
{
	return credit__store_error(destroy(AT_FDCWD, path));
}

/* Is OLD a second name of the file in use? */
static int compare_inodes(int folder, bool *ret_there, bool *ret_same)
{
	struct stat data, old;

	*ret_there = *ret_same = false;
	if (fstatat(folder, OLD, &old, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : errno;
	*ret_there = true;
	/* Without the file in use this is not what a renewal leaves, and nothing is destroyed. */
	if (fstatat(folder, DATA, &data, AT_SYMLINK_NOFOLLOW) != 0)
		return errno;
	*ret_same = data.st_ino == old.st_ino && data.st_dev == old.st_dev;
	return 0;
}

int credit__store_finish_renewal(struct credit_store *store)
{
	bool there, same;
	int rc = compare_inodes(store->directory, &there, &same);

	/* Before the new file is surely under the name of the old, the old is not destroyed: after a loss of
	 * power it might be the one in use again. */
	if (rc == 0 && there && !same)
		rc = sync_folder(store->directory);
	if (rc == 0 && there && same && unlinkat(store->directory, OLD, 0) != 0)
		rc = errno;
	if (rc == 0 && there && !same)
		rc = shred(store->directory, OLD);
	if (rc == 0)
		rc = destroy(store->directory, FRESH);
	return rc ? rc : sync_folder(store->directory);
}

/* --- a new store ----------------------------------------------------------------------------- */

/* An empty database that is on the disk as a whole. */
static int write_empty(const char *path)
{
	MDB_env *env = NULL;
	int rc = mkdir(path, 0700) == 0 ? mdb_env_create(&env) : errno;

	if (rc == 0)
		rc = mdb_env_open(env, path, 0, 0600);
	if (rc == 0)
		rc = mdb_env_sync(env, 1);
	mdb_env_close(env);
	return rc;
}

int credit__store_make_file(struct credit_store *store)
{
	char path[PATH_MAX];
	int rc;

	if (faccessat(store->directory, DATA, F_OK, 0) == 0)
		return 0;
	if ((size_t)snprintf(path, sizeof path, "%s/%s", store->options.path, FRESH) >= sizeof path)
		return ENAMETOOLONG;
	rc = write_empty(path);
	if (rc == 0 && renameat(store->directory, FRESH "/" DATA, store->directory, DATA) != 0)
		rc = errno;
	if (rc == 0)
		rc = sync_folder(store->directory);
	return rc ? rc : destroy(store->directory, FRESH);
}

/* --- a renewal ------------------------------------------------------------------------------- */

enum credit_error credit_store_renewal_begin(
	struct credit_store *store, struct credit_store **ret_fresh)
{
	struct credit_store_options options = store->options;
	char path[PATH_MAX];
	int rc;

	if (store->read_only)
		return CREDIT_E_UNSUPPORTED;
	if ((size_t)snprintf(path, sizeof path, "%s/%s", store->options.path, FRESH) >= sizeof path)
		return CREDIT_E_TOO_LARGE;
	rc = credit__store_finish_renewal(store);
	if (rc)
		return credit__store_error(rc);
	options.path = path;
	options.settles_later = false;
	return credit_store_open(&options, ret_fresh, NULL);
}

/* The new file under the name of the old, which keeps a name of its own. Once it is renamed it is the one in
 * use, whether or not that is durable yet. */
static int rename_files(struct credit_store *store, bool *ret_renamed)
{
	int folder = store->directory;
	int rc = 0;

	*ret_renamed = false;
	if (linkat(folder, DATA, folder, OLD, 0) != 0)
		return errno;
	rc = sync_folder(folder);
	if (rc == 0 && renameat(folder, FRESH "/" DATA, folder, DATA) != 0)
		rc = errno;
	*ret_renamed = rc == 0;
	return rc ? rc : sync_folder(folder);
}

/* The readers' transactions are of the old file. They are not begun: the gate is shut. */
static void forget_transactions(struct credit_store *store)
{
	for (struct credit_reader *reader = store->readers; reader; reader = reader->next) {
		mdb_txn_abort(reader->txn);
		reader->txn = NULL;
	}
}

enum credit_error credit_store_renewal_swap(struct credit_store *store, struct credit_store *fresh)
{
	enum credit_error error;
	bool renamed, attached;
	int rc;

	credit_store_close(fresh);
	rc = pthread_mutex_lock(&store->writer);
	if (rc)
		return credit__store_error(rc);
	error = credit__settle_exchange(store);
	if (!error)
		error = credit__gate_shut(store);
	if (error) {
		credit__settle_keep(store);
		goto out;
	}
	error = credit__store_error(rename_files(store, &renamed));
	if (!renamed) {
		credit__settle_keep(store);
		credit__gate_open(store, GATE_OPEN);
		goto out;
	}
	forget_transactions(store);
	credit__settle_close(store);
	mdb_env_close(store->env);
	store->env = NULL;
	store->grow_next = false;
	attached = credit__store_attach(store, NULL) == CREDIT_OK;
	credit__gate_open(store, attached ? GATE_OPEN : GATE_BROKEN);
	if (!attached)
		error = CREDIT_E_STORE_SUSPECT;
out:
	pthread_mutex_unlock(&store->writer);
	return error;
}

enum credit_error credit_store_renewal_end(struct credit_store *store, struct credit_store *fresh)
{
	credit_store_close(fresh);
	return credit__store_error(credit__store_finish_renewal(store));
}
