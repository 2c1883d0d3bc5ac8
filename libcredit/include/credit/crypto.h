/* SPDX-License-Identifier: Apache-2.0
 *
 * crypto.h - hash, HMAC, random bytes, Ed25519 keys, DSSE, commitments.
 *
 * One suite today: 1 = Ed25519, SHA-256, HMAC-SHA-256. The id stands beside every key so that a
 * second one (SM2 with SM3) can join. Ed25519 is libsodium's, SHA-256 libcrypto's (with the
 * processor's SHA extensions, four times as fast).
 *
 * Threads: pure functions; a struct credit_hasher belongs to one thread at a time. Call
 * credit_crypto_init() once before anything else (credit_registry_open does).
 *
 * Source: RFC 8032 (Ed25519), FIPS 180-4 (SHA-256), RFC 2104 (HMAC), DSSE v1 protocol.
 */
#ifndef CREDIT_CRYPTO_H
#define CREDIT_CRYPTO_H

#include <credit/base.h>

enum credit_suite {
	CREDIT_SUITE_ED25519_SHA256 = 1 /* in keys and signatures: never renumber */
};

#define CREDIT_PUBLIC_KEY_SIZE 32
#define CREDIT_SEED_SIZE 32
#define CREDIT_SIGNATURE_SIZE 64
#define CREDIT_OPENING_SIZE 32

struct credit_public_key {
	uint8_t byte[CREDIT_PUBLIC_KEY_SIZE];
};
struct credit_signature {
	uint8_t byte[CREDIT_SIGNATURE_SIZE];
};
/* Seed and public key, as Ed25519 signs with. Wipe with credit_wipe. */
struct credit_key_pair {
	uint8_t secret[64];
	struct credit_public_key public_key;
};
/* Drawn by the filer, hides an act in its commitment; or by the registry (a blind). */
struct credit_opening {
	uint8_t byte[CREDIT_OPENING_SIZE];
};

/* CREDIT_E_INTERNAL when libsodium cannot start. Idempotent. */
CREDIT_API enum credit_error credit_crypto_init(void) CREDIT_MUST_CHECK;
CREDIT_API void credit_random(void *ret_data, size_t size);
CREDIT_API void credit_wipe(void *data, size_t size);

/* --- hashing --- */

CREDIT_API void credit_sha256(struct credit_bytes data, struct credit_hash *ret_hash);

/* Incremental; caller's memory, no allocation after the first use in a thread. */
struct credit_hasher {
	uint64_t opaque[16];
};
CREDIT_API void credit_hasher_init(struct credit_hasher *hasher);
CREDIT_API void credit_hasher_add(struct credit_hasher *hasher, const void *data, size_t size);
CREDIT_API void credit_hasher_done(struct credit_hasher *hasher, struct credit_hash *ret_hash);

/* HMAC-SHA-256 over the parts, one after the other. */
CREDIT_API void credit_hmac(const struct credit_opening *key, const struct credit_bytes *parts,
	size_t count, struct credit_hash *ret_hash);
/* The same under one key many times: what is hashed of the key is hashed once. Never changes after _init. */
struct credit_hmac_key {
	struct credit_hasher inner, outer;
};
CREDIT_API void credit_hmac_key_init(
	const struct credit_opening *key, struct credit_hmac_key *ret_key);
CREDIT_API void credit_hmac_under(const struct credit_hmac_key *key,
	const struct credit_bytes *parts, size_t count, struct credit_hash *ret_hash);

/* SipHash-2-4: 64 bits that nobody can aim at who does not know the key. For tables and comparisons
 * within one run, never for what is stored. */
#define CREDIT_SHORT_HASH_KEY_SIZE 16
struct credit_short_hash_key {
	uint8_t byte[CREDIT_SHORT_HASH_KEY_SIZE];
};
CREDIT_API uint64_t credit_short_hash(
	const struct credit_short_hash_key *key, struct credit_bytes data);

/* --- keys and signatures --- */

CREDIT_API void credit_key_generate(struct credit_key_pair *ret_pair);
CREDIT_API void credit_key_from_seed(
	const uint8_t seed[CREDIT_SEED_SIZE], struct credit_key_pair *ret_pair);
/* CREDIT_E_KEY_WEAK for non-canonical or off-curve points and those not of prime order. */
CREDIT_API enum credit_error credit_public_key_check(
	const struct credit_public_key *key) CREDIT_MUST_CHECK;
