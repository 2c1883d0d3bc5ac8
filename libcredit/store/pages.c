/* SPDX-License-Identifier: Apache-2.0
 *
 * pages.c - the pages of a data file, looked at one by one before LMDB is let near them.
 *
 * LMDB trusts what it has written: an offset or a length that was damaged leads it out of its page, its
 * file or its map. So every tree is walked here with each number held to its bounds: the free list, the
 * main tree, the keyspaces that it names. No page may be used twice, keys must ascend, and what a tree says
 * of its size must be so.
 *
 * Source: lmdb 0.9.24, mdb.c: MDB_page, MDB_node, MDB_db, MDB_meta, as a 64-bit little-endian machine
 * writes them.
 */
#include "store/settled.h"

#include <credit/store.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FAULTS_MAX 100
#define PROGRESS_PAGES 65536
#define DEPTH_MAX 32
#define KEYSPACES_MAX (CREDIT_KEYSPACES_MAX + 1) /* the store's own, too */

#define HEADER PAGE_HEADER
#define NODE_HEADER 8 /* size or page (4), flags or page (2), size of the key (2) */
#define TREE_SIZE 48  /* pad (4), flags (2), depth (2), then five numbers of 8: see struct tree */

enum page_flag {
	PAGE_BRANCH = 0x01,
	PAGE_LEAF = 0x02,
	PAGE_OVERFLOW = 0x04,
};

enum node_flag {
	NODE_BIG = 0x01,  /* the value is on pages of its own */
	NODE_TREE = 0x02, /* the value is a tree: a keyspace */
};

struct tree {
	uint16_t depth;
	uint64_t branches, leaves, overflows, entries, root; /* UINT64_MAX: empty */
};

struct node {
	uint16_t flags;
	uint64_t child; /* of a branch */
	uint64_t size;  /* of a leaf's value */
	struct credit_bytes key;
	const uint8_t *data; /* inside the page, or the number of the first page (8) */
};

struct keyspace {
	struct tree tree;
	uint64_t page; /* where it is described */
};

struct pages {
	int fd;
	uint64_t size; /* of the file */
	size_t page_size;
	uint64_t last;
	uint8_t *used;   /* a bit a page */
	uint8_t *memory; /* a page for each depth, and one */
	uint64_t looked_at;
	unsigned faults;
	struct keyspace keyspaces[KEYSPACES_MAX];
	size_t keyspace_count;
	void *context;
	void (*fault)(void *context, uint64_t page, const char *what);
	void (*progress)(void *context, uint64_t done, uint64_t total);
};

/* A walk through one tree. */
struct walk {
	struct pages *pages;
	struct tree found; /* counted */
	uint16_t depth;
	bool numbers; /* keys are numbers of this machine: the free list */
	uint8_t last[CREDIT_KEY_MAX];
	size_t last_size;   /* SIZE_MAX: none yet */
	bool last_is_bound; /* the next key may be equal to it */
	bool (*value)(struct walk *walk, uint64_t page, const struct node *node);
};

static uint16_t u16(const uint8_t *at)
{
	uint16_t number;

	memcpy(&number, at, sizeof number);
	return number;
}

static uint32_t u32(const uint8_t *at)
{
	uint32_t number;

	memcpy(&number, at, sizeof number);
	return number;
}

static uint64_t u64(const uint8_t *at)
{
	uint64_t number;

	memcpy(&number, at, sizeof number);
	return number;
}

/* Always false, so that a refusal is one line. */
static bool tell(struct pages *pages, uint64_t page, const char *what)
{
	if (pages->faults++ < FAULTS_MAX)
		pages->fault(pages->context, page, what);
	return false;
}

/* --- pages -------------------------------------------------------------------------------------- */

