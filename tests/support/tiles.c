/* SPDX-License-Identifier: Apache-2.0
 *
 * tiles.c - a store of tiles in memory.
 */
#include "tests/support/tiles.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

static size_t find(const struct tiles *tiles, uint32_t level, uint64_t index)
{
	size_t i = 0;

	while (i < tiles->count && (tiles->tile[i].level != level || tiles->tile[i].index != index))
		i++;
	return i;
}

static struct credit_hash *copy_of(const struct credit_hash *hashes, size_t width)
{
	struct credit_hash *copy = malloc(width * sizeof(*copy));

	if (copy == NULL)
		err(1, "no memory for tiles");
	memcpy(copy, hashes, width * sizeof(*copy));
	return copy;
}

static enum credit_error write_tile(void *context, uint32_t level, uint64_t index,
	const struct credit_hash *hashes, uint32_t width)
{
	struct tiles *tiles = context;
	size_t i = find(tiles, level, index);

	if (tiles->flush_writes++ > 0 &&
		(level < tiles->last_level ||
			(level == tiles->last_level && index <= tiles->last_index)))
		tiles->disordered = true;
	tiles->last_level = level;
	tiles->last_index = index;
	if (++tiles->writes == tiles->fail_write_at)
		return CREDIT_E_NO_SPACE;
	if (i == TILES_MAX || width == 0 || width > CREDIT_TILE_WIDTH)
		errx(1, "tile (%u, %ju) of width %u cannot be", level, (uintmax_t)index, width);
	if (i == tiles->count)
		tiles->count++;
	else if (width < tiles->tile[i].width ||
		 memcmp(hashes, tiles->tile[i].hashes, tiles->tile[i].width * sizeof(*hashes)) != 0)
		errx(1, "tile (%u, %ju) changed instead of growing", level, (uintmax_t)index);
	free(tiles->tile[i].hashes);
	tiles->tile[i].hashes = copy_of(hashes, width);
	tiles->tile[i].level = level;
	tiles->tile[i].index = index;
	tiles->tile[i].width = width;
	return CREDIT_OK;
}

static enum credit_error read_tile(void *context, uint32_t level, uint64_t index, uint32_t width,
	const struct credit_hash **ret_hashes)
{
	struct tiles *tiles = context;
	size_t i = find(tiles, level, index);

	free(tiles->view);
	tiles->view = NULL;
	if (++tiles->reads == tiles->fail_read_at)
		return CREDIT_E_IO;
	if (i == tiles->count || width == 0 || tiles->tile[i].width < width)
		return CREDIT_E_STORE_CORRUPT;
	tiles->view = copy_of(tiles->tile[i].hashes, width);
	*ret_hashes = tiles->view;
	return CREDIT_OK;
}

struct credit_tile_source tiles_source(struct tiles *tiles)
{
	return (struct credit_tile_source){tiles, read_tile};
}

enum credit_error tiles_flush(struct tiles *tiles, struct credit_log *log)
{
	tiles->flush_writes = 0;
	return credit_log_flush(log, tiles, write_tile);
}

uint32_t tiles_width(const struct tiles *tiles, uint32_t level, uint64_t index)
{
	size_t i = find(tiles, level, index);

	return i == tiles->count ? 0 : tiles->tile[i].width;
}

void tiles_deinit(struct tiles *tiles)
{
	for (size_t i = 0; i < tiles->count; i++)
		free(tiles->tile[i].hashes);
	free(tiles->view);
	memset(tiles, 0, sizeof(*tiles));
}

struct credit_hash tiles_leaf(uint64_t number)
{
	struct credit_hash hash;

	credit_leaf_hash((struct credit_bytes){(const uint8_t *)&number, sizeof(number)}, &hash);
	return hash;
}
