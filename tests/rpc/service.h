/* SPDX-License-Identifier: Apache-2.0
 *
 * service.h - a small service with every kind of call, and a server and certificates to run it with.
 *
 * Shared by test_rpc.c (Criterion) and stress.c (a plain program for ThreadSanitizer).
 */
#ifndef TESTS_RPC_SERVICE_H
#define TESTS_RPC_SERVICE_H

#include "credd/rpc/rpc.h"
#include "tools/client/client.h"

#include <pthread.h>
#include <stdatomic.h>

#define ECHO "/test.v1.Test/Echo"     /* replies what was sent */
#define LATE "/test.v1.Test/Late"     /* the same, from another thread, when let go */
#define WHO "/test.v1.Test/Who"       /* kind, code and address of the peer, as text */
#define REFUSE "/test.v1.Test/Refuse" /* a problem with everything in it */
#define CLOSED "/test.v1.Test/Closed" /* a method that nobody may call */
#define CHAT "/test.v1.Test/Chat"     /* bidi: each message back */
#define TWICE "/test.v1.Test/Twice"   /* bidi: each message back two times */
#define TICKS "/test.v1.Test/Ticks"   /* server stream: a number whenever it is woken */

#define ARENA_LIMIT ((size_t)1 << 20)
#define KEPT_MAX 4096

struct service {
	struct credd_server *server;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct credd_call *kept[KEPT_MAX];
	unsigned kept_count;
	bool hold; /* Late keeps calls until service_release */
	struct credd_call *ticks;
	unsigned ticks_wanted, ticks_sent;
	unsigned cancelled_events, finished, finished_badly, asked; /* asked: by `allow` */
	enum credit_error last_error;
	bool quit;
	pthread_t releaser;
};

extern const struct credd_method test_methods[];
extern const size_t test_method_count;

/* Starts on a socket `socket_path` (may be NULL) and, with `tls` (a directory of test_certificates),
 * on 127.0.0.1:0. `options` holds what else differs from a small default; its limits may be 0. */
void service_start(struct service *service, const char *socket_path, const char *tls,
	struct credd_server_options options);
void service_stop(struct service *service, uint32_t grace_ms);
/* Waits until this many calls are kept by Late. */
void service_wait_kept(struct service *service, unsigned count);
void service_wait_cancelled(struct service *service, unsigned count);
void service_wait_finished(struct service *service, unsigned count);
/* Has the second thread finish what Late keeps, and from now on everything at once. */
void service_release(struct service *service);
void service_tick(struct service *service);

/* ca, server, authority (urn:uscc:), nobody (without a code), other-ca, foreign: .crt and .key. */
void test_certificates(const char *directory);
#define TEST_USCC "91350100M000100Y43"

struct client *test_client(const char *target);
/* TLS to 127.0.0.1:port; who: "authority", "nobody", "foreign" or NULL. */
struct client *test_tls_client(const char *directory, int port, const char *who);

#endif
