/* SPDX-License-Identifier: Apache-2.0
 *
 * daemon.h - the daemon from start to stop, once its configuration has been read.
 */
#ifndef CREDD_DAEMON_H
#define CREDD_DAEMON_H

#include "config.h"

/* All that can be found out before anything is opened for writing: keys, certificates, limits. */
enum credit_error credd_daemon_check(
	const struct credd_config *config, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* Runs until SIGTERM or SIGINT. CREDIT_OK after a graceful stop; otherwise why it did not start. */
enum credit_error credd_daemon_run(const struct credd_config *config, bool clock_confirmed,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
