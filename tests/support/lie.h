/* SPDX-License-Identifier: Apache-2.0
 *
 * lie.h - makes a registry lie: rewrites in its journal what an act did, while it is stopped and has not
 * published the act yet. It then replays the lie, builds its map on it and signs the root.
 */
#ifndef TESTS_SUPPORT_LIE_H
#define TESTS_SUPPORT_LIE_H

#include <stdint.h>

/* Takes every listing out of the status that the last row of an epoch put. `data`: the registry's data
 * folder. Aborts with a message when there is no such row or status. Returns the row. */
uint32_t lie_about_lists(const char *data, uint64_t epoch);
/* The last epoch in the journal. */
uint64_t lie_last_epoch(const char *data);

#endif
