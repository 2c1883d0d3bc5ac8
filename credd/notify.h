/* SPDX-License-Identifier: Apache-2.0
 *
 * notify.h - tells the service manager how far the daemon is: sd_notify(3), one datagram.
 */
#ifndef CREDD_NOTIFY_H
#define CREDD_NOTIFY_H

/* "READY=1", "STOPPING=1". Does nothing unless NOTIFY_SOCKET is set; a manager that does not listen
 * is no reason to stop. */
void credd_notify(const char *state);

#endif
