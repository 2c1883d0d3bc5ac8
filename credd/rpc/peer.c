/* SPDX-License-Identifier: Apache-2.0
 *
 * peer.c - who is asking: from the client certificate, or from the socket's configuration.
 *
 * An authority is known by exactly one SAN URI urn:uscc:<code> in a certificate that verified
 * against the client CA. A certificate with none, or with a code that fails its check, leaves its
 * holder the public; so does one with two, because which of them acts would be a guess.
 */
#include "rpc/core.h"
#include "rpc/urn.h"

#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const char socket_prefix[] = "fd:"; /* how core names a connection that we handed to it */

static void socket_peer(const struct credd_call *call, int fd, struct credd_peer *peer)
{
	struct credd_server *server = call->server;
	struct ucred who;

	peer->kind = CREDD_PEER_SOCKET;
	peer->has_uscc = server->options.socket_has_uscc;
	peer->uscc = server->options.socket_uscc;
	/* The connection of a call that was cancelled may be closed and its number another's. */
	if (!atomic_load(&call->cancelled) && credd__listener_peer(server->listener, fd, &who))
		snprintf(peer->address, sizeof peer->address, "unix:uid=%u pid=%d",
			(unsigned)who.uid, (int)who.pid);
	else
		snprintf(peer->address, sizeof peer->address, "unix:");
}

static void certificate_peer(grpc_call *core, struct credd_peer *peer)
{
	grpc_auth_context *context = grpc_call_auth_context(core);
	const grpc_auth_property *uri;
	unsigned found = 0;

	if (!context)
		return;
	grpc_auth_property_iterator each =
		grpc_auth_context_find_properties_by_name(context, GRPC_PEER_URI_PROPERTY_NAME);
	while ((uri = grpc_auth_property_iterator_next(&each))) {
		switch (credd__urn_read(uri->value, uri->value_length, &peer->uscc)) {
		case CREDD_URN_OTHER:
			break;
		case CREDD_URN_FALSE:
			found += 2;
			break;
		case CREDD_URN_USCC:
			found++;
			break;
		}
	}
	if (found == 1) {
		peer->kind = CREDD_PEER_AUTHORITY;
		peer->has_uscc = true;
	}
	grpc_auth_context_release(context);
}

void credd__peer_of(const struct credd_call *call, struct credd_peer *ret_peer)
{
	char *address = grpc_call_get_peer(call->core);

	ret_peer->kind = CREDD_PEER_PUBLIC;
	ret_peer->has_uscc = false;
	if (strncmp(address, socket_prefix, sizeof socket_prefix - 1) == 0) {
		socket_peer(
			call, (int)strtol(address + sizeof socket_prefix - 1, NULL, 10), ret_peer);
	} else {
		snprintf(ret_peer->address, sizeof ret_peer->address, "%s", address);
		certificate_peer(call->core, ret_peer);
	}
	gpr_free(address);
}

bool credd__peer_is_near(const struct credd_call *call)
{
	static const char *const near[] = {
		socket_prefix, "ipv4:127.", "ipv6:[::1]:", "ipv6:%5B::1%5D:"};
	char *address = grpc_call_get_peer(call->core);
	bool found = false;

	for (size_t i = 0; i < sizeof near / sizeof near[0] && !found; i++)
		found = strncmp(address, near[i], strlen(near[i])) == 0;
	gpr_free(address);
	return found;
}
