/* SPDX-License-Identifier: Apache-2.0
 *
 * listen.c - the door: one thread that accepts on the Unix socket and on TCP.
 *
 * We accept ourselves, so that running out of file descriptors is a pause and not the end (see
 * handover.c), so that connections are counted, and so that a Unix socket's other end is known by
 * SO_PEERCRED. A connection beyond the limit, or beyond what one address may have (shares.c), is closed
 * at once: the client sees that immediately and comes back later. Of the limit, a few places are kept
 * for the Unix socket, so that an operator gets in while the network is full.
 *
 * A socket file that nobody answers on is left over from a crash and removed; one that answers
 * belongs to a living daemon and is never touched. On the way out only our own file is removed.
 */
#include "rpc/core.h"

#include <errno.h>
#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <malloc.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PLACES_FOR_THE_SOCKET 8
#define FILES_FOR_OURSELVES 256 /* databases, logs, epoll, core's own */
#define PAUSE_MS 10             /* when a connection cannot be accepted for want of something */
#define HOST_MAX 256
#define BESIDE_A_MESSAGE 1048576  /* bytes; who is a little too long with one is told so by core */
#define VAIN_CALLS_OF_SILENCE 500 /* what a connection that had to be put out counts */

enum {
	LISTEN_STOP,
	LISTEN_UNIX,
	LISTEN_TCP,
	LISTEN_COUNT
};

struct credd_listener {
	struct pollfd poll[LISTEN_COUNT]; /* fd -1: not there; poll() skips it */
	int port;
	uint32_t reserved;
	char *socket_path;
	struct stat socket_file;
	struct credd_shares *shares;
	struct credd_connections *connections;
	struct credd_silence allowed;
	bool has_put_out; /* since free memory was given back */
	grpc_server *core;
	grpc_server_credentials *socket_credentials;
	void *door; /* written by core, see handover.c */
	pthread_t thread;
	bool running;
};

static enum credit_error refuse(struct credit_problem *problem, enum credit_error error,
	const char *field, const char *what)
{
	return credit_problem_set(problem, error, field, NULL, "%s: %s", what, strerror(errno));
}

/* --- file descriptors ------------------------------------------------------------------------ */

/* Raises the limit as far as allowed; returns how many connections then are safe. */
static uint32_t connections_possible(uint32_t wanted)
{
	struct rlimit limit;
	rlim_t possible;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return wanted;
	if (limit.rlim_cur != limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	possible = limit.rlim_cur > 2 * FILES_FOR_OURSELVES ? limit.rlim_cur - FILES_FOR_OURSELVES
							    : limit.rlim_cur / 2;
	if (wanted <= possible)
		return wanted;
	credd__log("warning", "%u connections wanted, but the limit of open files allows %ju",
		wanted, (uintmax_t)possible);
	return (uint32_t)possible;
}

/* --- the Unix socket ------------------------------------------------------------------------- */

/* Does somebody answer at this address? */
static bool is_alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool alive;

	if (fd < 0)
		return true;
	/* A full backlog (EAGAIN) is a sign of life too; only a refusal is none. */
	alive = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 ||
		errno != ECONNREFUSED;
	close(fd);
	return alive;
}

static enum credit_error clear_the_way(
	const struct sockaddr_un *address, struct credit_problem *problem)
{
	struct stat found;

	if (lstat(address->sun_path, &found) != 0)
		return CREDIT_OK; /* bind will say what is wrong, if anything is */
	if (!S_ISSOCK(found.st_mode))
		return credit_problem_set(problem, CREDIT_E_EXISTS, "socket_path", NULL,
			"%s is not a socket", address->sun_path);
	if (is_alive(address))
		return credit_problem_set(problem, CREDIT_E_BUSY, "socket_path", NULL,
			"another process answers on %s", address->sun_path);
	if (unlink(address->sun_path) != 0)
		return refuse(problem, CREDIT_E_IO, "socket_path", address->sun_path);
	return CREDIT_OK;
}

