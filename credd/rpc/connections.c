/* SPDX-License-Identifier: Apache-2.0
 *
 * connections.c - which file descriptors are connections, how many, and whose.
 *
 * Core closes a connection without telling anybody. So the table remembers, for each file
 * descriptor that was handed over, the socket's inode: when the descriptor is gone or has another
 * inode, the connection is closed. That is looked at only when the table seems full, so an ordinary
 * accept costs one fstat.
 */
#include "rpc/core.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

struct connection {
	ino_t inode; /* 0: none */
	struct ucred who;
};

struct credd_connections {
	pthread_mutex_t mutex;
	struct connection *by_fd;
	size_t capacity;
	uint32_t max, count;
};

#define CAPACITY_FIRST 256

struct credd_connections *credd__connections_new(uint32_t max)
{
	struct credd_connections *connections = calloc(1, sizeof *connections);

	if (!connections)
		return NULL;
	connections->max = max;
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

static void sweep(struct credd_connections *connections)
{
	for (size_t fd = 0; fd < connections->capacity; fd++) {
		struct connection *connection = &connections->by_fd[fd];

		if (connection->inode && connection->inode != inode_of((int)fd)) {
			connection->inode = 0;
			connections->count--;
		}
	}
}

bool credd__connections_room(struct credd_connections *connections, uint32_t reserved)
{
	uint32_t max = connections->max > reserved ? connections->max - reserved : 1;

	pthread_mutex_lock(&connections->mutex);
	if (connections->count >= max)
		sweep(connections);
	bool room = connections->count < max;
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

void credd__connections_add(struct credd_connections *connections, int fd, const struct ucred *who)
{
	pthread_mutex_lock(&connections->mutex);
	if (make_room(connections, (size_t)fd)) {
		struct connection *connection = &connections->by_fd[fd];

		connections->count += connection->inode == 0;
		connection->inode = inode_of(fd);
		connection->who = *who;
	}
	pthread_mutex_unlock(&connections->mutex);
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
