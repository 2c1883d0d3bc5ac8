/* SPDX-License-Identifier: Apache-2.0
 *
 * snapshot.h - what the writer and the reader of snapshots share: numbers of the format.
 */
#ifndef CREDIT_PROOF_SNAPSHOT_H
#define CREDIT_PROOF_SNAPSHOT_H

#include <credit/snapshot.h>

#define CREDIT__SNAPSHOT_MAGIC "CRS1"
#define CREDIT__SNAPSHOT_BODY_MAGIC "CSB1"
#define CREDIT__SNAPSHOT_MAGIC_SIZE 4

/* docs/spec/snapshot.md: "id (length u8, 1 to 64), title (length u16, at most 400)" */
#define CREDIT__SNAPSHOT_ID_MAX 64
#define CREDIT__SNAPSHOT_TITLE_MAX 400
#define CREDIT__SNAPSHOT_LIST_MAX \
	(2 + 1 + 1 + CREDIT__SNAPSHOT_ID_MAX + 2 * (2 + CREDIT__SNAPSHOT_TITLE_MAX))
#define CREDIT__SNAPSHOT_ENTRY_SIZE 9
#define CREDIT__SNAPSHOT_ENTITY_MAX \
	(1 + CREDIT_USCC_SIZE + 1 + CREDIT_SNAPSHOT_ENTRIES_MAX * CREDIT__SNAPSHOT_ENTRY_SIZE)
#define CREDIT__SNAPSHOT_HEADER_MAX (4 + 1 + CREDIT_KEY_NAME_MAX + 4 * 8 + CREDIT_HASH_SIZE + 2)

/* docs/spec/snapshot.md: "A date is its days since 1970-01-01 plus 7,397" */
#define CREDIT__SNAPSHOT_DAY_BIAS (-CREDIT_DAY_MIN)

#define CREDIT__SNAPSHOT_DISPUTED 1
#define CREDIT__SNAPSHOT_SUSPENDED 2

/* docs/spec/snapshot.md: "A code has digits and capital letters only." */
static inline bool credit__snapshot_code_character(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

static inline bool credit__snapshot_knows(const uint8_t *known, uint32_t number)
{
	return known[number / 8] >> (number % 8) & 1;
}

static inline void credit__snapshot_know(uint8_t *known, uint32_t number)
{
	known[number / 8] = (uint8_t)(known[number / 8] | 1U << (number % 8));
}

#endif
