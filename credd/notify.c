/* SPDX-License-Identifier: Apache-2.0
 *
 * notify.c - the datagram of sd_notify(3), without a library for it.
 */
#include "notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int64_t credd_watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	long long wanted = usec ? strtoll(usec, NULL, 10) : 0;

	if (wanted < 2000 || (pid && strtol(pid, NULL, 10) != (long)getpid()))
		return 0;
	return wanted / 2000;
}

void credd_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = path ? strlen(path) : 0;

	if (length == 0 || length >= sizeof address.sun_path)
		return;
	memcpy(address.sun_path, path, length);
	/* "@name" stands for a name in the abstract space, which begins with a NUL. */
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	int notice = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notice < 0)
		return;
	ssize_t sent = sendto(notice, state, strlen(state), MSG_NOSIGNAL,
		(const struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	(void)sent;
	close(notice);
}
