/* SPDX-License-Identifier: Apache-2.0
 *
 * rate.c - quotas as one table of words, by the generic cell rate algorithm.
 *
 * A word holds 16 bits of who and 48 bits of when: the instant, in microseconds, at which the bucket
 * will be full again. A call moves it on by the time that one call takes to refill, and is refused when
 * that would lead further than a minute from now.
 *
 * Two peers that share a set and the 16 bits share a bucket; with eight others in the set that meets one
 * peer in eight thousand, who then has half a quota. The hash is seeded at the start, so that nobody can
 * look for such a neighbour.
 *
 * Source: ITU-T I.371, annex A (virtual scheduling algorithm).
 */
#include "rate.h"

#include <credit/crypto.h>

#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_US INT64_C(60000000)
#define SETS 8192
#define WAYS 8 /* of eight bytes: one line of the cache */
#define WHEN_BITS 48
#define WHEN_MASK ((UINT64_C(1) << WHEN_BITS) - 1)

struct credd_rates {
	_Alignas(64) _Atomic uint64_t bucket[SETS][WAYS];
	struct credd_rate_quotas quotas;
	uint64_t seed[2];
	_Atomic int64_t begun_us; /* the first call: what the 48 bits count from */
};

static const char *const quota_names[CREDD_RATED_COUNT][CREDD_RATE_COUNT] = {
	[CREDD_RATED_PUBLIC] = {[CREDD_RATE_READ] = "rates.public_read",
		[CREDD_RATE_LIST] = "rates.public_list",
		[CREDD_RATE_STREAM] = "rates.public_stream",
		[CREDD_RATE_OWN] = "rates.public_own"},
	[CREDD_RATED_AUTHORITY] = {[CREDD_RATE_READ] = "rates.authority_read",
		[CREDD_RATE_LIST] = "rates.authority_list",
		[CREDD_RATE_STREAM] = "rates.authority_stream",
		[CREDD_RATE_OWN] = "rates.authority_own",
		[CREDD_RATE_FILE] = "rates.authority_file"},
};

struct credd_rates *credd_rates_new(const struct credd_rate_quotas *quotas)
{
	struct credd_rates *rates = aligned_alloc(64, sizeof *rates);

	if (!rates)
		return NULL;
	memset(rates, 0, sizeof *rates);
	rates->quotas = *quotas;
	credit_random(rates->seed, sizeof rates->seed);
	return rates;
}

void credd_rates_free(struct credd_rates *rates)
{
	free(rates);
}

/* --- who ------------------------------------------------------------------------------------- */

/* What tells a peer from others. */
struct who {
	uint8_t byte[2 + CREDIT_USCC_SIZE]; /* class, length, then a code or an address */
};

/* The host of "ipv4:192.0.2.1:5000" or "ipv6:[2001:db8::1]:5000", whose brackets core may write as
 * %5B and %5D. Returns false for any other text. */
static bool host_of(const char *address, int *ret_family, char host[INET6_ADDRSTRLEN])
{
	bool six = strncmp(address, "ipv6:", 5) == 0;
	const char *end;
	size_t size;

	if (!six && strncmp(address, "ipv4:", 5) != 0)
		return false;
	address += 5;
	if (six && strncmp(address, "%5B", 3) == 0)
		address += 3;
	else if (six && *address == '[')
		address++;
	end = six ? strpbrk(address, "%]") : strrchr(address, ':');
	size = end ? (size_t)(end - address) : strlen(address);
	if (size >= INET6_ADDRSTRLEN)
		return false;
	memcpy(host, address, size);
	host[size] = '\0';
	*ret_family = six ? AF_INET6 : AF_INET;
	return true;
}

/* The bytes that count, and whether they are this machine's. What is no address is one peer more. */
static size_t read_address(const char *address, uint8_t ret_bytes[16], bool *ret_near)
{
	char host[INET6_ADDRSTRLEN];
	int family;

	*ret_near = false;
	if (!host_of(address, &family, host) || inet_pton(family, host, ret_bytes) != 1)
		return 0;
	if (family == AF_INET6) {
		struct in6_addr six;

		memcpy(&six, ret_bytes, sizeof six);
		if (!IN6_IS_ADDR_V4MAPPED(&six)) {
			*ret_near = IN6_IS_ADDR_LOOPBACK(&six);
			return 8;
		}
		memmove(ret_bytes, ret_bytes + 12, 4);
	}
	*ret_near = ret_bytes[0] == 127;
	return 4;
}

