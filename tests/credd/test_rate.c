/* SPDX-License-Identifier: Apache-2.0
 *
 * test_rate.c - quotas: how many calls, when again, who counts as one, and that the table stays small.
 */
#include "rate.h"

#include <credit/crypto.h>

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)
#define START (1000 * SECOND_US)

static struct credd_rates *rates;

static void start(void)
{
	struct credd_rate_quotas quotas = {0};

	cr_assert_eq(credit_crypto_init(), CREDIT_OK);
	quotas.a_minute[CREDD_RATED_PUBLIC][CREDD_RATE_READ] = 60;
	quotas.a_minute[CREDD_RATED_PUBLIC][CREDD_RATE_LIST] = 6;
	quotas.a_minute[CREDD_RATED_AUTHORITY][CREDD_RATE_FILE] = 3;
	rates = credd_rates_new(&quotas);
	cr_assert_not_null(rates);
}

static void end(void)
{
	credd_rates_free(rates);
}

TestSuite(rate, .init = start, .fini = end);

static struct credd_peer public_at(const char *address)
{
	struct credd_peer peer = {.kind = CREDD_PEER_PUBLIC};

	snprintf(peer.address, sizeof peer.address, "%s", address);
	return peer;
}

static enum credit_error take(
	const struct credd_peer *peer, enum credd_rate class, int64_t at, uint32_t *ret_wait_ms)
{
	struct credit_problem problem;

	return credd_rates_take(rates, peer, class, at, ret_wait_ms, &problem);
}

/* How many of a hundred calls at one moment are let through. */
static unsigned burst(const struct credd_peer *peer, enum credd_rate class, int64_t at)
{
	unsigned passed = 0;
	uint32_t wait;

	for (unsigned i = 0; i < 100; i++)
		passed += take(peer, class, at, &wait) == CREDIT_OK;
	return passed;
}

Test(rate, a_minutes_quota_at_once_then_one_by_one)
{
	struct credd_peer peer = public_at("ipv4:192.0.2.1:40000");
	struct credit_problem problem;
	uint32_t wait = 0;

	cr_expect_eq(burst(&peer, CREDD_RATE_READ, START), 60);
	cr_assert_eq(credd_rates_take(rates, &peer, CREDD_RATE_READ, START, &wait, &problem),
		CREDIT_E_RATE);
	cr_expect_eq(wait, 1000);
	cr_expect_str_eq(problem.rule, "rates.public_read");
	cr_expect_str_eq(problem.detail, "60 a minute");
	cr_expect_eq(take(&peer, CREDD_RATE_READ, START + SECOND_US - 1, &wait), CREDIT_E_RATE);
	cr_expect_eq(
		wait, 1, "what is left is rounded up, so that coming back then is not in vain");
	cr_expect_eq(burst(&peer, CREDD_RATE_READ, START + SECOND_US), 1);
	cr_expect_eq(burst(&peer, CREDD_RATE_READ, START + 11 * SECOND_US), 10);
	cr_expect_eq(burst(&peer, CREDD_RATE_READ, START + 600 * SECOND_US), 60,
		"rest is not saved up beyond a minute");
}

Test(rate, refusals_cost_nothing_more)
{
	struct credd_peer peer = public_at("ipv4:192.0.2.1:40000");
	uint32_t wait, first;

	burst(&peer, CREDD_RATE_LIST, START);
	cr_expect_eq(take(&peer, CREDD_RATE_LIST, START, &first), CREDIT_E_RATE);
	burst(&peer, CREDD_RATE_LIST, START);
	cr_expect_eq(take(&peer, CREDD_RATE_LIST, START, &wait), CREDIT_E_RATE);
	cr_expect_eq(wait, first);
}

Test(rate, classes_and_peers_have_buckets_of_their_own)
{
	struct credd_peer one = public_at("ipv4:192.0.2.1:40000");
	struct credd_peer two = public_at("ipv4:192.0.2.2:40000");

	cr_expect_eq(burst(&one, CREDD_RATE_LIST, START), 6);
	cr_expect_eq(burst(&one, CREDD_RATE_READ, START), 60);
	cr_expect_eq(burst(&two, CREDD_RATE_LIST, START), 6);
}

