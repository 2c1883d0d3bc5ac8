/* SPDX-License-Identifier: Apache-2.0
 *
 * shares.c - what one address may take of what there is for all: connections, calls, patience.
 *
 * An address is an IPv4 address or the first half of an IPv6 one, which is what a household or a company
 * is given. Addresses fall into a fixed number of places by a hash that nobody outside can foresee, so
 * that the table has one size whoever comes; two that meet in one place share its limits.
 *
 *  - Connections: so many at a time, and so many new ones a second, because each costs a TLS handshake.
 *  - Calls: while less than a quarter of limits.calls is in flight everybody may have as many as core lets
 *    a connection have, and nobody is looked up. Of the rest each address gets a share. So a flood fills
 *    that quarter and its own share, and everybody else still has a place.
 *  - Patience: a call in vain costs us as much as one that is answered. One is in vain that its client
 *    takes back ("rapid reset", CVE-2023-44487), whose answer it never fetches, or that it makes although
 *    it was told that it has no right to it, or that there is no room, or no quota. Who goes on like that is shut out for a while:
 *    its connections are ended, and with them all that waits for it inside core, which sets no limit.
 *
 * Whoever comes through the Unix socket has no address and no such limits: it is the operator.
 */
#include "rpc/shares.h"

#include <arpa/inet.h>
#include <credit/crypto.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PLACES 16384 /* a power of two */
#define VAIN_BURST 5 /* seconds' worth: a client that closes takes back all that it had asked */
#define SHUT_OUT_MS 10000

/* `connect_due`, `vain_due`: when the next would be in time if they came evenly. One that comes earlier
 * by more than its burst is too much (the generic cell rate algorithm of ITU-T I.371). */
struct place {
	uint32_t connections, calls;
	int64_t connect_due, vain_due; /* microseconds */
	int64_t shut_until;            /* milliseconds */
};

struct credd_shares {
	pthread_mutex_t mutex;
	struct credd_share_limits limits;
	uint64_t secret[2];
	struct place place[PLACES];
};

static int64_t clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct credd_shares *credd__shares_new(const struct credd_share_limits *limits)
{
	struct credd_shares *shares = calloc(1, sizeof *shares);

	if (!shares)
		return NULL;
	pthread_mutex_init(&shares->mutex, NULL);
	shares->limits = *limits;
	credit_random(shares->secret, sizeof shares->secret);
	return shares;
}

void credd__shares_free(struct credd_shares *shares)
{
	if (!shares)
		return;
	pthread_mutex_destroy(&shares->mutex);
	free(shares);
}

/* --- addresses ------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t a, uint64_t b)
{
	a = (a ^ b) * 0xbf58476d1ce4e5b9U;
	a = (a ^ (a >> 31)) * 0x94d049bb133111ebU;
	return a ^ (a >> 29);
}

/* Places are numbered from 1; 0 is nobody's. */
static uint32_t place_of(const struct credd_shares *shares, uint64_t network)
{
	return 1 +
	       (uint32_t)(mix(mix(network, shares->secret[0]), shares->secret[1]) & (PLACES - 1));
}

static uint64_t network_of_ipv6(const struct in6_addr *address)
{
	uint64_t network;

	if (IN6_IS_ADDR_V4MAPPED(address)) {
		uint32_t ipv4;

		memcpy(&ipv4, &address->s6_addr[12], sizeof ipv4);
		return ipv4;
	}
	memcpy(&network, address->s6_addr, sizeof network);
	return network;
}

struct credd_share_place credd__share_of_socket(
	const struct credd_shares *shares, const struct sockaddr_storage *address)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
	const struct sockaddr_in *four = (const struct sockaddr_in *)address;

	if (address->ss_family == AF_INET6)
		return (struct credd_share_place){
			place_of(shares, network_of_ipv6(&six->sin6_addr)), ntohs(six->sin6_port)};
	return (struct credd_share_place){
		place_of(shares, four->sin_addr.s_addr), ntohs(four->sin_port)};
}

