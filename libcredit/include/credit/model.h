/* SPDX-License-Identifier: Apache-2.0
 *
 * model.h - protobuf bytes <-> checked C structs: acts, manifests, filings.
 *
 * The structs are those that protobuf-c generates from proto/credit/v1; what makes them checked is
 * this room. Every message from outside passes credit_decode, which walks the bytes before anything
 * is allocated: known wire types, valid UTF-8 without NUL in strings, bounded depth, counts and
 * memory. Acts and manifests, which are signed, must also be canonical and know every field, and
 * each field of an act obeys the FieldRule that stands beside it in act.proto.
 *
 * Signed bytes are verified as received and never serialised again for it.
 *
 * Threads: pure functions; a filing or a sealer belongs to one thread at a time.
 *
 * Source: docs/spec/filing.md.
 */
#ifndef CREDIT_MODEL_H
#define CREDIT_MODEL_H

#include <credit/base.h>
#include <credit/crypto.h>
#include <credit/uscc.h>

#include <protobuf-c/protobuf-c.h>

struct Credit__V1__Act; /* generated: credit/v1/act.pb-c.h */
struct Credit__V1__Filing;

#define CREDIT_ACT_MAX 32768              /* bytes of a serialised Act */
#define CREDIT_MANIFEST_MAX 1024          /* bytes of a serialised Manifest */
#define CREDIT_ACTS_MAX 1000              /* acts in a filing */
#define CREDIT_ATTACHMENT_MAX 1048576     /* bytes of an attachment */
#define CREDIT_FILING_MAX 8388608         /* bytes of a serialised Filing */
#define CREDIT_STATUS_MAX 160             /* bytes of a serialised Status */
#define CREDIT_DEPTH_MAX 8                /* messages inside messages */
#define CREDIT_FILING_LIFE_MS 604800000LL /* seven days: design section 4 */
#define CREDIT_CLOCK_SKEW_MS 300000LL     /* a filer's clock may be five minutes ahead */

/* --- any message --- */

/* Decodes into the arena; nothing to free. Unknown fields are passed over (a newer client may send
 * them) but bounded. CREDIT_E_MALFORMED, _UTF8_INVALID, _CONTROL_CHARACTER (NUL), _TOO_MANY,
 * _NO_MEMORY (the arena's limit); problem->field is the path. */
