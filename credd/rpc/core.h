/* SPDX-License-Identifier: Apache-2.0
 *
 * core.h - what the files of the rpc room share: the server, the call, and their ways to gRPC's
 * core.
 *
 * Nobody outside credd/rpc includes this. The life of a call is written down at the top of call.c,
 * and how a connection comes in at the top of listen.c.
 *
 * Locks: credd_server.mutex (method table's counters, free list, live streams, health) and
 * credd_call.mutex (one call). Order: server before call. No handler runs under either.
 */
#ifndef CREDD_RPC_CORE_H
#define CREDD_RPC_CORE_H

#include "rpc/rpc.h"
#include "rpc/shares.h"

#include <grpc/grpc.h>
#include <protobuf-c/protobuf-c.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

/* libgrpc is not compiled for ThreadSanitizer: tell it that what happened before a tag was handed
 * to core happened before the tag came back from the completion queue. */
#if defined(__SANITIZE_THREAD__)
#define CREDD_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CREDD_TSAN 1
#endif
#endif
#ifdef CREDD_TSAN
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#define CREDD_HAND_OVER(tag) __tsan_release(tag)
#define CREDD_TAKE_BACK(tag) __tsan_acquire(tag)
#else
#define CREDD_HAND_OVER(tag) ((void)(tag))
#define CREDD_TAKE_BACK(tag) ((void)(tag))
#endif

/* --- hook.c: words for the log --------------------------------------------------------------- */

