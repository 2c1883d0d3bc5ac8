/* SPDX-License-Identifier: Apache-2.0
 *
 * hook.c - starting gRPC, and its words on the way into our log.
 */
#include "rpc/core.h"

#include <dlfcn.h>
#include <grpc/support/log.h>
#include <stdarg.h>
#include <stdio.h>

#define LINE_MAX_BYTES 512

static void (*sink)(const char *level, const char *text);

void credd__log(const char *level, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list arguments;

	if (!sink)
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	sink(level, line);
}

/* What core calls an error is mostly a client's doing (a handshake that fails): a warning here. */
static void core_line(gpr_log_func_args *line)
{
	credd__log(line->severity == GPR_LOG_SEVERITY_ERROR ? "warning" : "debug", "grpc: %s",
		line->message);
}

/* Debian builds abseil with its lock-order checker on, and upstream's answer to a cycle that it
 * thinks it sees is abort(). The symbol is C++ and versioned; where it is missing, so is the
 * checker. */
static void ignore_lock_order_in_abseil(void)
{
	static const char name[] =
		"_ZN4absl7debian329SetMutexDeadlockDetectionModeENS0_15OnDeadlockCycleE";
	union {
		void *object;
		void (*function)(int mode);
	} found = {.object = dlsym(RTLD_DEFAULT, name)};

	if (found.object)
		found.function(0 /* kIgnore */);
}

void credd_rpc_init(void (*log_line)(const char *level, const char *text))
{
	sink = log_line;
	gpr_set_log_function(core_line);
	ignore_lock_order_in_abseil();
	grpc_init();
}

void credd_rpc_deinit(void)
{
	grpc_shutdown();
}