CREDIT_API enum credit_error credit_decode(const ProtobufCMessageDescriptor *type,
	struct credit_bytes bytes, struct credit_arena *arena, ProtobufCMessage **ret_message,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* As credit_decode, and the bytes are the canonical encoding with no unknown field:
 * CREDIT_E_NOT_CANONICAL, CREDIT_E_UNKNOWN_FIELD. */
CREDIT_API enum credit_error credit_decode_canonical(const ProtobufCMessageDescriptor *type,
	struct credit_bytes bytes, struct credit_arena *arena, ProtobufCMessage **ret_message,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Serialises into the arena. CREDIT_E_NO_MEMORY when it is full. */
CREDIT_API enum credit_error credit_encode(const ProtobufCMessage *message,
	struct credit_arena *arena, struct credit_bytes *ret_bytes) CREDIT_MUST_CHECK;
/* Bytes of our own, which need no other check than that they decode. CREDIT_E_MALFORMED, CREDIT_E_NO_MEMORY:
 * protobuf-c tells neither from the other, and may give a message that only looks whole. */
CREDIT_API enum credit_error credit_unpack(const ProtobufCMessageDescriptor *type,
	struct credit_bytes bytes, struct credit_arena *arena,
	ProtobufCMessage **ret_message) CREDIT_MUST_CHECK;
/* An allocator that draws on the arena, for generated _unpack functions elsewhere. */
CREDIT_API ProtobufCAllocator credit_arena_allocator(struct credit_arena *arena);

/* --- acts --- */

/* Canonical, exactly one payload, every field by its FieldRule, personal-data guard over every
 * text. A code field holds the 18 folded characters and passes at least the tests that hold for
 * flagged codes (CREDIT_USCC_EXCEPTION) or ambiguous ones (CREDIT_USCC_REGISTER): whether that
 * suffices is for the rules to say, which know what is enrolled. Field paths are like
 * "penalty.fact" with the payload's name first. */
CREDIT_API enum credit_error credit_act_decode(struct credit_bytes bytes,
	struct credit_arena *arena, const struct Credit__V1__Act **ret_act,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* The same checks on a struct, before it is sealed. */
CREDIT_API enum credit_error credit_act_check(
	const struct Credit__V1__Act *act, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Payload numbers from 16 on are sealed in the log; the others are logged in clear. */
CREDIT_API bool credit_act_is_sealed(const struct Credit__V1__Act *act);
/* The payload's field name in act.proto ("administrative_penalty"), and its title. */
CREDIT_API const char *credit_act_name(const struct Credit__V1__Act *act);
CREDIT_API const char *credit_act_title(const struct Credit__V1__Act *act, enum credit_lang lang);
/* Title of a field by message and field name, "" when it has none; for tables and CSV headings. */
CREDIT_API const char *credit_field_title(
	const ProtobufCMessageDescriptor *type, const char *field, enum credit_lang lang);

/* --- filings as received --- */

/* One act of a filing. `problem.error` is CREDIT_OK and `act` set, or the act is refused already
 * for its shape and `act` is NULL. */
struct credit_sealed_act {
	struct credit_bytes bytes;
	struct credit_bytes attachment;
	struct credit_opening opening;
	struct credit_hash commitment;
	const struct Credit__V1__Act *act;
	struct credit_problem problem;
};

struct credit_filing {
	struct credit_bytes manifest; /* as received */
	struct credit_signature signature;
	struct credit_hash digest; /* of the manifest's DSSE encoding: the filing's name */
	struct credit_bytes origin;
	struct credit_uscc issuer;
	struct credit_hash key_id;
	credit_ms_t created_at, not_after;
	bool all_or_nothing;
	uint32_t count;
	struct credit_sealed_act *acts;
	bool verified; /* by credit_filing_verify, with `key` */
	struct credit_public_key key;
	struct credit_arena arena; /* holds all of the above */
};

/* Takes a filing apart and checks all that needs no state: shapes, limits, commitments against the
 * manifest's root, each act's fields. The views point into `message`, which must outlive the
 * filing. CREDIT_OK even when single acts are refused; an error is one of the whole filing
 * (so is an attachment that is not its act's: no signature covers it, anybody could have changed
 * it). The signature is not checked yet. Owns: the filing, freed with credit_filing_free. */
CREDIT_API enum credit_error credit_filing_open(const struct Credit__V1__Filing *message,
	struct credit_filing **ret_filing, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Made out to this registry, and in time at `now`. */
CREDIT_API enum credit_error credit_filing_check(const struct credit_filing *filing,
	const char *origin, credit_ms_t now, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* The manifest's signature, from the bytes as received. Remembers the key on success. */
CREDIT_API enum credit_error credit_filing_verify(struct credit_filing *filing,
	const struct credit_public_key *key, struct credit_problem *problem) CREDIT_MUST_CHECK;
CREDIT_API void credit_filing_free(struct credit_filing *filing); /* NULL is allowed */

/* --- making a filing --- */

struct credit_sealer;
CREDIT_API enum credit_error credit_sealer_new(struct credit_sealer **ret_sealer) CREDIT_MUST_CHECK;
CREDIT_API void credit_sealer_free(struct credit_sealer *sealer); /* wipes the openings */
/* Checks, serialises, draws an opening. *ret_commitment may be NULL. `attachment` may be empty; its
 * bytes are copied. CREDIT_E_TOO_MANY beyond CREDIT_ACTS_MAX acts, _TOO_LARGE beyond the filing's.
 */
CREDIT_API enum credit_error credit_sealer_add(struct credit_sealer *sealer,
	const struct Credit__V1__Act *act, struct credit_bytes attachment,
	struct credit_hash *ret_commitment, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* The same for an act that was sealed before, without an attachment: a draft that a consent names by
 * its commitment. Bytes and opening are taken as they are. */
CREDIT_API enum credit_error credit_sealer_add_sealed(struct credit_sealer *sealer,
	struct credit_bytes act, const struct credit_opening *opening,
	struct credit_hash *ret_commitment, struct credit_problem *problem) CREDIT_MUST_CHECK;
CREDIT_API uint32_t credit_sealer_count(const struct credit_sealer *sealer);

struct credit_manifest_options {
	const char *origin;
	struct credit_uscc issuer;
	credit_ms_t created_at;
	int64_t life_ms; /* 0: one day */
	bool all_or_nothing;
};
/* Signs what was added and starts afresh. *ret_filing points into the sealer, valid until the next
 * _add or _free; it may be packed, or put into a SubmitRequest. */
CREDIT_API enum credit_error credit_sealer_sign(struct credit_sealer *sealer,
	const struct credit_manifest_options *options, const struct credit_key_pair *pair,
	struct Credit__V1__Filing **ret_filing, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* --- log leaves (docs/spec/filing.md) --- */

#define CREDIT_LEAF_SEALED 1 /* in the log: never renumber */
#define CREDIT_LEAF_CLEAR 2
#define CREDIT_LEAF_PUBLICATION 3
#define CREDIT_LEAF_SNAPSHOT 4
/* type (1) || recorded_at (8, big-endian) || HMAC (32) */
#define CREDIT_SEALED_LEAF_SIZE 41
CREDIT_API void credit_sealed_leaf(credit_ms_t recorded_at, const struct credit_opening *blind,
	const struct credit_hash *manifest_digest, uint32_t index,
	const struct credit_hash *commitment, uint8_t ret_leaf[CREDIT_SEALED_LEAF_SIZE]);
/* The same when the HMAC is all that is left of an erased act. */
CREDIT_API void credit_sealed_leaf_of_mac(credit_ms_t recorded_at, const struct credit_hash *mac,
	uint8_t ret_leaf[CREDIT_SEALED_LEAF_SIZE]);
/* type (1) || recorded_at (8) || manifest digest (32) || index (4) || act bytes */
#define CREDIT_CLEAR_LEAF_MAX (45 + CREDIT_ACT_MAX)
/* type (1) || recorded_at (8) || publication (8) || epoch (8) || map size (8) || map root (32) */
#define CREDIT_PUBLICATION_LEAF_SIZE 65
struct credit_publication_leaf {
	credit_ms_t recorded_at;
	uint64_t publication;
	uint64_t epoch;
	uint64_t map_size;
	struct credit_hash map_root;
};
CREDIT_API void credit_publication_leaf_write(
	const struct credit_publication_leaf *leaf, uint8_t ret_leaf[CREDIT_PUBLICATION_LEAF_SIZE]);
/* type (1) || recorded_at (8) || publication (8) || size (8) || entities (8) || entries (8) || digest (32) */
#define CREDIT_SNAPSHOT_LEAF_SIZE 73
struct credit_snapshot_leaf {
	credit_ms_t recorded_at;
	uint64_t publication; /* the one that the snapshot shows */
	uint64_t size;        /* bytes of its body */
	uint64_t entities, entries;
	struct credit_hash digest; /* SHA-256 of its body */
};
CREDIT_API void credit_snapshot_leaf_write(
	const struct credit_snapshot_leaf *leaf, uint8_t ret_leaf[CREDIT_SNAPSHOT_LEAF_SIZE]);
CREDIT_API void credit_clear_leaf(credit_ms_t recorded_at,
	const struct credit_hash *manifest_digest, uint32_t index, struct credit_bytes act,
	struct credit_buffer *leaf);

/* --- names (AIP-122) --- */

#define CREDIT_RECORD_ID_SIZE 16
struct credit_record_id { /* the first 16 bytes of the commitment of the act that made it */
	uint8_t byte[CREDIT_RECORD_ID_SIZE];
};
/* "entities/{uscc}" with `suffix` ("/status", "" ...). Accepts codes with the evidence of an
 * exception or of the register too: whether such a code is enrolled, the registry knows. *ret_plain
 * is what credit_uscc_check says of it: the error to give when it is not. CREDIT_E_RESOURCE_NAME,
 * or the CREDIT_E_USCC_* error of a code that can never be enrolled. */
CREDIT_API enum credit_error credit_entity_name_parse(const char *name, const char *suffix,
	struct credit_uscc *ret_uscc, enum credit_error *ret_plain,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* "authorities/{uscc}", of the field `parent`. CREDIT_E_RESOURCE_NAME or CREDIT_E_USCC_*. */
CREDIT_API enum credit_error credit_authority_name_parse(const char *name,
	struct credit_uscc *ret_uscc, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* "entities/{uscc}/{collection}/{32 hex}", e.g. with "notices". Errors as above. */
CREDIT_API enum credit_error credit_entity_item_parse(const char *name, const char *collection,
	struct credit_uscc *ret_uscc, enum credit_error *ret_plain, struct credit_record_id *ret_id,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* "entities/{uscc}/cases/{32 hex}", and with `ret_digest` (else NULL) "/documents/{64 hex}" behind it.
 * Errors as above. */
CREDIT_API enum credit_error credit_case_name_parse(const char *name, struct credit_uscc *ret_uscc,
	struct credit_record_id *ret_case, struct credit_hash *ret_digest,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* "acts/{64 hex}" */
CREDIT_API enum credit_error credit_act_name_parse(const char *name,
	struct credit_hash *ret_commitment, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* --- an entity's own voice (docs/spec/cases.md, sections 2 and 6) --- */

/* A front office files an application, but the applicant speaks in it: by the digest of its sealed form
 * or by a signature over a text that says all that matters (which registry, whose record, what is asked
 * for, when, in which words) and the hash of the token on the slip, so that nothing of it can be used for
 * anything else. The token, 128 bits, opens the entity's own view; only its hash is ever filed. */

/* --- the look-up token --- */

#define CREDIT_TOKEN_SIZE 16
struct credit_token {
	uint8_t byte[CREDIT_TOKEN_SIZE];
};
/* 26 characters of Crockford's Base32 in five groups, "XXXXX-XXXXX-XXXXX-XXXXX-XXXXXX", and NUL. */
#define CREDIT_TOKEN_TEXT_SIZE 31
/* Returns `text`. */
CREDIT_API const char *credit_token_text(
	const struct credit_token *token, char text[CREDIT_TOKEN_TEXT_SIZE]);
/* As people type it: small letters, O for 0, I and L for 1, hyphens and blanks anywhere.
 * CREDIT_E_TOKEN_FORM. */
CREDIT_API enum credit_error credit_token_parse(
	const char *text, struct credit_token *ret_token) CREDIT_MUST_CHECK;
/* SHA-256("credit/token/v1" 00 || token): what is filed. */
CREDIT_API void credit_token_hash(const struct credit_token *token, struct credit_hash *ret_hash);

/* --- applications --- */

#define CREDIT_APPLICATION_TYPE "application/vnd.credit.application.v1"

/* What an applicant asks for. Texts are borrowed. */
struct credit_application {
	const char *origin; /* of the registry, 1 to 255 bytes */
	struct credit_uscc entity;
	uint32_t act; /* payload number in Act: 36 repair, 37 objection, 43, 49 */
	struct credit_record_id subject; /* the record; of a withdrawal or a review, the case */
	credit_day_t applied_on;         /* the slip's date; of a withdrawal, its date */
	const char *ground;    /* "performed", "reorganisation", an objection's ground; or "" */
	const char *statement; /* the words of the application, or "" */
	struct credit_hash token_hash;
};
/* Signature over the DSSE encoding of the application's text. */
CREDIT_API enum credit_error credit_application_sign(const struct credit_application *application,
	const struct credit_key_pair *pair,
	struct credit_signature *ret_signature) CREDIT_MUST_CHECK;
/* CREDIT_E_SIGNATURE_INVALID. */
CREDIT_API enum credit_error credit_application_verify(const struct credit_application *application,
	const struct credit_public_key *key,
	const struct credit_signature *signature) CREDIT_MUST_CHECK;

/* --- looking at one's own records --- */

#define CREDIT_OWN_TYPE "application/vnd.credit.own.v1"
#define CREDIT_OWN_WINDOW_MS 300000 /* a signature counts so long before and after its instant */

struct credit_own_request {
	const char *origin;
	struct credit_uscc entity;
	const char *method; /* "/credit.v1.EntityService/GetOwn" */
	credit_ms_t at;
};
CREDIT_API enum credit_error credit_own_sign(const struct credit_own_request *request,
	const struct credit_key_pair *pair,
	struct credit_signature *ret_signature) CREDIT_MUST_CHECK;
/* CREDIT_E_SIGNATURE_INVALID. Whether `at` is near enough is for whoever has a clock. */
CREDIT_API enum credit_error credit_own_verify(const struct credit_own_request *request,
	const struct credit_public_key *key,
	const struct credit_signature *signature) CREDIT_MUST_CHECK;

#endif
