/* SPDX-License-Identifier: Apache-2.0
 *
 * check.h - the check that stands behind each stored value.
 *
 * LMDB keeps no checksums: a bit that turns on a disk would be served as what was stored. So four
 * bytes follow each value, over keyspace, key and value, and a row is looked at before it is handed
 * out. What is meant is damage, not a forger: whoever can write the file can write the check too,
 * and is caught by the hashes and signatures of what is stored.
 */
#ifndef CREDIT_STORE_CHECK_H
#define CREDIT_STORE_CHECK_H

#include <credit/base.h>

#define CHECK_SIZE 4

/* Before the first check. */
void credit__check_init(void);
/* What the keyspace adds to the checks of its rows. */
uint32_t credit__check_seed(const char *keyspace);
/* docs/spec/journal.md, section 1: four CRC-32C in step, and one over them. */
uint32_t credit__check(uint32_t seed, struct credit_bytes key, struct credit_bytes value);
/* The same where the processor has no instruction for it. */
uint32_t credit__check_slow(uint32_t seed, struct credit_bytes key, struct credit_bytes value);

#endif
