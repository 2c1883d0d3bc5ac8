/* SPDX-License-Identifier: Apache-2.0
 *
 * lmdb_damage.c - the end of a process that met damage which no return value can tell.
 *
 * A page that the disk cannot read, or that was cut off from the file while it was open, comes as SIGBUS at
 * some read of the map. LMDB calls abort() where its own pages contradict themselves. Both mean the same: a
 * file is damaged, nothing that was acknowledged is safer by going on, and whoever starts the program again
 * must look first. So the program says that, and ends with an exit code instead of a core.
 */
#include "store/lmdb_private.h"

#include <signal.h>
#include <stddef.h>

/* Read by a signal handler, set before any store is opened. */
static void (*stop_program)(const char *what);

static const char what_is_wrong[] =
	"a file of the database is damaged or was cut off: stop, run 'credctl fsck', restore from "
	"a "
	"backup / 数据库文件已损坏或被截断：请停止服务，运行 credctl fsck，并从备份恢复\n";

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

enum credit_error credit_store_on_damage(void (*stop)(const char *what))
{
	struct sigaction action = {.sa_handler = on_bus, .sa_flags = (int)SA_RESETHAND};

	stop_program = stop;
	sigemptyset(&action.sa_mask);
	return sigaction(SIGBUS, &action, NULL) == 0 ? CREDIT_OK : CREDIT_E_INTERNAL;
}
