/* SPDX-License-Identifier: Apache-2.0
 *
 * leaf.c - the entries of the log, to the byte.
 *
 * A sealed leaf is published for ever and says nothing but when: neither whom it is about, nor who
 * filed it, nor what kind of act it is. Once the blind is destroyed, nobody can tell what it was.
 */
#include <credit/model.h>

void credit_sealed_leaf(credit_ms_t recorded_at, const struct credit_opening *blind,
	const struct credit_hash *manifest_digest, uint32_t index,
	const struct credit_hash *commitment, uint8_t ret_leaf[CREDIT_SEALED_LEAF_SIZE])
{
	struct credit_hash mac;

	credit_commit_leaf(blind, manifest_digest, index, commitment, &mac);
	credit_sealed_leaf_of_mac(recorded_at, &mac, ret_leaf);
}

void credit_sealed_leaf_of_mac(credit_ms_t recorded_at, const struct credit_hash *mac,
	uint8_t ret_leaf[CREDIT_SEALED_LEAF_SIZE])
{
	struct credit_buffer leaf;

	/* docs/spec/filing.md: "A sealed leaf is 01 || recorded_at || mac, 41 bytes." */
	credit_buffer_init(&leaf, ret_leaf, CREDIT_SEALED_LEAF_SIZE);
	credit_buffer_put_u8(&leaf, CREDIT_LEAF_SEALED);
	credit_buffer_put_u64(&leaf, (uint64_t)recorded_at.ms);
	credit_buffer_put(&leaf, mac->byte, sizeof mac->byte);
}

void credit_clear_leaf(credit_ms_t recorded_at, const struct credit_hash *manifest_digest,
	uint32_t index, struct credit_bytes act, struct credit_buffer *leaf)
{
	/* docs/spec/filing.md: "A clear leaf is 02 || recorded_at || manifest digest || index ||
	 * act." */
	credit_buffer_put_u8(leaf, CREDIT_LEAF_CLEAR);
	credit_buffer_put_u64(leaf, (uint64_t)recorded_at.ms);
	credit_buffer_put(leaf, manifest_digest->byte, sizeof manifest_digest->byte);
	credit_buffer_put_u32(leaf, index);
	credit_buffer_put(leaf, act.data, act.size);
}

void credit_publication_leaf_write(
	const struct credit_publication_leaf *leaf, uint8_t ret_leaf[CREDIT_PUBLICATION_LEAF_SIZE])
{
	struct credit_buffer bytes;

	/* docs/spec/proof.md: "A publication leaf is 03 || recorded_at || publication || epoch || map
	 * size || map root, 65 bytes." */
	credit_buffer_init(&bytes, ret_leaf, CREDIT_PUBLICATION_LEAF_SIZE);
	credit_buffer_put_u8(&bytes, CREDIT_LEAF_PUBLICATION);
	credit_buffer_put_u64(&bytes, (uint64_t)leaf->recorded_at.ms);
	credit_buffer_put_u64(&bytes, leaf->publication);
	credit_buffer_put_u64(&bytes, leaf->epoch);
	credit_buffer_put_u64(&bytes, leaf->map_size);
	credit_buffer_put(&bytes, leaf->map_root.byte, sizeof leaf->map_root.byte);
}

void credit_snapshot_leaf_write(
	const struct credit_snapshot_leaf *leaf, uint8_t ret_leaf[CREDIT_SNAPSHOT_LEAF_SIZE])
{
	struct credit_buffer bytes;

	/* docs/spec/snapshot.md: "A snapshot leaf is 04 || recorded_at (u64) || publication (u64) || size
	 * (u64) || entities (u64) || entries (u64) || digest, 73 bytes." */
	credit_buffer_init(&bytes, ret_leaf, CREDIT_SNAPSHOT_LEAF_SIZE);
	credit_buffer_put_u8(&bytes, CREDIT_LEAF_SNAPSHOT);
	credit_buffer_put_u64(&bytes, (uint64_t)leaf->recorded_at.ms);
	credit_buffer_put_u64(&bytes, leaf->publication);
	credit_buffer_put_u64(&bytes, leaf->size);
	credit_buffer_put_u64(&bytes, leaf->entities);
	credit_buffer_put_u64(&bytes, leaf->entries);
	credit_buffer_put(&bytes, leaf->digest.byte, sizeof leaf->digest.byte);
}