static enum credit_error open_unix(struct credd_listener *listener,
	const struct credd_server_options *options, struct credit_problem *problem)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = options->socket_path;
	enum credit_error error;

	if (strlen(path) >= sizeof address.sun_path)
		return credit_problem_set(problem, CREDIT_E_CONFIG_VALUE, "socket_path", NULL,
			"at most %zu bytes", sizeof address.sun_path - 1);
	memcpy(address.sun_path, path, strlen(path) + 1);
	error = clear_the_way(&address, problem);
	if (error != CREDIT_OK)
		return error;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	listener->poll[LISTEN_UNIX].fd = fd;
	/* The mode before bind keeps others out from the first moment; the one after undoes umask.
	 */
	if (fd < 0 || fchmod(fd, options->socket_mode) != 0 ||
		bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
		return refuse(problem, CREDIT_E_IO, "socket_path", path);
	listener->socket_path = strdup(path);
	if (!listener->socket_path)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	if (lstat(path, &listener->socket_file) != 0 || chmod(path, options->socket_mode) != 0 ||
		listen(fd, SOMAXCONN) != 0)
		return refuse(problem, CREDIT_E_IO, "socket_path", path);
	return CREDIT_OK;
}

static void remove_socket(struct credd_listener *listener)
{
	struct stat now;

	if (listener->socket_path && lstat(listener->socket_path, &now) == 0 &&
		now.st_dev == listener->socket_file.st_dev &&
		now.st_ino == listener->socket_file.st_ino)
		unlink(listener->socket_path);
	free(listener->socket_path);
	listener->socket_path = NULL;
}

/* --- TCP ------------------------------------------------------------------------------------- */

/* "host:port" or "[v6]:port" */
static enum credit_error resolve(
	const char *text, struct addrinfo **ret_found, struct credit_problem *problem)
{
	const struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
	const char *colon = strrchr(text, ':');
	char host[HOST_MAX];
	int error = EAI_NONAME;

	if (colon && (size_t)(colon - text) < sizeof host) {
		bool bracketed = text[0] == '[' && colon[-1] == ']';

		snprintf(host, sizeof host, "%.*s", (int)(colon - text) - 2 * bracketed,
			text + bracketed);
		error = getaddrinfo(*host ? host : NULL, colon + 1, &hints, ret_found);
	}
	if (error)
		return credit_problem_set(problem, CREDIT_E_CONFIG_VALUE, "tcp_address", NULL,
			"%s: %s", text, gai_strerror(error));
	return CREDIT_OK;
}

static enum credit_error open_tcp(
	struct credd_listener *listener, const char *text, struct credit_problem *problem)
{
	struct sockaddr_storage bound;
	socklen_t size = sizeof bound;
	struct addrinfo *found;
	const int on = 1;
	enum credit_error error = resolve(text, &found, problem);

	if (error != CREDIT_OK)
		return error;
	int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	listener->poll[LISTEN_TCP].fd = fd;
	/* Not SO_REUSEPORT: two daemons would share the port without a word. */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
		bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0)
		error = refuse(problem, errno == EADDRINUSE ? CREDIT_E_BUSY : CREDIT_E_IO,
			"tcp_address", text);
	freeaddrinfo(found);
	if (error != CREDIT_OK)
		return error;
	if (getsockname(fd, (struct sockaddr *)&bound, &size) != 0)
		return refuse(problem, CREDIT_E_IO, "tcp_address", text);
	/* The port stands in the same place for both families. */
	listener->port = ntohs(((struct sockaddr_in *)&bound)->sin_port);
	return CREDIT_OK;
}

/* --- accepting ------------------------------------------------------------------------------- */

static void take_unix(struct credd_listener *listener, int fd)
{
	struct ucred who = {0};
	socklen_t size = sizeof who;

	(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size);
	credd__connections_add(listener->connections, fd, &who, (struct credd_share_place){0, 0});
	grpc_server_add_channel_from_fd(listener->core, fd, listener->socket_credentials);
}

