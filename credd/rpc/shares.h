/* SPDX-License-Identifier: Apache-2.0
 *
 * shares.h - what one address of the network may take of what there is for all; see the top of shares.c.
 *
 * Threads: any, at once.
 */
#ifndef CREDD_RPC_SHARES_H
#define CREDD_RPC_SHARES_H

#include <stdbool.h>
#include <stdint.h>

struct credd_shares;
struct sockaddr_storage;

/* An address, and which of its connections. */
struct credd_share_place {
	uint32_t share; /* 0: none, it has no limits */
	uint16_t port;
};

struct credd_share_limits {
	uint32_t connections, connects_per_second;
	uint32_t calls; /* beyond the first quarter of all */
	uint32_t vain_calls_per_second;
};

struct credd_shares *credd__shares_new(const struct credd_share_limits *limits);
void credd__shares_free(struct credd_shares *shares);
/* Of an address, never 0; and of a peer as core names it. */
struct credd_share_place credd__share_of_socket(
	const struct credd_shares *shares, const struct sockaddr_storage *address);
struct credd_share_place credd__share_of_text(const struct credd_shares *shares, const char *peer);
/* Takes a place; false when there is none, or they come too fast. */
bool credd__share_connect(struct credd_shares *shares, uint32_t share);
void credd__share_disconnect(struct credd_shares *shares, uint32_t share);
bool credd__share_full(struct credd_shares *shares, uint32_t share); /* of connections */
bool credd__share_call(struct credd_shares *shares, uint32_t share);
void credd__share_call_over(struct credd_shares *shares, uint32_t share);
/* Counts calls in vain; true when they were too many just now. */
bool credd__share_vain_calls(struct credd_shares *shares, uint32_t share, uint32_t count);

#endif
