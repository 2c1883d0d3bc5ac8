/* SPDX-License-Identifier: Apache-2.0
 *
 * fsck_signatures.c - every signature of a journal: filings, checkpoints of epochs and publications.
 *
 * They take longer than all else together and need nothing but their own bytes, so that threads with
 * readers of their own take epochs and publications one after the other.
 */
#include "registry/fsck.h"

#include <credit/proof.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define THREADS_MAX 64
#define PROGRESS_EVERY 64

struct crew {
	struct fsck *fsck;
	_Atomic uint64_t next; /* epochs first, then publications; from 0 */
	uint64_t total;
	pthread_mutex_t lock; /* for telling */
	uint64_t done;
};

struct hand {
	struct crew *crew;
	struct credit_reader *reader;
	struct credit_arena arena;
	uint64_t signatures;
	enum credit_error error;
	pthread_t thread;
};

static void tell(struct hand *hand, enum fault which, const char *keyspace, uint64_t number,
	const char *within)
{
	struct crew *crew = hand->crew;

	pthread_mutex_lock(&crew->lock);
	credit__fsck_tell(crew->fsck, which, NULL, NULL, "journal %s %llu%s", keyspace,
		(unsigned long long)number, within);
	pthread_mutex_unlock(&crew->lock);
}

static void check_filing(
	struct hand *hand, const Credit__V1__EpochFiling *filing, uint64_t epoch, uint32_t number)
{
	struct credit_bytes bytes = {filing->manifest.data, filing->manifest.len};
	struct credit_public_key key;
	struct credit_signature signature;
	enum credit_error error = CREDIT_E_SIGNATURE_INVALID;
	char within[32];

	hand->signatures++;
	if (filing->issuer_key.len == sizeof key && filing->signature.len == sizeof signature) {
		memcpy(key.byte, filing->issuer_key.data, sizeof key);
		memcpy(signature.byte, filing->signature.data, sizeof signature);
		error = credit_dsse_verify(&key, CREDIT_MANIFEST_TYPE, bytes, &signature);
	}
	snprintf(within, sizeof within, ", filing %u", number);
	if (error)
		tell(hand, FAULT_SIGNATURE, "epochs", epoch, within);
}

static bool checkpoint_stands(struct hand *hand, ProtobufCBinaryData checkpoint,
	ProtobufCBinaryData root, uint64_t tree_size)
{
	struct credit_tree_head signed_head;

	hand->signatures++;
	return credit_checkpoint_open((struct credit_bytes){checkpoint.data, checkpoint.len},
		       hand->crew->fsck->log_name, &signed_head) == CREDIT_OK &&
	       signed_head.size == tree_size && credit__fsck_hash_is(root, &signed_head.root);
}

static enum credit_error check_epoch(struct hand *hand, uint64_t number)
{
	Credit__V1__Epoch *epoch;
	enum credit_error error = credit__journal_epoch(hand->reader, number, &hand->arena, &epoch);

	if (error)
		return error;
	for (uint32_t i = 0; i < epoch->n_filings; i++)
		check_filing(hand, epoch->filings[i], number, i);
	if (!checkpoint_stands(hand, epoch->checkpoint, epoch->root, epoch->tree_size))
		tell(hand, FAULT_EPOCH_CHECKPOINT, "epochs", number, "");
	return CREDIT_OK;
}

static enum credit_error check_publication(struct hand *hand, uint64_t number)
{
	Credit__V1__Publication *publication;
	enum credit_error error =
		credit__journal_publication(hand->reader, number, &hand->arena, &publication);

	if (!error && !checkpoint_stands(hand, publication->checkpoint, publication->root,
			      publication->tree_size))
		tell(hand, FAULT_PUBLICATION_CHECKPOINT, "publications", number, "");
	return error;
}

static void tell_progress(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	crew->done++;
	if (crew->done % PROGRESS_EVERY == 0 || crew->done == crew->total)
		credit__fsck_progress(crew->fsck, CREDIT_FSCK_SIGNATURES, crew->done, crew->total);
	pthread_mutex_unlock(&crew->lock);
}

/* What cannot be read was told with the rows. */
static void *work(void *argument)
{
	struct hand *hand = argument;
	struct crew *crew = hand->crew;
	uint64_t epochs = crew->fsck->epochs, at;

	hand->error = credit_read_begin(hand->reader);
	if (hand->error)
		return NULL;
	while (!hand->error && (at = atomic_fetch_add(&crew->next, 1)) < crew->total) {
		credit_arena_reset(&hand->arena);
		hand->error = at < epochs ? check_epoch(hand, at + 1)
					  : check_publication(hand, at - epochs + 1);
		if (hand->error == CREDIT_E_STORE_CORRUPT || hand->error == CREDIT_E_NOT_FOUND)
			hand->error = CREDIT_OK;
		tell_progress(crew);
	}
	credit_read_end(hand->reader);
	return NULL;
}

static enum credit_error start(struct hand *hand, struct crew *crew, bool alone)
{
	enum credit_error error = credit_reader_new(crew->fsck->store, &hand->reader);

	if (error)
		return error;
	hand->crew = crew;
	credit_arena_init(&hand->arena, NULL, 0, FSCK_ARENA_LIMIT);
	if (alone)
		work(hand);
	else if (pthread_create(&hand->thread, NULL, work, hand) != 0)
		error = CREDIT_E_NO_MEMORY;
	if (error)
		credit_reader_free(hand->reader);
	return error;
}

enum credit_error credit__fsck_signatures(struct fsck *fsck)
{
	struct crew crew = {.fsck = fsck, .total = fsck->epochs + fsck->publications};
	unsigned wanted = fsck->options->threads, started = 0;
	struct hand hands[THREADS_MAX] = {0};
	enum credit_error error = CREDIT_OK;

	wanted = wanted < 1 ? 1 : wanted > THREADS_MAX ? THREADS_MAX : wanted;
	pthread_mutex_init(&crew.lock, NULL);
	for (; started < wanted && !error; started += !error)
		error = start(&hands[started], &crew, wanted == 1);
	for (unsigned i = 0; i < started; i++) {
		if (wanted > 1)
			pthread_join(hands[i].thread, NULL);
		fsck->report.signatures += hands[i].signatures;
		error = error ? error : hands[i].error;
		credit_arena_deinit(&hands[i].arena);
		credit_reader_free(hands[i].reader);
	}
	pthread_mutex_destroy(&crew.lock);
	return error;
}
