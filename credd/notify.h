/* SPDX-License-Identifier: Apache-2.0
 *
 * notify.h - tells the service manager how far the daemon is: sd_notify(3), one datagram.
 */
#ifndef CREDD_NOTIFY_H
#define CREDD_NOTIFY_H

#include <stdint.h>

/* "READY=1", "STOPPING=1". Does nothing unless NOTIFY_SOCKET is set; a manager that does not listen
 * is no reason to stop. */
void credd_notify(const char *state);

/* Half the time within which the manager wants to hear "WATCHDOG=1" again, in milliseconds; 0: it does not
 * want to (sd_watchdog_enabled(3): WATCHDOG_USEC, and WATCHDOG_PID when it is ours). */
int64_t credd_watchdog_ms(void);

#endif