/* False: it has no quota. */
static bool find_who(const struct credd_rates *rates, const struct credd_peer *peer,
	enum credd_rate class, struct who *ret_who)
{
	uint8_t address[16];
	bool near;
	size_t size;

	if (peer->kind == CREDD_PEER_SOCKET)
		return false;
	size = read_address(peer->address, address, &near);
	if (near && !rates->quotas.near)
		return false;
	*ret_who = (struct who){{(uint8_t) class, (uint8_t)size}};
	if (peer->kind == CREDD_PEER_AUTHORITY) {
		ret_who->byte[1] = CREDIT_USCC_SIZE;
		memcpy(ret_who->byte + 2, peer->uscc.character, CREDIT_USCC_SIZE);
	} else {
		memcpy(ret_who->byte + 2, address, size);
	}
	return true;
}

/* FNV-1a from a secret beginning, its bits then spread as MurmurHash3 does. */
static uint64_t hash_of(const struct credd_rates *rates, const struct who *who)
{
	uint64_t hash = rates->seed[0];

	for (size_t i = 0; i < sizeof who->byte; i++)
		hash = (hash ^ who->byte[i]) * UINT64_C(0x100000001b3);
	hash ^= rates->seed[1];
	hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
	hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return hash ^ hash >> 33;
}

/* --- how often ------------------------------------------------------------------------------- */

/* The bucket of this tag, or the fullest of its set; *ret_word is what it holds. */
static _Atomic uint64_t *find_bucket(_Atomic uint64_t set[WAYS], uint64_t tag, uint64_t *ret_word)
{
	_Atomic uint64_t *fullest = &set[0];

	*ret_word = UINT64_MAX;
	for (size_t i = 0; i < WAYS; i++) {
		uint64_t word = atomic_load_explicit(&set[i], memory_order_relaxed);

		if (word >> WHEN_BITS == tag) {
			*ret_word = word;
			return &set[i];
		}
		if ((word & WHEN_MASK) < (*ret_word & WHEN_MASK)) {
			*ret_word = word;
			fullest = &set[i];
		}
	}
	return fullest;
}

/* Takes one call out of the bucket. Returns 0, or the microseconds until there is one. */
static int64_t take(_Atomic uint64_t set[WAYS], uint64_t tag, int64_t now, int64_t interval)
{
	uint64_t word;
	int64_t full;
	_Atomic uint64_t *bucket;

	do {
		bucket = find_bucket(set, tag, &word);
		full = word >> WHEN_BITS == tag ? (int64_t)(word & WHEN_MASK) : 0;
		full = (full > now ? full : now) + interval;
		if (full - now > MINUTE_US)
			return full - now - MINUTE_US;
	} while (!atomic_compare_exchange_weak_explicit(bucket, &word,
		tag << WHEN_BITS | ((uint64_t)full & WHEN_MASK), memory_order_relaxed,
		memory_order_relaxed));
	return 0;
}

/* From the first call on, so that 48 bits last for nine years. */
static int64_t since_begun(struct credd_rates *rates, int64_t now_us)
{
	int64_t begun = 0;

	if (atomic_compare_exchange_strong(&rates->begun_us, &begun, now_us))
		begun = now_us;
	return now_us > begun ? now_us - begun : 0;
}

enum credit_error credd_rates_take(struct credd_rates *rates, const struct credd_peer *peer,
	enum credd_rate class, int64_t now_us, uint32_t *ret_retry_after_ms,
	struct credit_problem *problem)
{
	enum credd_rated rated =
		peer->kind == CREDD_PEER_AUTHORITY ? CREDD_RATED_AUTHORITY : CREDD_RATED_PUBLIC;
	uint32_t a_minute = rates->quotas.a_minute[rated][class];
	struct who who;
	uint64_t hash;
	int64_t wait;

	if (a_minute == 0 || !find_who(rates, peer, class, &who))
		return CREDIT_OK;
	hash = hash_of(rates, &who);
	wait = take(rates->bucket[hash % SETS], hash >> WHEN_BITS, since_begun(rates, now_us),
		MINUTE_US / a_minute);
	if (wait == 0)
		return CREDIT_OK;
	*ret_retry_after_ms = (uint32_t)((wait + 999) / 1000);
	return credit_problem_set(
		problem, CREDIT_E_RATE, NULL, quota_names[rated][class], "%u a minute", a_minute);
}