static const struct {
	const char *why, *one, *other;
	bool same;
} pairs[] = {
	{"another port is the same peer", "ipv4:192.0.2.1:1", "ipv4:192.0.2.1:2", true},
	{"another address is not", "ipv4:192.0.2.1:1", "ipv4:192.0.3.1:1", false},
	{"a subscriber's /64", "ipv6:[2001:db8:1:2::1]:1", "ipv6:[2001:db8:1:2:ffff::9]:1", true},
	{"as core writes it", "ipv6:%5B2001:db8:1:2::1%5D:1", "ipv6:[2001:db8:1:2::7]:1", true},
	{"the next /64", "ipv6:[2001:db8:1:2::1]:1", "ipv6:[2001:db8:1:3::1]:1", false},
	{"an IPv4 address mapped into IPv6", "ipv6:[::ffff:192.0.2.1]:1", "ipv4:192.0.2.1:1", true},
	{"what is no address shares one", "somewhere", "elsewhere", true},
};

Test(rate, one_public_peer_is_an_address_or_a_subscribers_prefix)
{
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		struct credd_peer one = public_at(pairs[i].one), other = public_at(pairs[i].other);

		end();
		start();
		burst(&one, CREDD_RATE_LIST, START);
		cr_expect_eq(burst(&other, CREDD_RATE_LIST, START), pairs[i].same ? 0U : 6U, "%s",
			pairs[i].why);
	}
}

Test(rate, an_authority_is_one_peer_wherever_it_calls_from)
{
	struct credd_peer peer = public_at("ipv4:192.0.2.1:1");

	peer.kind = CREDD_PEER_AUTHORITY;
	peer.has_uscc = true;
	memcpy(peer.uscc.character, "111101080000012305", CREDIT_USCC_SIZE);
	cr_expect_eq(burst(&peer, CREDD_RATE_FILE, START), 3);
	snprintf(peer.address, sizeof peer.address, "ipv4:192.0.2.9:1");
	cr_expect_eq(burst(&peer, CREDD_RATE_FILE, START), 0);
	memcpy(peer.uscc.character, "111101080000012313", CREDIT_USCC_SIZE);
	cr_expect_eq(burst(&peer, CREDD_RATE_FILE, START), 3);
	cr_expect_eq(burst(&peer, CREDD_RATE_READ, START), 100, "no quota of this class was set");
}

Test(rate, the_socket_and_this_machine_have_no_quota_unless_wanted)
{
	struct credd_rate_quotas quotas = {.near = true};
	struct credd_peer near[] = {public_at("ipv4:127.0.0.1:1"), public_at("ipv6:[::1]:1"),
		public_at("ipv6:%5B::1%5D:1"), public_at("ipv6:[::ffff:127.8.9.1]:1")};
	struct credd_peer socket = public_at("unix:uid=0 pid=1");

	socket.kind = CREDD_PEER_SOCKET;
	for (size_t i = 0; i < sizeof near / sizeof near[0]; i++)
		cr_expect_eq(burst(&near[i], CREDD_RATE_LIST, START), 100, "%zu", i);
	end();
	quotas.a_minute[CREDD_RATED_PUBLIC][CREDD_RATE_LIST] = 6;
	rates = credd_rates_new(&quotas);
	for (size_t i = 0; i < sizeof near / sizeof near[0]; i++)
		cr_expect_lt(burst(&near[i], CREDD_RATE_LIST, START), 7, "%zu", i);
	cr_expect_eq(burst(&socket, CREDD_RATE_LIST, START), 100);
}

/* 300,000 addresses, four for each bucket of the table: each gets its first call, and who is idle has
 * its whole quota again. */
Test(rate, a_flood_of_addresses_refuses_nobody_else)
{
	struct credd_peer last = public_at("ipv4:198.51.100.1:1");
	unsigned refused = 0;
	uint32_t wait;

	for (uint32_t i = 0; i < 300000; i++) {
		struct credd_peer peer;
		char address[64];

		snprintf(address, sizeof address, "ipv4:10.%u.%u.%u:1", i >> 16, i >> 8 & 255,
			i & 255);
		peer = public_at(address);
		refused += take(&peer, CREDD_RATE_LIST, START, &wait) != CREDIT_OK;
	}
	cr_expect_lt(refused, 30, "%u: two that share 29 bits of the hash share a bucket", refused);
	cr_expect_geq(burst(&last, CREDD_RATE_LIST, START), 5);
}

static _Atomic unsigned passed;

static void *hammer(void *argument)
{
	struct credd_peer peer = public_at("ipv4:192.0.2.1:40000");
	uint32_t wait;

	(void)argument;
	for (unsigned i = 0; i < 1000; i++)
		passed += take(&peer, CREDD_RATE_READ, START, &wait) == CREDIT_OK;
	return NULL;
}

Test(rate, threads_together_get_the_quota_once)
{
	pthread_t thread[4];

	for (size_t i = 0; i < 4; i++)
		cr_assert_eq(pthread_create(&thread[i], NULL, hammer, NULL), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	cr_expect_eq(passed, 60);
}
