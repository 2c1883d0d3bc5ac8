/* SPDX-License-Identifier: Apache-2.0
 *
 * connections.c - which file descriptors are connections, how many, and whose.
 *
 * Core closes a connection without telling anybody. So the table remembers, for each file
 * descriptor that was handed over, the socket's inode: when the descriptor is gone or has another
 * inode, the connection is closed. That is looked at only when the table, or what an address may have
 * of it, seems full, and then not again for a moment: so an ordinary accept costs one fstat, and one
 * that is refused hardly more.
 *
 * Silence. Core holds what a connection has sent until it is a whole call or message: an endless header,
 * which nothing limits (CVE-2023-33953) and which takes ten times its size, messages without their last
 * byte, calls that wait for a thread. Nobody tells us how much that is, but the kernel counts what a
 * connection has received. Once one has received SUSPICIOUS bytes we listen: each call and message that
 * core hands over then clears its connection. What the others have sent since is silence, and when there
 * is more of it than limits.unheard_bytes, or of one than its largest message could take, whoever has sent
 * most is put out.
 *
 * Small fields are worse than large ones: a million of them take a hundred bytes each, and when the
 * connection ends core copies them all in one go, a second for every eight megabytes, while others wait.
 * They betray themselves by their slowness: core takes messages off a socket at hundreds of megabytes a
 * second, and such fields at six. So when core has been behind with silent ones for PATIENCE_MS, and takes
 * less than SLOW of all of them together, the loudest of these is put out too.
 */
#include "rpc/core.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

struct connection {
	ino_t inode; /* 0: none */
	struct ucred who;
	uint32_t share;             /* 0: none */
	uint16_t port;              /* the other end's */
	bool heard;                 /* since the last look */
	uint64_t received, cleared; /* bytes, and those up to which it is no silence */
	int64_t behind; /* since when core had more to take and heard nothing; 0: it is not so */
	uint64_t taken; /* of the received, by core, at that time */
};

#define BY_PORT_SIZE 65536

struct credd_connections {
	pthread_mutex_t mutex;
	struct credd_shares *shares;
	struct connection *by_fd;
	size_t capacity;
	uint32_t max, count;
	int64_t swept; /* when, in milliseconds */
	_Atomic bool listening;
	uint32_t by_port[BY_PORT_SIZE]; /* where to look first: a guess */
};

#define CAPACITY_FIRST 256
#define SWEEP_MS 20
#define SUSPICIOUS ((uint64_t)256 << 10)
#define PATIENCE_MS 300
#define SLOW ((uint64_t)32 << 20)    /* bytes a second */
#define SLOW_MIN ((uint64_t)1 << 20) /* bytes: whoever has sent less is no burden */

struct credd_connections *credd__connections_new(uint32_t max, struct credd_shares *shares)
{
	struct credd_connections *connections = calloc(1, sizeof *connections);

	if (!connections)
		return NULL;
	connections->max = max;
	connections->shares = shares;
	pthread_mutex_init(&connections->mutex, NULL);
	return connections;
}

void credd__connections_free(struct credd_connections *connections)
{
	if (!connections)
		return;
	pthread_mutex_destroy(&connections->mutex);
	free(connections->by_fd);
	free(connections);
}

static ino_t inode_of(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode) ? status.st_ino : 0;
}

static int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void forget(struct credd_connections *connections, struct connection *connection)
{
	if (connection->share)
		credd__share_disconnect(connections->shares, connection->share);
	*connection = (struct connection){0};
	connections->count--;
}

static void sweep(struct credd_connections *connections)
{
	const int64_t now = clock_ms();

	if (now - connections->swept < SWEEP_MS)
		return;
	connections->swept = now;
	for (size_t fd = 0; fd < connections->capacity; fd++) {
		struct connection *connection = &connections->by_fd[fd];

		if (connection->inode && connection->inode != inode_of((int)fd))
			forget(connections, connection);
	}
}

