/* SPDX-License-Identifier: Apache-2.0
 *
 * meta_page.c - reading both meta pages without LMDB.
 */
#include "store/meta_page.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define FLAGS 10
#define PAGE_META 0x08
#define MAGIC 0xbeefc0deU
#define VERSION 1U
#define PAGE_SIZE_MIN 512
#define PAGE_SIZE_MAX 65536

static bool is_meta(const uint8_t *page, uint32_t *ret_page_size)
{
	const uint8_t *meta = page + PAGE_HEADER;
	uint32_t magic, version;
	uint16_t flags;

	memcpy(&flags, page + FLAGS, sizeof flags);
	memcpy(&magic, meta, sizeof magic);
	memcpy(&version, meta + sizeof magic, sizeof version);
	/* Stands in front of the first tree, which has no other use for its place. */
	memcpy(ret_page_size, meta + META_TREES, sizeof *ret_page_size);
	return flags == PAGE_META && magic == MAGIC && version == VERSION &&
	       *ret_page_size >= PAGE_SIZE_MIN && *ret_page_size <= PAGE_SIZE_MAX &&
	       (*ret_page_size & (*ret_page_size - 1)) == 0;
}

enum credit_error credit__meta_pages_read(
	int fd, struct credit__meta_pages *ret_pages, unsigned *ret_bad)
{
	uint32_t first = 0, size;

	for (unsigned i = 0; i < META_PAGES; i++) {
		uint8_t *page = ret_pages->page[i];
		ssize_t got = pread(fd, page, sizeof ret_pages->page[i], (off_t)i * first);

		*ret_bad = i;
		if (got < 0)
			return CREDIT_E_IO;
		if (got < (ssize_t)sizeof ret_pages->page[i] || !is_meta(page, &size) ||
			(i > 0 && size != first))
			return CREDIT_E_STORE_CORRUPT;
		first = size;
		memcpy(&ret_pages->transaction[i], page + PAGE_HEADER + META_TRANSACTION,
			sizeof ret_pages->transaction[i]);
	}
	ret_pages->page_size = first;
	ret_pages->newest = ret_pages->transaction[1] > ret_pages->transaction[0];
	return CREDIT_OK;
}
