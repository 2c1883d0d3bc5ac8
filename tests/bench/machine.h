/* SPDX-License-Identifier: Apache-2.0
 *
 * machine.h - on what it was measured.
 */
#ifndef TESTS_BENCH_MACHINE_H
#define TESTS_BENCH_MACHINE_H

#include "tests/bench/bench.h"

/* Fills machine, server_core and client_core; reads folder. */
void bench_machine(struct bench *bench);

#endif