static bool read_at(struct pages *pages, uint64_t page, uint8_t *memory)
{
	size_t done = 0;

	while (done < pages->page_size) {
		ssize_t got = pread(pages->fd, memory + done, pages->page_size - done,
			(off_t)(page * pages->page_size + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return tell(pages, page,
				got < 0 ? "it cannot be read from the disk"
					: "it is behind the end of the file");
		done += (size_t)got;
	}
	return true;
}

/* Marks `count` pages as used. */
static bool use(struct pages *pages, uint64_t page, uint64_t count)
{
	if (page < 2 || count > pages->last || page > pages->last - count + 1)
		return tell(pages, page, "a number leads to it that is no page of the file");
	for (uint64_t i = page; i < page + count; i++) {
		if (pages->used[i / 8] & 1U << i % 8)
			return tell(pages, i, "it is used twice");
		pages->used[i / 8] |= (uint8_t)(1U << i % 8);
	}
	pages->looked_at += count;
	if (pages->looked_at / PROGRESS_PAGES != (pages->looked_at - count) / PROGRESS_PAGES)
		pages->progress(pages->context, pages->looked_at * pages->page_size, pages->size);
	return true;
}

static bool read_page(
	struct pages *pages, uint64_t page, uint64_t count, uint8_t *memory, uint16_t *ret_flags)
{
	if (!use(pages, page, count) || !read_at(pages, page, memory))
		return false;
	*ret_flags = u16(memory + 10);
	return u64(memory) == page || tell(pages, page, "it has another page's number");
}

/* --- nodes -------------------------------------------------------------------------------------- */

static bool read_node(struct pages *pages, uint64_t page, const uint8_t *memory, bool branch,
	size_t index, struct node *ret_node)
{
	size_t upper = u16(memory + 14), at = u16(memory + HEADER + 2 * index), room, key, value;
	const uint8_t *node = memory + at;

	if (at < upper || at % 2 != 0 || at + NODE_HEADER > pages->page_size)
		return tell(pages, page, "an entry lies outside of it");
	room = pages->page_size - at - NODE_HEADER;
	key = u16(node + 6);
	*ret_node =
		(struct node){.key = {node + NODE_HEADER, key}, .data = node + NODE_HEADER + key};
	if (branch) {
		ret_node->child = (uint64_t)u16(node + 4) << 32 | u32(node);
		value = 0;
	} else {
		ret_node->size = u32(node);
		ret_node->flags = u16(node + 4);
		value = ret_node->flags & NODE_BIG ? 8 : ret_node->size;
		if (ret_node->flags & ~(NODE_BIG | NODE_TREE))
			return tell(pages, page, "an entry is of a kind that is never written");
	}
	if (key > room || value > room - key)
		return tell(pages, page, "an entry is longer than the page");
	return key <= CREDIT_KEY_MAX || tell(pages, page, "a key is longer than any");
}

static int compare(const struct walk *walk, struct credit_bytes key)
{
	size_t common = key.size < walk->last_size ? key.size : walk->last_size;
	int order;

	if (walk->numbers && key.size == 8 && walk->last_size == 8) {
		uint64_t last = u64(walk->last), number = u64(key.data);

		return (last > number) - (last < number);
	}
	order = memcmp(walk->last, key.data, common);
	return order ? order : (walk->last_size > key.size) - (walk->last_size < key.size);
}

/* Keys ascend through all leaves, and the keys of branches stand between them. */
static bool take_key(struct walk *walk, uint64_t page, struct credit_bytes key, bool bound)
{
	if (walk->last_size != SIZE_MAX) {
		int order = compare(walk, key);

		if (order > 0 || (order == 0 && !walk->last_is_bound))
			return tell(walk->pages, page, "its keys are not in order");
	}
	memcpy(walk->last, key.data, key.size);
	walk->last_size = key.size;
	walk->last_is_bound = bound;
	return true;
}

/* The pages of a large value: only the first has a header. */
static bool take_big(struct walk *walk, const struct node *node)
{
	struct pages *pages = walk->pages;
	uint64_t first = u64(node->data);
	uint64_t count = (HEADER - 1 + node->size) / pages->page_size + 1;
	uint8_t *memory = pages->memory + DEPTH_MAX * pages->page_size;
	uint16_t flags;

	walk->found.overflows += count;
	if (!read_page(pages, first, count, memory, &flags))
		return false;
	return (flags & PAGE_OVERFLOW && u32(memory + 12) == count) ||
	       tell(pages, first, "it is not the large value that it should be");
}

/* --- trees -------------------------------------------------------------------------------------- */

static bool walk_page(struct walk *walk, uint64_t page, uint16_t depth);

static bool take_leaf(struct walk *walk, uint64_t page, const struct node *node)
{
	walk->found.entries++;
	if (node->flags & NODE_BIG && !take_big(walk, node))
		return false;
	return !walk->value || walk->value(walk, page, node);
}

static bool take_node(struct walk *walk, uint64_t page, const uint8_t *memory, bool branch,
	size_t index, uint16_t depth)
{
	struct node node;

	if (!read_node(walk->pages, page, memory, branch, index, &node))
		return false;
	/* The first key of a branch is not looked at, whatever it is. */
	if (!(branch && index == 0) && !take_key(walk, page, node.key, branch))
		return false;
	return branch ? walk_page(walk, node.child, (uint16_t)(depth + 1))
		      : take_leaf(walk, page, &node);
}

static bool walk_page(struct walk *walk, uint64_t page, uint16_t depth)
{
	struct pages *pages = walk->pages;
	uint8_t *memory;
	uint16_t flags, lower, upper;
	bool branch = depth < walk->depth, sound = true;

	if (depth > DEPTH_MAX)
		return tell(pages, page, "the tree is deeper than any");
	memory = pages->memory + (depth - 1U) * pages->page_size;
	if (!read_page(pages, page, 1, memory, &flags))
		return false;
	lower = u16(memory + 12);
	upper = u16(memory + 14);
	if (flags != (branch ? PAGE_BRANCH : PAGE_LEAF))
		return tell(pages, page, "it is of another kind than its place");
	if (lower < HEADER + 2 || lower % 2 != 0 || lower > upper || upper > pages->page_size ||
		(branch && lower < HEADER + 4))
		return tell(pages, page, "its bounds are no bounds");
	*(branch ? &walk->found.branches : &walk->found.leaves) += 1;
	for (size_t i = 0; i < (lower - HEADER) / 2U; i++)
		sound &= take_node(walk, page, memory, branch, i, depth);
	return sound;
}

static struct tree read_tree(const uint8_t *at)
{
	return (struct tree){.depth = u16(at + 6),
		.branches = u64(at + 8),
		.leaves = u64(at + 16),
		.overflows = u64(at + 24),
		.entries = u64(at + 32),
		.root = u64(at + 40)};
}

/* `page` is where the tree is described. */
static void walk_tree(struct pages *pages, uint64_t page, const struct tree *tree, bool numbers,
	bool (*value)(struct walk *walk, uint64_t page, const struct node *node))
{
	struct walk walk = {.pages = pages,
		.depth = tree->depth,
		.numbers = numbers,
		.last_size = SIZE_MAX,
		.value = value};

	if ((tree->root == UINT64_MAX) != (tree->depth == 0)) {
		tell(pages, page, "it describes a tree that cannot be");
		return;
	}
	if (tree->depth > 0 && !walk_page(&walk, tree->root, 1))
		return;
	if (walk.found.branches != tree->branches || walk.found.leaves != tree->leaves ||
		walk.found.overflows != tree->overflows || walk.found.entries != tree->entries)
		tell(pages, page, "it describes a tree of another size");
}

/* --- the three kinds of trees ------------------------------------------------------------------- */

/* The main tree names the keyspaces, which are walked when it is done: its pages lie in `memory`. */
static bool take_keyspace(struct walk *walk, uint64_t page, const struct node *node)
{
	struct pages *pages = walk->pages;

	if (node->flags != NODE_TREE || node->size != TREE_SIZE ||
		pages->keyspace_count == KEYSPACES_MAX)
		return tell(pages, page, "an entry of the main tree is no keyspace");
	pages->keyspaces[pages->keyspace_count++] =
		(struct keyspace){.tree = read_tree(node->data), .page = page};
	return true;
}

/* A list of free pages: how many (8), then their numbers (8 each). */
static bool take_free(struct walk *walk, uint64_t page, const struct node *node)
{
	struct pages *pages = walk->pages;
	uint8_t *copy = NULL;
	const uint8_t *list = node->data;
	bool sound = node->size >= 8 && node->size % 8 == 0;

	if (sound && node->flags & NODE_BIG) {
		list = copy = malloc(node->size);
		sound = copy && pread(pages->fd, copy, node->size,
					(off_t)(u64(node->data) * pages->page_size + HEADER)) ==
					(ssize_t)node->size;
	}
	sound = sound && u64(list) == node->size / 8 - 1;
	for (size_t i = 8; sound && i < node->size; i += 8)
		sound = use(pages, u64(list + i), 1);
	free(copy);
	return sound || tell(pages, page, "its list of free pages is none");
}

static void walk_all(struct pages *pages, uint64_t meta, const uint8_t *trees)
{
	const struct tree free_list = read_tree(trees), main_tree = read_tree(trees + TREE_SIZE);

	walk_tree(pages, meta, &free_list, true, take_free);
	walk_tree(pages, meta, &main_tree, false, take_keyspace);
	for (size_t i = 0; i < pages->keyspace_count; i++)
		walk_tree(pages, pages->keyspaces[i].page, &pages->keyspaces[i].tree, false, NULL);
	pages->progress(pages->context, pages->size, pages->size);
}

/* --- the file ----------------------------------------------------------------------------------- */

/* Both meta pages must be sound; the one counts that the store would open with. */
static bool read_meta(
	struct pages *pages, int folder, struct credit__meta_pages *ret_metas, unsigned *ret_meta)
{
	unsigned bad = 0, newest;

	if (credit__meta_pages_read(pages->fd, ret_metas, &bad) != CREDIT_OK)
		return tell(pages, bad, "it is no meta page");
	newest = ret_metas->newest;
	pages->page_size = ret_metas->page_size;
	if (ret_metas->transaction[newest] - ret_metas->transaction[!newest] > 1)
		return tell(pages, newest, "the two meta pages are not of transactions in turn");
	*ret_meta = credit__settled_meta(folder, ret_metas);
	pages->last = u64(ret_metas->page[*ret_meta] + HEADER + META_LAST);
	return pages->last < pages->size / pages->page_size ||
	       tell(pages, *ret_meta, "the file is shorter than it says: it was cut off");
}

static enum credit_error check(struct pages *pages, int folder)
{
	struct credit__meta_pages metas;
	unsigned meta = 0;

	if (!read_meta(pages, folder, &metas, &meta))
		return CREDIT_OK;
	pages->memory = malloc((DEPTH_MAX + 1) * pages->page_size);
	pages->used = calloc(pages->last / 8 + 1, 1);
	if (!pages->memory || !pages->used)
		return CREDIT_E_NO_MEMORY;
	walk_all(pages, meta, metas.page[meta] + HEADER + META_TREES);
	return CREDIT_OK;
}

enum credit_error credit_store_check_pages(const char *path, void *context,
	void (*fault)(void *context, uint64_t page, const char *what),
	void (*progress)(void *context, uint64_t done, uint64_t total))
{
	struct pages pages = {.context = context, .fault = fault, .progress = progress, .fd = -1};
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat status;
	enum credit_error error = CREDIT_OK;

	if (folder >= 0)
		pages.fd = openat(folder, "data.mdb", O_RDONLY | O_CLOEXEC);
	if (pages.fd < 0 || fstat(pages.fd, &status) != 0)
		error = errno == ENOENT ? CREDIT_E_NOT_FOUND : CREDIT_E_IO;
	if (!error) {
		pages.size = (uint64_t)status.st_size;
		error = check(&pages, folder);
	}
	free(pages.used);
	free(pages.memory);
	if (pages.fd >= 0)
		close(pages.fd);
	if (folder >= 0)
		close(folder);
	return error;
}
