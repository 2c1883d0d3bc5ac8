/* SPDX-License-Identifier: Apache-2.0
 *
 * log.h - the append-only Merkle log: tree hashes, tiles, proofs, signed notes, checkpoints,
 * cosignatures.
 *
 * The tree is RFC 6962's: leaf SHA-256(00 || entry), node SHA-256(01 || left || right). Hashes are
 * stored as tiles of height 8 (C2SP tlog-tiles): tile (level L, index N) holds up to 256 hashes of
 * the nodes at height 8 L. Only complete subtrees are ever stored, so a tile only grows.
 *
 * This room does no I/O: the caller gives a struct credit_tile_source to read from, and gets the
 * tiles that an append changed to write. Verification needs neither tiles nor memory.
 *
 * Threads: pure functions; a struct credit_log or credit_prover belongs to one thread at a time.
 *
 * Source: RFC 6962 2.1, RFC 9162 2.1, C2SP tlog-tiles, tlog-checkpoint, signed-note,
 * tlog-cosignature.
 */
#ifndef CREDIT_LOG_H
#define CREDIT_LOG_H

#include <credit/base.h>
#include <credit/crypto.h>

#define CREDIT_TILE_HEIGHT 8
#define CREDIT_TILE_WIDTH 256
#define CREDIT_TILE_BYTES (CREDIT_TILE_WIDTH * CREDIT_HASH_SIZE)
#define CREDIT_PATH_MAX 64 /* hashes in the longest possible path */
/* So that a path has at most CREDIT_PATH_MAX hashes and a size fits signed integers elsewhere. */
#define CREDIT_LOG_SIZE_MAX ((uint64_t)INT64_MAX)

struct credit_tree_head {
	uint64_t size;
	struct credit_hash root; /* of size 0: SHA-256 of nothing */
};

/* A path as it is stored and sent: hashes one after the other, leaf side first. */
struct credit_path {
	uint32_t count;
	struct credit_hash hash[CREDIT_PATH_MAX];
};

CREDIT_API void credit_leaf_hash(struct credit_bytes entry, struct credit_hash *ret_hash);
CREDIT_API void credit_node_hash(const struct credit_hash *left, const struct credit_hash *right,
	struct credit_hash *ret_hash);
/* RFC 6962 MTH over leaf hashes already made; used for manifests. count 0 gives SHA-256(""). */
CREDIT_API void credit_tree_root(
	const struct credit_hash *leaf_hashes, size_t count, struct credit_hash *ret_root);
/* Path of leaf `index` in a tree of leaf hashes held in memory. index < count. Hashes the whole
 * tree once (90 us for 1,000 leaves): for one leaf of a manifest, not for each of them. */
CREDIT_API void credit_tree_path(const struct credit_hash *leaf_hashes, size_t count, size_t index,
	struct credit_path *ret_path);

/* --- verification: constant memory, any bytes from a stranger --- */

CREDIT_API enum credit_error credit_inclusion_verify(uint64_t index, uint64_t size,
	const struct credit_hash *leaf_hash, const struct credit_hash *path, size_t path_count,
	const struct credit_hash *root) CREDIT_MUST_CHECK;
/* From an old head of size 0 the path is empty, and the old root must be that of the empty tree. */
CREDIT_API enum credit_error credit_consistency_verify(const struct credit_tree_head *old_head,
	const struct credit_tree_head *new_head, const struct credit_hash *path,
	size_t path_count) CREDIT_MUST_CHECK;

/* --- tiles --- */

/* Reads tile (level, index) with at least `width` hashes (1..256). The view stays valid until the
 * next call on the same source. CREDIT_E_STORE_CORRUPT when it is not there. */
struct credit_tile_source {
	void *context;
	enum credit_error (*read)(void *context, uint32_t level, uint64_t index, uint32_t width,
		const struct credit_hash **ret_hashes);
};

/* The growing end of the tree: the rightmost, partial tile of every level. About 64 KiB. */
struct credit_log;
CREDIT_API enum credit_error credit_log_new(struct credit_log **ret_log) CREDIT_MUST_CHECK;
CREDIT_API void credit_log_free(struct credit_log *log);
/* Loads the right edge of a tree of `size` leaves in place of what was there; on failure what was
 * there stays. Loading an earlier size takes appended leaves back. */