/* Names a key in manifests: SHA-256("credit/key/v1" 00 || suite byte || public key). */
CREDIT_API void credit_key_id(const struct credit_public_key *key, struct credit_hash *ret_id);

CREDIT_API void credit_sign(const struct credit_key_pair *pair, struct credit_bytes message,
	struct credit_signature *ret_signature);
/* CREDIT_E_SIGNATURE_INVALID also for non-canonical S and small-order R (libsodium's rules). */
CREDIT_API enum credit_error credit_verify(const struct credit_public_key *key,
	struct credit_bytes message, const struct credit_signature *signature) CREDIT_MUST_CHECK;

/* --- DSSE --- */

/* Signs PAE(type, payload) = "DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload.
 * The digest, SHA-256 of the PAE, is the name of what was signed.
 * payload at most CREDIT_DSSE_PAYLOAD_MAX bytes, type at most 128, else CREDIT_E_TOO_LARGE. */
#define CREDIT_DSSE_PAYLOAD_MAX 1048576
CREDIT_API enum credit_error credit_dsse_sign(const struct credit_key_pair *pair, const char *type,
	struct credit_bytes payload, struct credit_signature *ret_signature) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_dsse_verify(const struct credit_public_key *key,
	const char *type, struct credit_bytes payload,
	const struct credit_signature *signature) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_dsse_digest(const char *type, struct credit_bytes payload,
	struct credit_hash *ret_digest) CREDIT_MUST_CHECK;

#define CREDIT_MANIFEST_TYPE "application/vnd.credit.manifest.v1+protobuf"
#define CREDIT_REFUSAL_TYPE "application/vnd.credit.refusal.v1+protobuf"

/* --- commitments (docs/spec/filing.md) --- */

/* HMAC-SHA-256(opening, "credit/act/v1" 00 || act bytes) */
CREDIT_API void credit_commit_act(const struct credit_opening *opening, struct credit_bytes act,
	struct credit_hash *ret_commitment);
/* HMAC-SHA-256(blind, "credit/leaf/v1" 00 || manifest digest || index u32be || commitment) */
CREDIT_API void credit_commit_leaf(const struct credit_opening *blind,
	const struct credit_hash *manifest_digest, uint32_t index,
	const struct credit_hash *commitment, struct credit_hash *ret_mac);

/* HMAC-SHA-256(seed, "credit/load/v1" 00 || USCC): the first opening of an entity's status, when it came
 * with a load file, whose seed is drawn once. */
CREDIT_API void credit_load_opening(const struct credit_hmac_key *seed, struct credit_bytes uscc,
	struct credit_opening *ret_opening);
/* HMAC-SHA-256(opening, "credit/status/v1" 00 || USCC || Status): an entity's value in the map. */
CREDIT_API void credit_commit_status(const struct credit_opening *opening, struct credit_bytes uscc,
	struct credit_bytes status, struct credit_hash *ret_value);

/* --- documents at rest (docs/spec/journal.md) --- */

#define CREDIT_SEAL_KEY_SIZE 32
struct credit_seal_key { /* of one document alone, drawn with credit_random */
	uint8_t byte[CREDIT_SEAL_KEY_SIZE];
};
#define CREDIT_SEAL_OVERHEAD 41 /* the stream's header (24) and the one message's tag (17) */
/* XChaCha20-Poly1305 as libsodium's secretstream has it, one final message, bound to `name`. Writes
 * plain.size + CREDIT_SEAL_OVERHEAD bytes. */
CREDIT_API enum credit_error credit_seal(const struct credit_seal_key *key,
	struct credit_bytes name, struct credit_bytes plain, uint8_t *ret_sealed) CREDIT_MUST_CHECK;
/* Writes sealed.size - CREDIT_SEAL_OVERHEAD bytes. CREDIT_E_STORE_CORRUPT when it is not what was
 * sealed under this key and name. */
CREDIT_API enum credit_error credit_unseal(const struct credit_seal_key *key,
	struct credit_bytes name, struct credit_bytes sealed, uint8_t *ret_plain) CREDIT_MUST_CHECK;

/* --- backups at rest (docs/spec/journal.md, section 8) --- */

/* A long file in pieces that cannot be left out, swapped or cut off unseen. In the caller's memory; wipe
 * with credit_wipe. */
