/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc.h - gRPC as the rest of the daemon sees it: methods, calls, peers; no header of gRPC.
 *
 * The rpc room owns every grpc_* symbol. A service hands it a table of methods; each call that
 * arrives is given to its method's handler as a struct credd_call. Handlers run on the server's
 * worker threads and must not block; one that needs the writer keeps the call and finishes it later
 * from any thread. Every call is finished exactly once, with _reply, _end or _fail.
 *
 * The room itself answers grpc.health.v1, reflection (v1 and v1alpha) and unknown methods.
 *
 * Threads: functions on one call may be used from any thread, one thread at a time for a call.
 */
#ifndef CREDD_RPC_H
#define CREDD_RPC_H

#include <credit/base.h>
#include <credit/uscc.h>

struct credd_server;
struct credd_call;

/* --- who is asking --------------------------------------------------------------------------- */

enum credd_peer_kind {
	CREDD_PEER_PUBLIC,    /* TCP without a client certificate */
	CREDD_PEER_AUTHORITY, /* client certificate with SAN URI urn:uscc:<code>, verified */
	CREDD_PEER_SOCKET     /* the Unix socket: the identity that the configuration gives it */
};

struct credd_peer {
	enum credd_peer_kind kind;
	bool has_uscc;
	struct credit_uscc uscc;
	char address[64]; /* "ipv4:127.0.0.1:5000", "unix:uid=0 pid=17": for the log */
};

/* --- methods --------------------------------------------------------------------------------- */

enum credd_shape {
	CREDD_UNARY,
	CREDD_SERVER_STREAM,
	CREDD_BIDI
};

enum credd_event {
	CREDD_EVENT_REQUEST,     /* a request message is there: credd_call_request() */
	CREDD_EVENT_WRITABLE,    /* streams: the message sent before has gone, or credd_call_wake */
	CREDD_EVENT_HALF_CLOSED, /* bidi: the client sends no more */
	CREDD_EVENT_CANCELLED /* client gone, deadline over or server stopping: the last event; the
	                       * call must still be finished (with _end or _fail, which send nothing).
	                       * A unary call that was kept gets it too, and whoever keeps it finishes
	                       * it: the handler then has nothing to do but pass the news on */
};

struct credd_method {
	const char *path; /* "/credit.v1.StatusService/GetStatus" */
	enum credd_shape shape;
	uint32_t roles; /* bits of enum credd_role in access.h; checked before the handler */
	void (*handle)(void *service, struct credd_call *call, enum credd_event event);
	size_t arena_limit; /* bytes that decoding a request and building its reply may take */
	uint32_t rate;      /* enum credd_rate of rate.h: which quota a call is taken from */
	/* What an AccessRecord calls it: what it shows, or does, is recorded. NULL: it is not. */
	const char *recorded_as;
};

/* --- calls ----------------------------------------------------------------------------------- */

/* The request message, whole and contiguous; valid until the call is finished (unary, server
 * stream) or the next event (bidi). */
struct credit_bytes credd_call_request(const struct credd_call *call);
const struct credd_method *credd_call_method(const struct credd_call *call);
/* Looked up when it is first asked for: most calls are open to everybody, and nobody asks. */
const struct credd_peer *credd_call_peer(struct credd_call *call);
/* Scratch for this call, emptied when it is finished (bidi: before each request). */
struct credit_arena *credd_call_arena(struct credd_call *call);
/* Which worker thread runs this event, 0 .. workers - 1; only inside a handler. */
unsigned credd_call_worker(const struct credd_call *call);
/* Client gone or deadline over: the work need not be done. From any thread. */
bool credd_call_cancelled(const struct credd_call *call);
/* Wall-clock time of arrival, and the client's deadline (INT64_MAX when none). */
credit_ms_t credd_call_arrived(const struct credd_call *call);
credit_ms_t credd_call_deadline(const struct credd_call *call);
/* A slot for the handler's own state, NULL at first; not freed by this room. */
void **credd_call_state(struct credd_call *call);

/* Finishes a unary call with one message, the parts one after the other (copied). */
void credd_call_reply(struct credd_call *call, const struct credit_bytes *parts, size_t count);
/* Streams: sends one message. One at a time: send the next after CREDD_EVENT_WRITABLE; a bidi call
 * reads its next request by itself once the reply to the last one has gone. */
void credd_call_send(struct credd_call *call, const struct credit_bytes *parts, size_t count);
/* Streams: has CREDD_EVENT_WRITABLE delivered soon on a worker thread if nothing is being sent.
 * From any thread, while the call is not finished. */