CREDIT_API enum credit_error credit_log_load(struct credit_log *log, uint64_t size,
	const struct credit_tile_source *source) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_log_append(
	struct credit_log *log, const struct credit_hash *leaf_hash) CREDIT_MUST_CHECK;
CREDIT_API void credit_log_head(const struct credit_log *log, struct credit_tree_head *ret_head);

/* Every tile changed since the last call of credit_log_flush or _load, in order of (level, index):
 * full ones and the partial right edge. `write` gets the whole tile so far. Stops at and returns
 * the first error of `write`; flushing again then repeats all of it. */
CREDIT_API enum credit_error credit_log_flush(struct credit_log *log, void *context,
	enum credit_error (*write)(void *context, uint32_t level, uint64_t index,
		const struct credit_hash *hashes, uint32_t width)) CREDIT_MUST_CHECK;

/* A tile's hashes, as far as the last flush has not let go of them; *ret_width says how many, 0: the tile
 * is full and flushed, or not there. Valid until the next append, flush or load. */
CREDIT_API const struct credit_hash *credit_log_tile(
	const struct credit_log *log, uint32_t level, uint64_t index, uint32_t *ret_width);

/* Makes paths from tiles, keeping expanded tiles in a small cache, so that the paths of
 * neighbouring leaves cost a few look-ups and no hashing. The cache stays right as the log grows; a
 * prover that has read tiles of leaves that were then taken back must be freed. About 1 MiB. */
struct credit_prover;
CREDIT_API enum credit_error credit_prover_new(const struct credit_tile_source *source,
	struct credit_prover **ret_prover) CREDIT_MUST_CHECK;
CREDIT_API void credit_prover_free(struct credit_prover *prover);
/* RFC 6962 PATH(index, D[size]) for any size the source has tiles of, not only the newest;
 * CREDIT_E_LOG_INDEX when index >= size. */
CREDIT_API enum credit_error credit_prove_inclusion(struct credit_prover *prover, uint64_t index,
	uint64_t size, struct credit_path *ret_path) CREDIT_MUST_CHECK;
/* RFC 6962 PROOF(old_size, D[size]); old_size 0 gives an empty path. */
CREDIT_API enum credit_error credit_prove_consistency(struct credit_prover *prover,
	uint64_t old_size, uint64_t size, struct credit_path *ret_path) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_prove_root(struct credit_prover *prover, uint64_t size,
	struct credit_hash *ret_root) CREDIT_MUST_CHECK;

/* --- where tiles lie, for whoever serves or follows the log as files --- */

/* A tile of hashes, or (entries) the bundle of entries under a tile of level 0. */
struct credit_tile_place {
	bool entries; /* `level` is 0 */
	uint32_t level;
	uint64_t index;
	uint32_t width; /* 1..CREDIT_TILE_WIDTH; a full one has no width in its path */
};

#define CREDIT_TILE_LEVEL_MAX 63
#define CREDIT_TILE_PATH_SIZE 64 /* holds every path, whatever the numbers, with its NUL */
/* "tile/0/x001/x234/067", "tile/entries/000.p/7". Returns `path`. */
CREDIT_API const char *credit_tile_path(
	const struct credit_tile_place *place, char path[CREDIT_TILE_PATH_SIZE]);
/* Only what credit_tile_path writes; anything else is CREDIT_E_MALFORMED. */
CREDIT_API enum credit_error credit_tile_path_parse(
	const char *path, struct credit_tile_place *ret_place) CREDIT_MUST_CHECK;

/* --- signed notes and checkpoints --- */

#define CREDIT_NOTE_MAX 65536
#define CREDIT_NOTE_SIGNATURES_MAX 100
#define CREDIT_CHECKPOINT_MAX 4096

/* Takes a note apart without trusting it: its text, and the signature lines under it; views. */
CREDIT_API enum credit_error credit_note_split(struct credit_bytes note,
	struct credit_bytes *ret_text, struct credit_bytes *ret_lines) CREDIT_MUST_CHECK;

/* Signs `text` (ends in '\n') and writes the note: text, blank line, one signature line.
 * CREDIT_E_KEY_FILE when `name` is not of the public key of `pair`. */
CREDIT_API enum credit_error credit_note_sign(struct credit_bytes text,
	const struct credit_named_key *name, const struct credit_key_pair *pair,
	struct credit_buffer *note) CREDIT_MUST_CHECK;