struct credit_seal_stream {
	uint64_t opaque[8];
};
#define CREDIT_SEAL_STREAM_HEADER 24
#define CREDIT_SEAL_STREAM_TAG 17 /* what a piece grows by */
CREDIT_API void credit_seal_stream_begin(struct credit_seal_stream *stream,
	const struct credit_seal_key *key, uint8_t ret_header[CREDIT_SEAL_STREAM_HEADER]);
CREDIT_API void credit_seal_stream_push(struct credit_seal_stream *stream,
	struct credit_bytes plain, bool last, uint8_t *ret_sealed);
/* CREDIT_E_BACKUP_FALSE, both of them. `sealed` is one piece, and whole. */
CREDIT_API enum credit_error credit_unseal_stream_begin(struct credit_seal_stream *stream,
	const struct credit_seal_key *key,
	const uint8_t header[CREDIT_SEAL_STREAM_HEADER]) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_unseal_stream_pull(struct credit_seal_stream *stream,
	struct credit_bytes sealed, uint8_t *ret_plain, bool *ret_last) CREDIT_MUST_CHECK;

/* A stream's key sealed to an Ed25519 key (as its X25519 point): whoever seals cannot open. */
#define CREDIT_SEALED_KEY_SIZE 80
CREDIT_API enum credit_error credit_seal_key_to(const struct credit_public_key *to,
	const struct credit_seal_key *key,
	uint8_t ret_sealed[CREDIT_SEALED_KEY_SIZE]) CREDIT_MUST_CHECK;
/* CREDIT_E_BACKUP_KEY when it was not sealed to this key. */
CREDIT_API enum credit_error credit_seal_key_open(const struct credit_key_pair *pair,
	const uint8_t sealed[CREDIT_SEALED_KEY_SIZE],
	struct credit_seal_key *ret_key) CREDIT_MUST_CHECK;

/* --- key files --- */

/* Text of a private key file, one line as signed notes use it:
 *     PRIVATE+KEY+<name>+<8 hex key hash>+<base64(0x01 || seed)>\n
 * and of a public one (a vkey):
 *     <name>+<8 hex key hash>+<base64(0x01 || public key)>\n
 * Names: 1..128 bytes UTF-8 without white space, '+' or control characters. */
#define CREDIT_KEY_NAME_MAX 128
#define CREDIT_KEY_TEXT_MAX 256
struct credit_named_key {
	char name[CREDIT_KEY_NAME_MAX + 1];
	struct credit_public_key public_key;
};
CREDIT_API enum credit_error credit_key_pair_text(const char *name,
	const struct credit_key_pair *pair, char text[CREDIT_KEY_TEXT_MAX]) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_key_pair_parse(struct credit_bytes text,
	struct credit_named_key *ret_name, struct credit_key_pair *ret_pair) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_vkey_text(
	const struct credit_named_key *key, char text[CREDIT_KEY_TEXT_MAX]) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_vkey_parse(
	struct credit_bytes text, struct credit_named_key *ret_key) CREDIT_MUST_CHECK;
/* First four bytes of SHA-256(name || 0A || 01 || public key), big-endian (C2SP signed note). */
CREDIT_API uint32_t credit_vkey_hash(const struct credit_named_key *key);

/* A witness's or an auditor's key: signs cosignatures (log.h) and nothing else. Its texts are those
 * above with 04 for 01, in the hash too; each of the two kinds of reader refuses the other kind of key
 * with CREDIT_E_KEY_TYPE. A cosignature does not cover the name: one pair, one name.
 * Source: C2SP tlog-cosignature. */
struct credit_cosigner {
	struct credit_named_key key;
};
CREDIT_API enum credit_error credit_cosigner_pair_text(const char *name,
	const struct credit_key_pair *pair, char text[CREDIT_KEY_TEXT_MAX]) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_cosigner_pair_parse(struct credit_bytes text,
	struct credit_cosigner *ret_cosigner, struct credit_key_pair *ret_pair) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_cosigner_text(
	const struct credit_cosigner *cosigner, char text[CREDIT_KEY_TEXT_MAX]) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_cosigner_parse(
	struct credit_bytes text, struct credit_cosigner *ret_cosigner) CREDIT_MUST_CHECK;
CREDIT_API uint32_t credit_cosigner_hash(const struct credit_cosigner *cosigner);

#endif
