/* SPDX-License-Identifier: Apache-2.0
 *
 * handover.c - giving core a TCP connection that we accepted ourselves, with TLS to be spoken on
 * it.
 *
 * Why: core 1.51's own listener stops for ever when one accept() meets EMFILE (CVE-2023-4785, not
 * fixed in Debian 12), it cannot limit connections, and grpc_server_add_channel_from_fd takes no
 * TLS. Core has a door for this, made for C++ servers ("external connection acceptor"): listening
 * on the address "external:<name>" opens no socket, but looks up the channel argument of that same
 * name, a pointer, and writes through it the address of an object of a C++ class,
 *
 *     class TcpServerFdHandler {
 *         virtual ~TcpServerFdHandler();
 *         virtual void Handle(int listener_fd, int fd, grpc_byte_buffer *pending_read) = 0;
 *     };
 *
 * which we call as C: in the Itanium C++ ABI, which every compiler on Linux follows, an object with
 * virtual functions begins with a pointer to a table of functions in the order of declaration, the
 * destructor taking two places; the object comes as the first argument. The class has looked like
 * this since 2019. tests/rpc connects over TCP and would fail at once if that changed; a core
 * without the door leaves the slot NULL and the server does not start.
 */
#include "rpc/core.h"

const char credd__handover_address[] = "external:credd";

typedef void (*handle_function)(
	void *object, int listener_fd, int fd, grpc_byte_buffer *pending_read);

enum {
	SLOT_DESTRUCTOR,
	SLOT_DELETING_DESTRUCTOR,
	SLOT_HANDLE
};

static void *copy_slot(void *slot)
{
	return slot;
}

static void forget_slot(void *slot)
{
	(void)slot;
}

static int compare_slots(void *a, void *b)
{
	return (a > b) - (a < b);
}

grpc_arg credd__handover_arg(void **slot)
{
	static const grpc_arg_pointer_vtable vtable = {copy_slot, forget_slot, compare_slots};
	union {
		const char *from;
		char *to;
	} key = {.from = credd__handover_address}; /* core copies it */

	return (grpc_arg){
		.type = GRPC_ARG_POINTER, .key = key.to, .value.pointer = {slot, &vtable}};
}

void credd__handover(void *door, int listener_fd, int fd)
{
	const handle_function *functions = *(const handle_function **)door;

	functions[SLOT_HANDLE](door, listener_fd, fd, NULL);
}
