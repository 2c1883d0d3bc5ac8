/* SPDX-License-Identifier: Apache-2.0
 *
 * tiles.h - a store of tiles in memory, as strict as the real one must be.
 *
 * It refuses a tile that comes narrower than before or with other hashes in it, and counts reads
 * and writes. Every tile is kept in memory of exactly its size, which is freed when a wider one
 * comes, and what `read` returns is gone at the next read, so that AddressSanitizer sees a view
 * that is used for too long.
 */
#ifndef TESTS_SUPPORT_TILES_H
#define TESTS_SUPPORT_TILES_H

#include <credit/log.h>

#define TILES_MAX 4096

struct tiles {
	struct {
		uint32_t level, width;
		uint64_t index;
		struct credit_hash *hashes;
	} tile[TILES_MAX];
	size_t count;
	struct credit_hash *view;
	size_t reads, writes;
	size_t fail_write_at; /* the n-th write fails, once; 0: none */
	size_t fail_read_at;  /* likewise */
	bool disordered;      /* some flush was not in order of (level, index) */
	uint32_t last_level;  /* of the flush in progress */
	uint64_t last_index;
	size_t flush_writes; /* of the flush in progress */
};

struct credit_tile_source tiles_source(struct tiles *tiles);
enum credit_error tiles_flush(struct tiles *tiles, struct credit_log *log);
/* The width of a tile in the store; 0 when it is not there. */
uint32_t tiles_width(const struct tiles *tiles, uint32_t level, uint64_t index);
void tiles_deinit(struct tiles *tiles);

/* The hash of a made-up leaf, different for every number. */
struct credit_hash tiles_leaf(uint64_t number);

#endif
