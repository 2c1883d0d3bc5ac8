/* SPDX-License-Identifier: Apache-2.0
 *
 * lmdb_damage.c - the end of a process that met damage which no return value can tell.
 *
 * A page that the disk cannot read, or that was cut off from the file while it was open, comes as SIGBUS at
 * some read of the map. LMDB calls abort() where its own pages contradict themselves. Both mean the same: a
 * file is damaged, nothing that was acknowledged is safer by going on, and whoever starts the program again
 * must look first. So the program says that, and ends with an exit code instead of a core.
 *
 * A damaged branch page may also lead LMDB's search out of the map. That is SIGSEGV, which a defect of ours
 * would be too: the program says what is likely, and dies of it as it would have, with a core.
 */
#include "store/lmdb_private.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#define SANITIZER_SAYS_MORE true
#else
#define SANITIZER_SAYS_MORE false
#endif

/* Read by a signal handler, set before any store is opened. */
static void (*stop_program)(const char *what);

static const char what_is_wrong[] =
	"a file of the database is damaged or was cut off: stop, run 'credctl fsck', restore from "
	"a "
	"backup / 数据库文件已损坏或被截断：请停止服务，运行 credctl fsck，并从备份恢复\n";

static const char what_is_likely[] =
	"memory that is not there was read, most likely by way of a damaged page of the database: "
	"run "
	"'credctl fsck', and report this if it finds nothing / "
	"读取了不存在的内存，多为数据库页损坏所致：请运行 credctl fsck；若无异常请报告\n";

/* The same instruction runs again, and nobody stands in the way of the signal. */
static void on_segv(int signal_number)
{
	(void)signal_number;
	(void)!write(STDERR_FILENO, what_is_likely, sizeof what_is_likely - 1);
}

static void on_bus(int signal_number)
{
	(void)signal_number;
	stop_program(what_is_wrong);
}

void credit__store_assertion(MDB_env *env, const char *message)
{
	(void)env;
	(void)message;
	/* LMDB aborts when this returns. */
	if (stop_program)
		stop_program(what_is_wrong);
}

static bool handle(int signal_number, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = (int)SA_RESETHAND};

	sigemptyset(&action.sa_mask);
	return sigaction(signal_number, &action, NULL) == 0;
}

enum credit_error credit_store_on_damage(void (*stop)(const char *what))
{
	stop_program = stop;
	if (!SANITIZER_SAYS_MORE && !handle(SIGSEGV, on_segv))
		return CREDIT_E_INTERNAL;
	return handle(SIGBUS, on_bus) ? CREDIT_OK : CREDIT_E_INTERNAL;
}