static void take_tcp(struct credd_listener *listener, int fd, struct credd_share_place place)
{
	const struct ucred nobody = {0};
	const int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	credd__connections_add(listener->connections, fd, &nobody, place);
	credd__handover(listener->door, listener->poll[LISTEN_TCP].fd, fd);
}

/* Returns whether to look again at once. */
static bool accept_one(struct credd_listener *listener, int which)
{
	uint32_t reserved = which == LISTEN_TCP ? listener->reserved : 0;
	struct credd_share_place place = {0, 0};
	struct sockaddr_storage from = {0};
	socklen_t size = sizeof from;
	int fd = accept4(listener->poll[which].fd, (struct sockaddr *)&from, &size,
		SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		/* EMFILE, ENFILE, ENOBUFS, ENOMEM pass; whoever waits stays in the backlog. */
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			poll(&listener->poll[LISTEN_STOP], 1, PAUSE_MS);
		return false;
	}
	if (which == LISTEN_TCP)
		place = credd__share_of_socket(listener->shares, &from);
	if (!credd__connections_room(listener->connections, reserved, place.share))
		close(fd);
	else if (which == LISTEN_TCP)
		take_tcp(listener, fd, place);
	else
		take_unix(listener, fd);
	return true;
}

static void *accept_main(void *argument)
{
	struct credd_listener *listener = argument;

	for (;;) {
		if (poll(listener->poll, LISTEN_COUNT, -1) < 0 && errno != EINTR)
			return NULL;
		if (listener->poll[LISTEN_STOP].revents)
			return NULL;
		for (int which = LISTEN_UNIX; which < LISTEN_COUNT; which++)
			if (listener->poll[which].revents)
				while (accept_one(listener, which))
					;
	}
}

/* --- opening and closing --------------------------------------------------------------------- */

enum credit_error credd__listener_open(const struct credd_server_options *options,
	struct credd_listener **ret_listener, struct credit_problem *problem)
{
	struct credd_listener *listener = calloc(1, sizeof *listener);
	enum credit_error error = CREDIT_OK;

	if (!listener)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	for (int i = 0; i < LISTEN_COUNT; i++)
		listener->poll[i] = (struct pollfd){.fd = -1, .events = POLLIN};
	listener->poll[LISTEN_STOP].fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	listener->reserved = options->socket_path ? PLACES_FOR_THE_SOCKET : 0;
	listener->allowed = (struct credd_silence){.of_all = options->unheard_bytes_max,
		.of_one = options->message_max + BESIDE_A_MESSAGE};
	listener->shares = credd__shares_new(&(struct credd_share_limits){
		.connections = options->connections_per_address,
		.connects_per_second = options->connects_per_second,
		.calls = options->calls_per_address,
		.vain_calls_per_second = options->vain_calls_per_second,
	});
	listener->connections = credd__connections_new(
		connections_possible(options->connections_max), listener->shares);
	if (listener->poll[LISTEN_STOP].fd < 0 || !listener->shares || !listener->connections)
		error = credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	if (error == CREDIT_OK && options->socket_path)
		error = open_unix(listener, options, problem);
	if (error == CREDIT_OK && options->tcp_address)
		error = open_tcp(listener, options->tcp_address, problem);
	if (error != CREDIT_OK) {
		credd__listener_free(listener);
		return error;
	}
	*ret_listener = listener;
	return CREDIT_OK;
}

size_t credd__listener_args(struct credd_listener *listener, grpc_arg *ret_args)
{
	if (listener->poll[LISTEN_TCP].fd < 0)
		return 0;
	ret_args[0] = credd__handover_arg(&listener->door);
	return 1;
}