bool credd__connections_room(
	struct credd_connections *connections, uint32_t reserved, uint32_t share)
{
	uint32_t max = connections->max > reserved ? connections->max - reserved : 1;

	pthread_mutex_lock(&connections->mutex);
	if (connections->count >= max || (share && credd__share_full(connections->shares, share)))
		sweep(connections);
	bool room = connections->count < max &&
		    (share == 0 || credd__share_connect(connections->shares, share));
	pthread_mutex_unlock(&connections->mutex);
	return room;
}

uint32_t credd__connections_count(struct credd_connections *connections)
{
	uint32_t count;

	pthread_mutex_lock(&connections->mutex);
	sweep(connections);
	count = connections->count;
	pthread_mutex_unlock(&connections->mutex);
	return count;
}

static size_t guess_of(struct credd_share_place place)
{
	return (place.port ^ (place.share << 2)) % BY_PORT_SIZE;
}

static bool make_room(struct credd_connections *connections, size_t fd)
{
	size_t capacity = connections->capacity ? connections->capacity : CAPACITY_FIRST;

	while (capacity <= fd)
		capacity *= 2;
	if (capacity == connections->capacity)
		return true;
	struct connection *grown = realloc(connections->by_fd, capacity * sizeof *grown);
	if (!grown)
		return false;
	for (size_t i = connections->capacity; i < capacity; i++)
		grown[i] = (struct connection){0};
	connections->by_fd = grown;
	connections->capacity = capacity;
	return true;
}

void credd__connections_add(struct credd_connections *connections, int fd, const struct ucred *who,
	struct credd_share_place place)
{
	pthread_mutex_lock(&connections->mutex);
	if (make_room(connections, (size_t)fd)) {
		struct connection *connection = &connections->by_fd[fd];

		/* The number was another connection's, which is closed. */
		if (connection->inode)
			forget(connections, connection);
		*connection = (struct connection){.inode = inode_of(fd),
			.who = *who,
			.share = place.share,
			.port = place.port};
		connections->by_port[guess_of(place)] = (uint32_t)fd;
		connections->count++;
	}
	pthread_mutex_unlock(&connections->mutex);
}

/* Connecting a TCP socket to nowhere resets it and drops what the kernel has received, which shutdown()
 * would leave for core to read and serve. Core may close it in this very moment and somebody else get the
 * number: then that one loses a connection, which every client of a network can stand. mutex held */
static bool put_out(struct credd_connections *connections, size_t fd)
{
	const struct connection *connection = &connections->by_fd[fd];
	const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

	return connection->inode && connection->inode == inode_of((int)fd) &&
	       connect((int)fd, &nowhere, sizeof nowhere) == 0;
}

uint32_t credd__connections_expel(struct credd_connections *connections, uint32_t share)
{
	uint32_t expelled = 0;

	pthread_mutex_lock(&connections->mutex);
	for (size_t fd = 0; fd < connections->capacity; fd++)
		if (connections->by_fd[fd].share == share)
			expelled += put_out(connections, fd);
	pthread_mutex_unlock(&connections->mutex);
	return expelled;
}

/* --- silence --------------------------------------------------------------------------------- */

void credd__connections_heard(struct credd_connections *connections, struct credd_share_place place)
{
	size_t guess;

	pthread_mutex_lock(&connections->mutex);
	guess = connections->by_port[guess_of(place)];
	for (size_t n = 0; n <= connections->capacity; n++) {
		size_t fd = n == 0 ? guess : n - 1;

		if (fd < connections->capacity && connections->by_fd[fd].share == place.share &&
			connections->by_fd[fd].port == place.port) {
			connections->by_fd[fd].heard = true;
			break;
		}
	}
	pthread_mutex_unlock(&connections->mutex);
}

