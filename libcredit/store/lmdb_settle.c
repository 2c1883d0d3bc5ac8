/* SPDX-License-Identifier: Apache-2.0
 *
 * lmdb_settle.c - commits that do not wait for the disk.
 *
 * A large commit waits longer for its sync than for anything else, and what it holds may have been made durable
 * elsewhere. Such a store opens its file with MDB_NOSYNC and syncs it afterwards, from whichever thread asks
 * for it, while the next transaction is filled. What a loss of power leaves in between, and why the store
 * comes back from it whole, is told in settled.c; it rests on this: no commit begins to be written before the
 * one before it is on the disk.
 */
#include "store/lmdb_private.h"
#include "store/settled.h"

#include <errno.h>
#include <unistd.h>

static uint64_t last_transaction(MDB_env *env)
{
	MDB_envinfo info = {0};

	/* Fails for a missing argument only. */
	mdb_env_info(env, &info);
	return info.me_last_txnid;
}

int credit__settle_open(struct credit_store *store)
{
	/* What the file has now was synced, or gone back to. */
	store->committed = last_transaction(store->env);
	store->note = credit__settled_open(store->directory, store->committed);
	store->noted = true;
	return store->note < 0 ? errno : mdb_env_set_flags(store->env, MDB_NOSYNC, 1);
}

/* The mutex is held. */
static enum credit_error settle(struct credit_store *store)
{
	if (store->lost)
		return CREDIT_E_STORE_SUSPECT;
	if (!store->unsettled)
		return CREDIT_OK;
	/* After a failed sync the kernel takes pages for written that are not: there is no second try. */
	if (mdb_env_sync(store->env, 1) != 0) {
		store->lost = true;
		return CREDIT_E_STORE_SUSPECT;
	}
	store->unsettled = store->noted = false;
	/* Without the note the next opening goes back by one commit. */
	(void)credit__settled_note(store->note, store->committed);
	return CREDIT_OK;
}

/* Overwrites the note, on the disk too. */
static int note_durably(struct credit_store *store, uint64_t transaction)
{
	int rc = credit__settled_note(store->note, transaction);

	return rc == 0 && fdatasync(store->note) != 0 ? errno : rc;
}

/* What was settled stays so only with a note that is on the disk too. */
static enum credit_error note(struct credit_store *store)
{
	int rc = 0;

	if (store->note >= 0 && !store->noted) {
		rc = note_durably(store, store->committed);
		store->noted = rc == 0;
	}
	return credit__store_error(rc);
}

enum credit_error credit_store_settle(struct credit_store *store)
{
	enum credit_error error;

	pthread_mutex_lock(&store->settle_mutex);
	error = settle(store);
	if (!error)
		error = note(store);
	pthread_mutex_unlock(&store->settle_mutex);
	return error;
}

int credit__settle_commit(struct credit_store *store, MDB_txn *txn)
{
	int rc;

	if (store->note < 0)
		return mdb_txn_commit(txn);
	pthread_mutex_lock(&store->settle_mutex);
	if (settle(store) == CREDIT_OK) {
		rc = mdb_txn_commit(txn);
		store->committed = last_transaction(store->env);
		store->unsettled = true;
	} else {
		mdb_txn_abort(txn);
		rc = MDB_PANIC;
	}
	pthread_mutex_unlock(&store->settle_mutex);
	return rc;
}

enum credit_error credit__settle_exchange(struct credit_store *store)
{
	enum credit_error error = credit_store_settle(store);

	if (error || store->note < 0)
		return error;
	return credit__store_error(note_durably(store, SETTLED_ALL));
}

void credit__settle_keep(struct credit_store *store)
{
	/* Without the note a commit that is not synced would be taken for one that is. */
	if (store->note >= 0 && note_durably(store, store->committed) != 0)
		store->lost = true;
}

void credit__settle_close(struct credit_store *store)
{
	if (store->note < 0)
		return;
	/* A failure leaves the note as it was. */
	(void)!credit_store_settle(store);
	close(store->note);
	store->note = -1;
	store->unsettled = false;
}