enum credit_error credd__listener_start(
	struct credd_listener *listener, grpc_server *core, struct credit_problem *problem)
{
	if (listener->poll[LISTEN_TCP].fd >= 0 && !listener->door)
		return credit_problem_set(problem, CREDIT_E_UNSUPPORTED, "tcp_address", NULL,
			"gRPC %s takes no connections from us", grpc_version_string());
	listener->core = core;
	listener->socket_credentials = grpc_insecure_server_credentials_create();
	if (pthread_create(&listener->thread, NULL, accept_main, listener) != 0)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, "a thread");
	listener->running = true;
	return CREDIT_OK;
}

void credd__listener_stop(struct credd_listener *listener)
{
	if (listener->running) {
		eventfd_write(listener->poll[LISTEN_STOP].fd, 1);
		pthread_join(listener->thread, NULL);
		listener->running = false;
	}
	remove_socket(listener);
	for (int i = LISTEN_UNIX; i < LISTEN_COUNT; i++) {
		if (listener->poll[i].fd >= 0)
			close(listener->poll[i].fd);
		listener->poll[i].fd = -1;
	}
}

void credd__listener_free(struct credd_listener *listener)
{
	if (!listener)
		return;
	credd__listener_stop(listener);
	if (listener->poll[LISTEN_STOP].fd >= 0)
		close(listener->poll[LISTEN_STOP].fd);
	if (listener->socket_credentials)
		grpc_server_credentials_release(listener->socket_credentials);
	credd__connections_free(listener->connections);
	credd__shares_free(listener->shares);
	free(listener);
}

int credd__listener_port(const struct credd_listener *listener)
{
	return listener->port;
}

uint32_t credd__listener_connections(struct credd_listener *listener)
{
	return credd__connections_count(listener->connections);
}

bool credd__listener_peer(struct credd_listener *listener, int fd, struct ucred *ret_who)
{
	return credd__connections_who(listener->connections, fd, ret_who);
}

/* --- calls and where they come from ---------------------------------------------------------- */

static struct credd_share_place place_of_call(
	const struct credd_listener *listener, grpc_call *core)
{
	char *peer = grpc_call_get_peer(core);
	struct credd_share_place place = credd__share_of_text(listener->shares, peer);

	gpr_free(peer);
	return place;
}

bool credd__listener_call(struct credd_listener *listener, grpc_call *core, uint32_t *ret_share)
{
	uint32_t share = place_of_call(listener, core).share;

	if (share && !credd__share_call(listener->shares, share))
		return false;
	*ret_share = share;
	return true;
}

void credd__listener_call_over(struct credd_listener *listener, uint32_t share)
{
	if (share)
		credd__share_call_over(listener->shares, share);
}

void credd__listener_heard(struct credd_listener *listener, grpc_call *core)
{
	struct credd_share_place place;

	if (!credd__connections_listening(listener->connections))
		return;
	place = place_of_call(listener, core);
	if (place.share)
		credd__connections_heard(listener->connections, place);
}

static void in_vain(struct credd_listener *listener, uint32_t share, uint32_t count)
{
	if (share && credd__share_vain_calls(listener->shares, share, count))
		credd__log("warning",
			"an address goes on calling in vain and is shut out: %u connections ended",
			credd__connections_expel(listener->connections, share));
}

void credd__listener_vain_call(struct credd_listener *listener, grpc_call *core)
{
	in_vain(listener, place_of_call(listener, core).share, 1);
}

bool credd__listener_look(struct credd_listener *listener)
{
	uint64_t silence;
	uint32_t share;

	if (credd__connections_look(listener->connections, &listener->allowed, &share, &silence)) {
		credd__log("warning", "a connection ended that had sent %ju bytes and no call",
			(uintmax_t)silence);
		in_vain(listener, share, VAIN_CALLS_OF_SILENCE);
		listener->has_put_out = true;
	}
	if (credd__connections_listening(listener->connections))
		return true;
	/* What core made of it lies in small pieces, which malloc would keep. */
	if (listener->has_put_out)
		malloc_trim(0);
	listener->has_put_out = false;
	return false;
}
