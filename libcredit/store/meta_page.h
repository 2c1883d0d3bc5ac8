/* SPDX-License-Identifier: Apache-2.0
 *
 * meta_page.h - the two first pages of a data file, each of which names a commit and its trees.
 *
 * LMDB writes them in turn: the one with the later transaction counts, and the other is of the commit before.
 *
 * Source: lmdb 0.9.24, mdb.c: MDB_page, MDB_meta, as a 64-bit little-endian machine writes them.
 */
#ifndef CREDIT_STORE_META_PAGE_H
#define CREDIT_STORE_META_PAGE_H

#include <credit/base.h>

#define PAGE_HEADER 16 /* number (8), pad (2), flags (2), lower (2), upper (2) or pages (4) */
#define META_TREES 24  /* in a meta page, after the header */
#define META_LAST 120
#define META_TRANSACTION 128
#define META_END 136
#define META_PAGES 2

struct credit__meta_pages {
	size_t page_size;
	uint8_t page[META_PAGES][PAGE_HEADER + META_END]; /* all of each that says anything */
	uint64_t transaction[META_PAGES];
	unsigned newest;
};

/* CREDIT_E_STORE_CORRUPT and in *ret_bad which page, when one of them is none. */
enum credit_error credit__meta_pages_read(
	int fd, struct credit__meta_pages *ret_pages, unsigned *ret_bad) CREDIT_MUST_CHECK;

#endif