/* The host in "127.0.0.1:5000", "%5B::1%5D:5000" or "[::1]:5000". */
static bool host_of(const char *peer, char host[INET6_ADDRSTRLEN])
{
	size_t length;

	peer += *peer == '[' ? 1 : strncmp(peer, "%5B", 3) == 0 ? 3 : 0;
	length = strspn(peer, "0123456789abcdefABCDEF:.");
	if (length > 0 && peer[length] == '\0') /* IPv4: it has run over the port */
		length = (size_t)(strrchr(peer, ':') ? strrchr(peer, ':') - peer : 0);
	if (length == 0 || length >= INET6_ADDRSTRLEN)
		return false;
	memcpy(host, peer, length);
	host[length] = '\0';
	return true;
}

struct credd_share_place credd__share_of_text(const struct credd_shares *shares, const char *peer)
{
	struct credd_share_place place = {0, 0};
	const char *colon = strrchr(peer, ':');
	char host[INET6_ADDRSTRLEN];
	struct in6_addr six;
	struct in_addr four;

	if (!colon || (strncmp(peer, "ipv4:", 5) != 0 && strncmp(peer, "ipv6:", 5) != 0) ||
		!host_of(peer + 5, host))
		return place;
	place.port = (uint16_t)strtoul(colon + 1, NULL, 10);
	if (peer[3] == '4' && inet_pton(AF_INET, host, &four) == 1)
		place.share = place_of(shares, four.s_addr);
	else if (peer[3] == '6' && inet_pton(AF_INET6, host, &six) == 1)
		place.share = place_of(shares, network_of_ipv6(&six));
	return place;
}

/* --- counting -------------------------------------------------------------------------------- */

/* `count` more at `rate` a second, `burst` of them at once? `due` is the place's. */
static bool in_time(int64_t *due, uint32_t count, uint32_t rate, uint32_t burst)
{
	const int64_t interval = 1000000 / rate, now = clock_us();

	if (*due < now)
		*due = now;
	if (*due - now > interval * burst)
		return false;
	*due += interval * count;
	return true;
}

bool credd__share_connect(struct credd_shares *shares, uint32_t share)
{
	const struct credd_share_limits *limits = &shares->limits;
	struct place *place = &shares->place[share - 1];
	bool free_place;

	pthread_mutex_lock(&shares->mutex);
	free_place =
		place->connections < limits->connections &&
		place->shut_until <= clock_us() / 1000 &&
		in_time(&place->connect_due, 1, limits->connects_per_second, limits->connections);
	place->connections += free_place;
	pthread_mutex_unlock(&shares->mutex);
	return free_place;
}

void credd__share_disconnect(struct credd_shares *shares, uint32_t share)
{
	pthread_mutex_lock(&shares->mutex);
	shares->place[share - 1].connections--;
	pthread_mutex_unlock(&shares->mutex);
}

bool credd__share_full(struct credd_shares *shares, uint32_t share)
{
	pthread_mutex_lock(&shares->mutex);
	bool full = shares->place[share - 1].connections >= shares->limits.connections;
	pthread_mutex_unlock(&shares->mutex);
	return full;
}

bool credd__share_call(struct credd_shares *shares, uint32_t share)
{
	pthread_mutex_lock(&shares->mutex);
	bool free_place = shares->place[share - 1].calls < shares->limits.calls;
	shares->place[share - 1].calls += free_place;
	pthread_mutex_unlock(&shares->mutex);
	return free_place;
}

void credd__share_call_over(struct credd_shares *shares, uint32_t share)
{
	pthread_mutex_lock(&shares->mutex);
	shares->place[share - 1].calls--;
	pthread_mutex_unlock(&shares->mutex);
}

bool credd__share_vain_calls(struct credd_shares *shares, uint32_t share, uint32_t count)
{
	const uint32_t rate = shares->limits.vain_calls_per_second;
	struct place *place = &shares->place[share - 1];
	bool too_many = false;

	pthread_mutex_lock(&shares->mutex);
	if (!in_time(&place->vain_due, count, rate, rate * VAIN_BURST)) {
		const int64_t now = clock_us() / 1000;

		too_many = place->shut_until <= now;
		place->shut_until = now + SHUT_OUT_MS;
	}
	pthread_mutex_unlock(&shares->mutex);
	return too_many;
}