void credd__log(const char *level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- tags: what comes back from the completion queue ----------------------------------------- */

struct credd_tag {
	void (*done)(void *owner, bool ok, unsigned worker);
	void *owner;
};

/* --- listen.c: who is connected -------------------------------------------------------------- */

struct credd_listener;

enum credit_error credd__listener_open(const struct credd_server_options *options,
	struct credd_listener **ret_listener, struct credit_problem *problem) CREDIT_MUST_CHECK;
int credd__listener_port(const struct credd_listener *listener);
/* Connections that are open now. */
uint32_t credd__listener_connections(struct credd_listener *listener);
/* Channel arguments that make core give us its door for TCP connections (see handover.c). */
size_t credd__listener_args(struct credd_listener *listener, grpc_arg *ret_args);
#define CREDD_LISTENER_ARGS_MAX 1
/* Starts accepting on behalf of `core`, which must be started. */
enum credit_error credd__listener_start(struct credd_listener *listener, grpc_server *core,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Stops accepting and removes the socket; connections stay. May be called twice. */
void credd__listener_stop(struct credd_listener *listener);
void credd__listener_free(struct credd_listener *listener);
/* Who is at the other end of the Unix socket connection `fd`. */
struct ucred;
bool credd__listener_peer(struct credd_listener *listener, int fd, struct ucred *ret_who);

/* Core has handed over a call or a message: what its connection sent before is no silence. */
void credd__listener_heard(struct credd_listener *listener, grpc_call *core);
/* A few times a second: puts out whoever has sent most of too much that nobody has heard. Returns
 * whether it is to look again soon. */
bool credd__listener_look(struct credd_listener *listener);
/* The call was in vain: an address that goes on making such calls is shut out. */
void credd__listener_vain_call(struct credd_listener *listener, grpc_call *core);
/* May this call, one of more than a quarter of those that there may be, be served? *ret_share is given
 * back when it is over; 0: nothing to give back. */
bool credd__listener_call(struct credd_listener *listener, grpc_call *core, uint32_t *ret_share);
void credd__listener_call_over(struct credd_listener *listener, uint32_t share);

/* --- connections.c: the table of file descriptors that are connections ----------------------- */

struct credd_connections;

/* `shares` is borrowed. */
struct credd_connections *credd__connections_new(uint32_t max, struct credd_shares *shares);
void credd__connections_free(struct credd_connections *connections);
/* May a connection be added when `reserved` places are kept for others? `share`: 0 or the address's,
 * of which a place is taken. */
bool credd__connections_room(
	struct credd_connections *connections, uint32_t reserved, uint32_t share);
void credd__connections_add(struct credd_connections *connections, int fd, const struct ucred *who,
	struct credd_share_place place);
uint32_t credd__connections_count(struct credd_connections *connections);
bool credd__connections_who(struct credd_connections *connections, int fd, struct ucred *ret_who);
/* Ends every connection of an address; core sees them close. Returns how many. */
uint32_t credd__connections_expel(struct credd_connections *connections, uint32_t share);
/* Is it of interest which connection a call came by? And this is one. */
bool credd__connections_listening(const struct credd_connections *connections);
void credd__connections_heard(
	struct credd_connections *connections, struct credd_share_place place);
struct credd_silence {
	uint64_t of_all, of_one; /* bytes */
};
/* Puts out the connection that has sent most when all or one have sent more than this unheard, or core is
 * slow with them; returns whether it did, and then whose it was and how much that had been. */
bool credd__connections_look(struct credd_connections *connections,
	const struct credd_silence *allowed, uint32_t *ret_share, uint64_t *ret_silence);

/* --- handover.c: an accepted connection becomes core's --------------------------------------- */

extern const char credd__handover_address[];
grpc_arg credd__handover_arg(void **slot);
/* core owns fd from here on. */
void credd__handover(void *door, int listener_fd, int fd);

/* --- tls.c ----------------------------------------------------------------------------------- */

struct credd_tls;

enum credit_error credd__tls_open(const struct credd_server_options *options,
	struct credd_tls **ret_tls, struct credit_problem *problem) CREDIT_MUST_CHECK;
grpc_server_credentials *credd__tls_credentials(struct credd_tls *tls);
void credd__tls_free(struct credd_tls *tls);

/* --- peer.c ---------------------------------------------------------------------------------- */

void credd__peer_of(const struct credd_call *call, struct credd_peer *ret_peer);
/* Did the call come through the Unix socket, or from this machine? Cheaper than knowing who it is. */
bool credd__peer_is_near(const struct credd_call *call);

/* --- details.c ------------------------------------------------------------------------------- */

/* What goes into the trailers for a refusal. The slices belong to the caller. */
struct credd_status {
	grpc_status_code code;
	grpc_slice message; /* one English sentence */
	grpc_slice details; /* a serialised google.rpc.Status */
};
void credd__status_of(const struct credit_problem *problem, uint32_t retry_after_ms,
	struct credd_status *ret_status);

/* --- descriptors.c: what the proto files say, for reflection --------------------------------- */

struct credd_descriptors;

struct credd_descriptors *credd__descriptors_new(void); /* NULL: no memory */
void credd__descriptors_free(struct credd_descriptors *descriptors);
/* Each returns the number of a file, or -1. */
int credd__descriptors_file(const struct credd_descriptors *descriptors, const char *name);
int credd__descriptors_symbol(const struct credd_descriptors *descriptors, const char *symbol);
int credd__descriptors_extension(
	const struct credd_descriptors *descriptors, const char *extendee, int32_t number);
/* The numbers of all extensions of a message, at most `max`; returns how many. */
size_t credd__descriptors_numbers(const struct credd_descriptors *descriptors, const char *extendee,
	int32_t *ret_numbers, size_t max);
size_t credd__descriptors_file_count(const struct credd_descriptors *descriptors);
/* The bytes of a file and of all that it imports, as protoc wrote them. `ret_files` has room for
 * all files; returns how many were filled. */
size_t credd__descriptors_closure(
	const struct credd_descriptors *descriptors, int file, ProtobufCBinaryData *ret_files);
/* Full names of all services in the set, served or not; returns how many. */
size_t credd__descriptors_services(
	const struct credd_descriptors *descriptors, const char *const **ret_names);

/* --- the server ------------------------------------------------------------------------------ */

/* One method as it is served: the table's row and what core and we need beside it. */
struct credd_served {
	const struct credd_method *method;
	void *service;    /* given to the handler */
	void *registered; /* core's handle; NULL: the catch-all for unknown methods */
	unsigned posts;   /* how many requests wait in core for a call to match */
	unsigned missing; /* posts that could not be made for want of memory; under server.mutex */
	bool ours;        /* health, reflection, unknown: no access check */
	bool when_full;   /* answered even beyond calls_max */
	bool ends_itself; /* a stream that says its own good-bye when the server stops */
};

struct credd_server {
	struct credd_server_options options;
	struct credd_listener *listener;
	struct credd_tls *tls;
	grpc_server *core;
	grpc_completion_queue *queue;
	grpc_resource_quota *quota;
	struct credd_descriptors *descriptors; /* NULL without reflection */

	struct credd_served *served;
	size_t served_count;

	pthread_t *threads;
	unsigned thread_count;

	pthread_mutex_t mutex;
	pthread_cond_t changed; /* in_flight or drained */
	struct credd_call *free_calls;
	unsigned free_count;
	struct credd_call *streams; /* live ones, so that they can be woken and ended */
	struct credd_call *every;   /* all that there are, in use or not, for the guard */
	uint32_t in_flight;
	uint32_t admitted; /* of them; the others are refusals on their way */
	bool serving, stopping, drained;
	struct credd_tag drained_tag;

	pthread_t guard;
	int guard_stop;
	bool guarded;
	_Atomic uint32_t looks;        /* of the guard, so far */
	_Atomic uint64_t answer_bytes; /* that lie ready and have not been taken */
};

/* guard.c: ends calls whose answers nobody takes. */
bool credd__guard_start(struct credd_server *server) CREDIT_MUST_CHECK;
void credd__guard_stop(struct credd_server *server);

/* Does any method of this service (full name, without slashes) stand in the table? */
bool credd__serves(const struct credd_server *server, const char *service);

/* --- calls ----------------------------------------------------------------------------------- */

#define CREDD_CALL_ARENA_FIRST 4096
#define CREDD_CALLS_FOR_ANYBODY 4 /* the fourth part of calls_max; then addresses have shares */

enum credd_op {
	CREDD_OP_ARRIVED, /* a request posted to core has met a call */
	CREDD_OP_CLOSED,  /* the call is over for the client: finished, cancelled, or out of time */
	CREDD_OP_RECEIVED, /* bidi: a message, or the end of them */
	CREDD_OP_SENT,     /* streams: one message */
	CREDD_OP_ENDED,    /* status, and for unary calls all that came before it */
	CREDD_OP_WOKEN,    /* nothing: somebody wants a worker to look */
	CREDD_OP_COUNT
};

struct credd_call {
	struct credd_server *server;
	struct credd_served *served;
	struct credd_call *next, *previous; /* free list or live streams */
	struct credd_call *every_next, *every_previous;
	struct credd_tag tags[CREDD_OP_COUNT];

	/* Core writes these between hand-over and coming back. */
	grpc_call *core;
	grpc_byte_buffer *received;
	grpc_metadata_array metadata;
	grpc_call_details details; /* catch-all only */
	gpr_timespec deadline;
	int was_cancelled;

	/* Fixed at arrival; the peer when it is first asked for. */
	struct credd_peer peer;
	bool peer_known;
	bool admitted;
	uint32_t share; /* of its address, taken when a quarter of all places were; 0: none */
	credit_ms_t arrived;
	int64_t arrived_us; /* CLOCK_MONOTONIC */

	/* Under `mutex`. */
	pthread_mutex_t mutex;
	unsigned holds;   /* reasons why the call may not be recycled yet */
	unsigned events;  /* bits of enum credd_event to deliver */
	bool delivering;  /* a worker runs the handler */
	bool told;        /* CANCELLED was delivered: no event after it */
	bool close_asked; /* the op CLOSED has been handed to core */
	bool metadata_sent, sending, waking, receiving;
	bool answered; /* bidi: the reply to the request in hand has gone */
	bool ended;    /* nothing more can be sent: status handed over or put off, or client gone */
	bool status_put_off;     /* until the message being sent has gone */
	bool finished;           /* by the service, with _reply, _end or _fail */
	enum credit_error error; /* the outcome, for the log */
	struct credd_status status;
	bool has_status;
	grpc_metadata trailer;
	grpc_byte_buffer *sent;
	size_t sent_size;
	bool answering; /* an answer has been handed to core and has not gone */
	uint32_t answering_since;
	grpc_slice joined; /* a request that came in several slices, made one */
	struct credit_bytes request;

	_Atomic bool cancelled;
	unsigned worker;
	void *state;
	struct credit_arena arena;
	uint8_t first[CREDD_CALL_ARENA_FIRST];
};

/* call.c */
/* Asks `allow` about the call, or about one more message of it. */
enum credit_error credd__call_allow(struct credd_call *call, unsigned worker,
	uint32_t *ret_retry_after_ms, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Hands core one more request for the method to match; false when there was no memory. */
bool credd__call_post(struct credd_server *server, struct credd_served *served) CREDIT_MUST_CHECK;
void credd__calls_free(struct credd_server *server);
void credd__call_hold(struct credd_call *call);                    /* mutex held */
void credd__call_release(struct credd_call *call, unsigned count); /* mutex held; given up */
/* Hands a batch to core; mutex held. The call is held until the op comes back. */
bool credd__call_start(struct credd_call *call, enum credd_op op, const grpc_op *ops, size_t count);
/* The same with what the client must take before the op comes back: the guard watches it. */
bool credd__call_answer(
	struct credd_call *call, enum credd_op op, const grpc_op *ops, size_t count);
/* Runs the handler for all events that are due, then reads on. mutex held, and held again on
 * return; the caller has a hold. */
void credd__call_deliver(struct credd_call *call, unsigned worker);
/* Hands over the status (and for unary calls the message); mutex held. */
void credd__call_send_status(struct credd_call *call);

/* message.c */
/* Makes what core has received call->request; false when there is nothing, or it is compressed. */
bool credd__call_take_message(struct credd_call *call);
void credd__call_drop_message(struct credd_call *call);
/* Makes the parts call->sent, and gives it back when it has gone. mutex held. */
void credd__call_put_answer(
	struct credd_call *call, const struct credit_bytes *parts, size_t count);
void credd__call_drop_answer(struct credd_call *call);

/* stream.c */
void credd__stream_begin(struct credd_call *call); /* mutex held */
void credd__stream_read(struct credd_call *call);  /* mutex held; reads on if it is time to */
/* The server stops: UNAVAILABLE to the client, CANCELLED to the handler. */
void credd__stream_expel(struct credd_call *call);
void credd__stream_received(void *owner, bool ok, unsigned worker);
void credd__stream_sent(void *owner, bool ok, unsigned worker);
void credd__stream_woken(void *owner, bool ok, unsigned worker);

/* --- what the room answers itself ------------------------------------------------------------ */

extern const struct credd_method credd__health_check, credd__health_watch;
extern const struct credd_method credd__reflection_v1, credd__reflection_v1alpha;
extern const struct credd_method credd__unknown_method;

/* --- arena.c --------------------------------------------------------------------------------- */

ProtobufCAllocator credd__arena_allocator(struct credit_arena *arena);

#endif