void credd_call_wake(struct credd_call *call);
/* Finishes a stream with status OK. */
void credd_call_end(struct credd_call *call);
/* Finishes any call with an error: the class gives the status code, the problem its message
 * (English; Chinese as LocalizedMessage), and the trailers carry google.rpc.Status with ErrorInfo
 * {reason, domain "credit.v1", metadata}, BadRequest for a field, PreconditionFailure for a rule,
 * RetryInfo when retry_after_ms > 0. */
void credd_call_fail(
	struct credd_call *call, const struct credit_problem *problem, uint32_t retry_after_ms);

/* --- the server ------------------------------------------------------------------------------ */

/* Strings are copied; `methods` is borrowed until credd_server_free. */
struct credd_server_options {
	const char *tcp_address;                               /* "127.0.0.1:7443"; NULL: no TCP */
	const char *tls_certificate, *tls_key, *tls_client_ca; /* PEM files; needed with TCP; read
	                                                        * again for each handshake when changed,
	                                                        * a bad pair keeps the last good one */
	const char *socket_path;                               /* Unix socket; NULL: none */
	uint32_t socket_mode;                                  /* permission bits of the socket */
	bool socket_has_uscc; /* identity that the configuration gives to the socket */
	struct credit_uscc socket_uscc;
	uint32_t workers;         /* threads; 0: number of processors */
	uint32_t message_max;     /* bytes of a request; compressed ones are refused */
	uint32_t calls_max;       /* calls in flight; more are refused with RESOURCE_EXHAUSTED */
	uint32_t connections_max; /* of both listeners together; the last 8 are the socket's */
	/* Of one address of the network: IPv4, or the first half of IPv6 (shares.c). */
	uint32_t connections_per_address, connects_per_second;
	uint32_t calls_per_address;     /* when a quarter of calls_max is in flight */
	uint32_t vain_calls_per_second; /* more, without end, and it is shut out for a while */
	uint32_t calls_per_connection;  /* HTTP/2's concurrent streams */
	uint32_t handshake_ms;          /* for TLS and HTTP/2's greeting */
	uint32_t stall_ms;              /* that an answer may lie ready and not be taken */
	uint64_t answer_bytes_max;      /* of all answers that lie ready */
	/* That all connections have sent since their last calls; one of them message_max and 1 MiB. */
	uint64_t unheard_bytes_max;
	bool reflection;
	const struct credd_method *methods;
	size_t method_count;
	void *service; /* handed to every handler */
	/* Roles that every peer has: `allow` is not asked about a unary method open to one, unless its
	 * call is rated: it came over TCP and, where near_unrated says so, from another machine. */
	uint32_t everybody;
	bool rated, near_unrated;
	/* May this peer call this method, now? CREDIT_OK or the refusal, and when to try again (0:
	 * not at all). Asked on worker thread `worker`, outside every handler; when
	 * rated, for each message of a bidi stream anew. */
	enum credit_error (*allow)(void *service, unsigned worker, const struct credd_peer *peer,
		const struct credd_method *method, uint32_t *ret_retry_after_ms,
		struct credit_problem *problem);
	/* Once for each finished call, for the log. May be NULL. */
	void (*finished)(void *service, struct credd_call *call, enum credit_error error,
		int64_t microseconds);
};

/* Binds and starts; health says NOT_SERVING until credd_server_serving(true). */
enum credit_error credd_server_start(const struct credd_server_options *options,
	struct credd_server **ret_server, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* The TCP port bound (for address ":0"), 0 without TCP. */
int credd_server_port(const struct credd_server *server);
unsigned credd_server_workers(const struct credd_server *server);
/* How many there are now. */
void credd_server_load(
	struct credd_server *server, uint32_t *ret_connections, uint32_t *ret_in_flight);
/* Health of every service. Watchers are told. */
void credd_server_serving(struct credd_server *server, bool serving);
/* Graceful: health NOT_SERVING first, listeners closed, streams ended with UNAVAILABLE, calls in
 * flight finish; after `grace_ms` the rest is cancelled. Returns when no handler runs any more and
 * every call is finished: one that a service keeps must be finished by it, cancelled or not. */
void credd_server_stop(struct credd_server *server, uint32_t grace_ms);
void credd_server_free(struct credd_server *server);

/* --- starting up, before any thread ---------------------------------------------------------- */

/* grpc_init and what must be set before it (log verbosity to our logger, absl checks). */
void credd_rpc_init(void (*log_line)(const char *level, const char *text));
void credd_rpc_deinit(void);

#endif