/* Bytes since it was last heard; and, when core has been behind with it for long, what it takes a second. */
static uint64_t silence_of(
	struct connection *connection, size_t fd, int64_t now, uint64_t *ret_rate)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof info;
	int waiting = 0;
	uint64_t taken;

	*ret_rate = UINT64_MAX;
	if (getsockopt((int)fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
		ioctl((int)fd, SIOCINQ, &waiting) != 0)
		return 0;
	connection->received = info.tcpi_bytes_received;
	taken = connection->received - (uint64_t)waiting;
	if (waiting == 0 || connection->heard) {
		connection->behind = 0;
	} else if (connection->behind == 0) {
		connection->behind = now;
		connection->taken = taken;
	} else if (now - connection->behind >= PATIENCE_MS) {
		*ret_rate =
			(taken - connection->taken) * 1000 / (uint64_t)(now - connection->behind);
	}
	if (connection->heard)
		connection->cleared = connection->received;
	connection->heard = false;
	return connection->received - connection->cleared;
}

/* Nobody has listened so far: what is not suspicious was answered, as far as anybody knows. */
static void begin_listening(struct credd_connections *connections)
{
	for (size_t fd = 0; fd < connections->capacity; fd++) {
		struct connection *connection = &connections->by_fd[fd];

		connection->behind = 0;
		if (connection->received - connection->cleared <= SUSPICIOUS)
			connection->cleared = connection->received;
	}
}

struct loudest {
	uint64_t all;  /* bytes of them together */
	uint64_t rate; /* that core takes of them together, a second */
	uint64_t most; /* bytes of one, and which */
	size_t fd;
};

static void count_silence(struct loudest *loudest, size_t fd, uint64_t silence, uint64_t rate)
{
	loudest->all += silence;
	loudest->rate += rate;
	if (silence > loudest->most) {
		loudest->most = silence;
		loudest->fd = fd;
	}
}

/* Looks at each, and which are loudest of all and of those that core is behind with. mutex held */
static void look_at_all(
	struct credd_connections *connections, struct loudest *ret_all, struct loudest *ret_behind)
{
	const int64_t now = clock_ms();

	for (size_t fd = 0; fd < connections->capacity; fd++) {
		struct connection *connection = &connections->by_fd[fd];
		uint64_t silence, rate;

		if (connection->share == 0 || connection->inode != inode_of((int)fd))
			continue;
		silence = silence_of(connection, fd, now, &rate);
		count_silence(ret_all, fd, silence, 0);
		if (rate != UINT64_MAX && silence > SUSPICIOUS)
			count_silence(ret_behind, fd, silence, rate);
	}
}

bool credd__connections_look(struct credd_connections *connections,
	const struct credd_silence *allowed, uint32_t *ret_share, uint64_t *ret_silence)
{
	struct loudest all = {0}, behind = {0};
	const struct loudest *which = NULL;
	bool listening, full;

	pthread_mutex_lock(&connections->mutex);
	look_at_all(connections, &all, &behind);
	if (all.all > allowed->of_all || all.most > allowed->of_one)
		which = &all;
	else if (behind.most > SLOW_MIN && behind.rate < SLOW)
		which = &behind;
	full = connections->listening && which && put_out(connections, which->fd);
	if (full) {
		*ret_share = connections->by_fd[which->fd].share;
		*ret_silence = which->most;
	}
	listening = all.most > SUSPICIOUS;
	if (listening && !connections->listening)
		begin_listening(connections);
	connections->listening = listening;
	pthread_mutex_unlock(&connections->mutex);
	return full;
}

bool credd__connections_listening(const struct credd_connections *connections)
{
	return atomic_load_explicit(&connections->listening, memory_order_relaxed);
}

bool credd__connections_who(struct credd_connections *connections, int fd, struct ucred *ret_who)
{
	bool known;

	pthread_mutex_lock(&connections->mutex);
	known = fd >= 0 && (size_t)fd < connections->capacity && connections->by_fd[fd].inode != 0;
	if (known)
		*ret_who = connections->by_fd[fd].who;
	pthread_mutex_unlock(&connections->mutex);
	return known;
}
