/* SPDX-License-Identifier: Apache-2.0
 *
 * rate.h - how often one peer may call: quotas by class of method, for the public and for authorities.
 *
 * A peer is an authority by its code, or a public address: one IPv4 address, or the 64-bit prefix of an
 * IPv6 one, because that much is handed out to a single subscriber. Each peer has a bucket for each
 * class: it holds one minute's quota and fills evenly. The Unix socket has no quota; peers on this
 * machine have one only when the configuration says so, because a bench and a sidecar live there.
 *
 * The table has a fixed size and no lock: a bucket is one 64-bit word, a check reads one line of the
 * cache and swaps one word. A bucket that is full says as much as none at all, so that it is given to
 * the next peer that comes; when thousands call at once and none is full, the fullest of its set is
 * given away, which forgives somebody a little and refuses nobody wrongly.
 *
 * Threads: credd_rates_take from any.
 */
#ifndef CREDD_RATE_H
#define CREDD_RATE_H

#include "rpc/rpc.h"

/* What a method costs us, roughly; a column of the table in access.c. */
enum credd_rate {
	CREDD_RATE_FREE,   /* no quota: health, and whoever runs the machine */
	CREDD_RATE_READ,   /* one answer as it is stored, with its proof */
	CREDD_RATE_LIST,   /* a page, a batch, what is computed */
	CREDD_RATE_STREAM, /* opening a stream that lasts */
	CREDD_RATE_OWN,    /* what opens with a token: no place for guessing */
	CREDD_RATE_FILE,   /* a filing or a cosignature */
	CREDD_RATE_COUNT
};

enum credd_rated {
	CREDD_RATED_PUBLIC,
	CREDD_RATED_AUTHORITY,
	CREDD_RATED_COUNT
};

struct credd_rate_quotas {
	/* Calls a minute; 0: as many as they like. */
	uint32_t a_minute[CREDD_RATED_COUNT][CREDD_RATE_COUNT];
	bool near; /* peers on this machine have quotas too */
};

struct credd_rates;

/* NULL when there is no memory. */
struct credd_rates *credd_rates_new(const struct credd_rate_quotas *quotas);
/* NULL is allowed. */
void credd_rates_free(struct credd_rates *rates);

/* Counts one call at `now_us`, a steady clock. CREDIT_E_RATE with the quota's name as its rule and
 * *ret_retry_after_ms, the time after which one more call is allowed. */
enum credit_error credd_rates_take(struct credd_rates *rates, const struct credd_peer *peer,
	enum credd_rate class, int64_t now_us, uint32_t *ret_retry_after_ms,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