/* Opens a note for the trusted key: *ret_text is the signed text, a view into `note`. Unknown keys
 * are passed over; a false signature of the trusted key refuses the note. */
CREDIT_API enum credit_error credit_note_open(struct credit_bytes note,
	const struct credit_named_key *trusted, struct credit_bytes *ret_text) CREDIT_MUST_CHECK;

/* Body: origin, decimal size, base64 root; one line each. Extension lines are passed over. The
 * origin is the name of the key that signs. CREDIT_CHECKPOINT_MAX bytes hold what is written here;
 * a checkpoint that is opened may carry other people's signatures, up to CREDIT_NOTE_MAX. */
CREDIT_API enum credit_error credit_checkpoint_body(const char *origin,
	const struct credit_tree_head *head, struct credit_buffer *body) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_checkpoint_sign(const char *origin,
	const struct credit_tree_head *head, const struct credit_named_key *name,
	const struct credit_key_pair *pair, struct credit_buffer *note) CREDIT_MUST_CHECK;
/* Opens, checks the origin (the key's name) and reads the head. */
CREDIT_API enum credit_error credit_checkpoint_open(struct credit_bytes note,
	const struct credit_named_key *trusted,
	struct credit_tree_head *ret_head) CREDIT_MUST_CHECK;
/* What an unsigned body says: views into it. For whoever must find the key by the origin first. */
struct credit_checkpoint {
	struct credit_bytes origin;
	struct credit_tree_head head;
};
CREDIT_API enum credit_error credit_checkpoint_read(
	struct credit_bytes body, struct credit_checkpoint *ret_checkpoint) CREDIT_MUST_CHECK;

/* --- cosignatures: a witness says when it saw a checkpoint continue the one before --- */

#define CREDIT_COSIGNATURES_MAX 16 /* that are kept of one checkpoint */
#define CREDIT_COSIGNATURE_LINE_MAX 256
#define CREDIT_COSIGNATURE_TIME_MAX ((uint64_t)INT64_MAX)
struct credit_cosignature {
	uint32_t key_hash; /* credit_cosigner_hash of who signed */
	uint64_t time;     /* seconds since 1970-01-01T00:00:00Z, at most _TIME_MAX */
	struct credit_signature signature;
};

/* Signs a checkpoint's body for the given second. CREDIT_E_KEY_FILE when `cosigner` is not of the
 * public key of `pair`; CREDIT_E_TOO_LARGE. */
CREDIT_API enum credit_error credit_cosign(struct credit_bytes body,
	const struct credit_cosigner *cosigner, const struct credit_key_pair *pair, uint64_t time,
	struct credit_cosignature *ret_cosignature) CREDIT_MUST_CHECK;
/* CREDIT_E_COSIGNATURE when it is not this cosigner's over this body. */
CREDIT_API enum credit_error credit_cosignature_verify(struct credit_bytes body,
	const struct credit_cosigner *cosigner,
	const struct credit_cosignature *cosignature) CREDIT_MUST_CHECK;
/* The signature line that carries it, with its newline, to stand under a note. */
CREDIT_API enum credit_error credit_cosignature_line(const struct credit_cosigner *cosigner,
	const struct credit_cosignature *cosignature, struct credit_buffer *line) CREDIT_MUST_CHECK;

/* Takes the first line off *lines. *ret_is says whether it has a cosignature's size; of a line of another
 * kind of signature only the key's hash is told. CREDIT_E_NOTE_MALFORMED. */
CREDIT_API enum credit_error credit_cosignature_next(struct credit_bytes *lines,
	struct credit_bytes *ret_name, struct credit_cosignature *ret_cosignature,
	bool *ret_is) CREDIT_MUST_CHECK;
/* The newest cosignature of one cosigner among signature lines (of a note, or a witness's answer),
 * verified. Other people's lines are passed over, a false one of this cosigner refuses them all:
 * CREDIT_E_COSIGNATURE. CREDIT_E_NOTE_UNVERIFIED when there is none; CREDIT_E_NOTE_MALFORMED. */
CREDIT_API enum credit_error credit_cosignature_find(struct credit_bytes body,
	struct credit_bytes lines, const struct credit_cosigner *cosigner,
	struct credit_cosignature *ret_cosignature) CREDIT_MUST_CHECK;

#endif
