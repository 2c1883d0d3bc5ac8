/* SPDX-License-Identifier: Apache-2.0
 *
 * fsck_state.c - the state against the journal, without replaying it into a store.
 *
 * One pass over the journal says what the state must be: of each key its newest effect. One over the state
 * says what it is, and from each status what the map must say of its entity. match.c brings both together.
 * What load files have enrolled lies in the order of the state and is compared on the way, so that of an entity
 * that nothing has happened to neither side is kept. A row that does not
 * agree is known by a number only; a second pass over both finds its name, which is worth its time
 * only then.
 */
#include "registry/effects.h"
#include "registry/fsck.h"
#include "registry/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLD_MAX 1000 /* rows told one by one */
#define PROGRESS_EPOCHS 64
#define PROGRESS_ROWS 65536
#define ROW_EFFECTS 7 /* field numbers of EpochRow and Publication */
#define ROW_COMMITMENT 5
#define PUBLICATION_EFFECTS 9
#define NO_ROW UINT32_MAX
#define LOAD_ARENA_LIMIT ((size_t)1 << 20)

/* What is known of a row that does not agree. */
struct named {
	uint64_t row;
	enum credit__match_fault fault;
	bool quiet;   /* told already, or follows from one that was */
	int keyspace; /* -1: not met again yet */
	uint8_t key[CREDIT_KEY_MAX];
	size_t key_size;
	bool is_known, should_known;
	struct credit_hash is, should; /* digests of the values */
	uint64_t epoch, publication;   /* of the newest effect */
	uint32_t index;
};

/* What both sides are walked for. */
enum pass {
	PASS_ALL,    /* to bring them together */
	PASS_LEAVES, /* the leaves of the map, whose sums do not agree, again */
	PASS_NAMES,  /* of rows that do not agree */
};

/* An entity of a load file, while the walk through the state is at its code. */
struct expected {
	bool there, again; /* again: another load file had the code before */
	bool met[2];       /* its entity, its status */
	struct credit__fsck_loaded row;
};

struct state_check {
	struct fsck *fsck;
	const struct credit_store *store;
	struct credit_reader *state; /* of `store` */
	struct credit__match *match;
	uint64_t published; /* the last epoch that the state has */
	uint64_t entities;
	struct named *named;             /* TOLD_MAX of them */
	size_t named_count, quiet_count; /* quiet ones first */
	uint64_t more;
	/* Where the journal's walk is, and whether names are wanted. */
	uint64_t epoch, publication;
	uint32_t index;
	enum pass pass;
	/* A load file that the next publication carries out. */
	bool load_filed;
	struct credit_bytes load_value;
	struct credit__fsck_load load;
	struct credit_arena load_arena;
	/* What load files enrolled is compared where it lies. */
	struct credit__fsck_loads *loads;
	struct expected expected;
	uint8_t *
		touched; /* a bit for codes that had an effect on their entity or status: see touched_bit */
};

/* --- names ---------------------------------------------------------------------------------------- */

static int by_row(const void *a, const void *b)
{
	const struct named *left = a, *right = b;

	return (left->row > right->row) - (left->row < right->row);
}

static struct named *named_of(struct state_check *check, uint8_t keyspace, struct credit_bytes key)
{
	struct named wanted = {.row = credit__match_row(check->match, keyspace, key)};

	return bsearch(&wanted, check->named, check->named_count, sizeof wanted, by_row);
}

static void set_name(struct named *named, uint8_t keyspace, struct credit_bytes key)
{
	named->keyspace = keyspace;
	named->key_size = key.size < CREDIT_KEY_MAX ? key.size : CREDIT_KEY_MAX;
	memcpy(named->key, key.data, named->key_size);
}

/* --- what should be there ------------------------------------------------------------------------- */

static enum credit_error should(struct state_check *check, uint8_t keyspace,
	struct credit_bytes key, struct credit_bytes value, bool gone)
{
	struct named *named;

	if (check->pass != PASS_NAMES)
		return gone ? credit__match_should_not(check->match, keyspace, key)
			    : credit__match_should(check->match, keyspace, key, value);
	named = named_of(check, keyspace, key);
	if (!named)
		return CREDIT_OK;
	set_name(named, keyspace, key);
	named->should_known = !gone;
	credit_sha256(value, &named->should);
	named->epoch = check->epoch;
	named->index = check->index;
	named->publication = check->publication;
	return CREDIT_OK;
}

/* Where nothing else should be. */
static enum credit_error should_unless(struct state_check *check, uint8_t keyspace,
	struct credit_bytes key, struct credit_bytes value)
{
	struct named *named;

	if (check->pass != PASS_NAMES)
		return credit__match_should_unless(check->match, keyspace, key, value);
	named = named_of(check, keyspace, key);
	return named && !named->should_known ? should(check, keyspace, key, value, false)
					     : CREDIT_OK;
}

static enum credit_error note_load(struct state_check *check, struct credit_bytes value)
{
	check->load_filed = true;
	check->load_value = value;
	credit_arena_reset(&check->load_arena);
	return credit__fsck_load_open(value, &check->load_arena, &check->load);
}

static enum credit_error take_effect(void *context, const struct credit__effect *effect)
{
	int keyspace = credit__effect_keyspace(effect->kind);
	struct state_check *check = context;

	if (keyspace < 0)
		return CREDIT_E_STORE_CORRUPT;
	if (keyspace == STATE_ENTITY || keyspace == STATE_STATUS)
		credit__fsck_loads_pass(check->loads, effect->key);
	if (keyspace == STATE_LOAD && !effect->gone) {
		enum credit_error error = note_load(check, effect->value);

		if (error)
			return error;
	}
	return should(check, (uint8_t)keyspace, effect->key, effect->value, effect->gone);
}

/* One look-up row for each commitment and each filing: where it is. */
static enum credit_error take_place(
	struct state_check *check, uint8_t keyspace, struct credit_bytes key)
{
	uint8_t place[12];

	credit_write_u64(place, check->epoch);
	credit_write_u32(place + 8, check->index);
	return should(check, keyspace, key, (struct credit_bytes){place, sizeof place}, false);
}

static enum credit_error take_row(struct state_check *check, struct credit_bytes row)
{
	struct credit_bytes commitment;
	enum credit_error error = credit__message_bytes(row, ROW_COMMITMENT, &commitment);

	if (!error)
		error = take_place(check, STATE_COMMITMENT, commitment);
	return error ? error : credit__effects_each(row, ROW_EFFECTS, check, take_effect);
}

static enum credit_error take_filing(
	struct state_check *check, const Credit__V1__EpochFiling *filing)
{
	struct credit_bytes manifest = {filing->manifest.data, filing->manifest.len}, key;
	uint8_t memory[CREDIT_REQUEST_KEY_SIZE];
	struct credit_hash digest;
	enum credit_error error = credit_dsse_digest(CREDIT_MANIFEST_TYPE, manifest, &digest);

	if (!error)
		error = take_place(check, STATE_FILING, credit__hash_bytes(&digest));
	if (error || filing->request_id.len == 0)
		return error;
	error = credit__request_key(filing, memory, &key);
	return error ? error
		     : should(check, STATE_REQUEST, key, credit__hash_bytes(&digest), false);
}

/* --- the journal's pass --------------------------------------------------------------------------- */

static enum credit_error walk_filings(struct state_check *check)
{
	struct fsck *fsck = check->fsck;
	Credit__V1__Epoch *epoch;
	enum credit_error error;

	credit_arena_reset(&fsck->arena);
	error = credit__journal_epoch(fsck->journal, check->epoch, &fsck->arena, &epoch);
	for (uint32_t i = 0; !error && i < epoch->n_filings; i++) {
		check->index = i;
		error = take_filing(check, epoch->filings[i]);
	}
	return credit__fsck_passed_over(error) ? CREDIT_OK : error;
}

/* The row that says what became of a file. How many of its entities were there before is not followed
 * here; what the state says of that is taken. */
static enum credit_error take_load_done(struct state_check *check)
{
	uint8_t key[CREDIT_LOAD_DONE_KEY_SIZE];
	Credit__V1__Load load = *check->load.load;
	struct credit__fsck_load done;
	struct credit_bytes done_key = credit_load_done_key(&check->load.digest, key), value;

	if (credit_read_get(check->state, STATE_LOAD, done_key, &value) == CREDIT_OK &&
		credit__fsck_load_open(value, &check->load_arena, &done) == CREDIT_OK)
		load.known = done.load->known;
	enum credit_error error =
		credit_load_value(&check->load.seed, &load, &check->load_arena, &value);
	return error ? error : should(check, STATE_LOAD, done_key, value, false);
}

/* What a publication makes of the load file that its epochs filed. */
static enum credit_error take_load(struct state_check *check)
{
	uint8_t key[CREDIT_LOAD_DONE_KEY_SIZE];
	struct credit_bytes none = {0};
	enum credit_error error;

	if (!check->load_filed)
		return CREDIT_OK;
	check->load_filed = false;
	error = credit__fsck_loads_add(check->loads, check->load_value, check->publication);
	if (!error)
		error = should(check, STATE_LOAD, credit_load_filed_key(key), none, true);
	return error ? error : take_load_done(check);
}

/* Publications that end with this epoch, which come after its rows. */
static enum credit_error walk_publications(struct state_check *check, uint64_t *next)
{
	struct fsck *fsck = check->fsck;
	enum credit_error error = CREDIT_OK;

	check->index = NO_ROW;
	for (; !error && *next <= fsck->publications; ++*next) {
		Credit__V1__Publication *publication;
		struct credit_bytes bytes;

		error = credit__journal_publication(
			fsck->journal, *next, &fsck->arena, &publication);
		if (!error && publication->epoch > check->epoch)
			break;
		check->publication = *next;
		if (!error)
			error = credit__journal_publication_bytes(fsck->journal, *next, &bytes);
		if (!error)
			error = credit__effects_each(
				bytes, PUBLICATION_EFFECTS, check, take_effect);
		if (!error)
			error = take_load(check);
		error = credit__fsck_passed_over(error) ? CREDIT_OK : error;
	}
	check->publication = 0;
	return error;
}

static enum credit_error walk_rows(struct state_check *check, struct credit_cursor *cursor,
	struct credit_bytes *key, struct credit_bytes *value, enum credit_error *found)
{
	enum credit_error error = CREDIT_OK;

	while (!error && (!*found || *found == CREDIT_E_STORE_CORRUPT)) {
		uint64_t epoch = key->size == 12 ? credit_read_u64(key->data) : 0;

		if (epoch > check->epoch)
			break;
		check->index = epoch ? credit_read_u32(key->data + 8) : NO_ROW;
		if (!*found && epoch == check->epoch)
			error = take_row(check, *value);
		error = credit__fsck_passed_over(error) ? CREDIT_OK : error;
		*found = credit_cursor_next(cursor, key, value);
	}
	if (!error && *found && !credit__fsck_passed_over(*found))
		error = *found;
	return error;
}

static enum credit_error walk_journal(struct state_check *check)
{
	struct fsck *fsck = check->fsck;
	struct credit_bytes key = {0}, value = {0};
	struct credit_cursor *cursor;
	uint64_t publication = 1;
	enum credit_error found, error;

	check->load_filed = false;
	credit__fsck_loads_clear(check->loads);
	error = credit_cursor_open(fsck->journal, NULL, JOURNAL_ROWS, &cursor);
	if (error)
		return error;
	found = credit_cursor_seek(cursor, key, &key, &value);
	for (check->epoch = 1; check->epoch <= check->published && !error; check->epoch++) {
		error = walk_rows(check, cursor, &key, &value, &found);
		if (!error)
			error = walk_filings(check);
		if (!error)
			error = walk_publications(check, &publication);
		if (check->epoch % PROGRESS_EPOCHS == 0 || check->epoch == check->published)
			credit__fsck_progress(
				fsck, CREDIT_FSCK_EFFECTS, check->epoch, check->published);
	}
	credit_cursor_close(cursor);
	return error;
}

/* --- what is there -------------------------------------------------------------------------------- */

static void add_quiet(struct state_check *check, uint8_t keyspace, struct credit_bytes key)
{
	if (check->quiet_count < TOLD_MAX)
		check->named[check->quiet_count++] = (struct named){
			.row = credit__match_row(check->match, keyspace, key), .quiet = true};
	check->named_count = check->quiet_count;
}

/* A row that cannot be read is told at once, and its difference is none. */
static void tell_unreadable(struct state_check *check, uint8_t keyspace, struct credit_bytes key)
{
	char text[CREDIT_FAULT_PLACE_MAX];

	if (check->pass != PASS_ALL)
		return;
	credit__fsck_tell(check->fsck, FAULT_STATE_UNREADABLE, NULL, NULL, "state %s %s",
		credit__state_names[keyspace], credit__fsck_key(key, text, sizeof text));
	add_quiet(check, keyspace, key);
	/* What the map says of an entity follows from its status. */
	if (keyspace == STATE_STATUS) {
		struct credit_hash map_key;

		credit_map_key(key, &map_key);
		add_quiet(check, STATE_MAP_LEAF, credit__hash_bytes(&map_key));
	}
}

static enum credit_error is(struct state_check *check, uint8_t keyspace, struct credit_bytes key,
	struct credit_bytes value)
{
	struct named *named;

	if (check->pass != PASS_NAMES)
		return check->pass == PASS_ALL
			       ? credit__match_is(check->match, keyspace, key, value)
			       : CREDIT_OK;
	named = named_of(check, keyspace, key);
	if (!named)
		return CREDIT_OK;
	set_name(named, keyspace, key);
	named->is_known = true;
	credit_sha256(value, &named->is);
	return CREDIT_OK;
}

/* An entity's row of the map is its value and its code. */
static enum credit_error take_status(
	struct state_check *check, struct credit_bytes uscc, struct credit_bytes value)
{
	struct credit_bytes leaf;
	uint8_t memory[CREDIT_HASH_SIZE + CREDIT_USCC_SIZE];
	struct credit_hash key;

	check->entities += check->pass == PASS_ALL;
	if (credit__status_map_leaf(uscc, value, &key, memory, &leaf) != CREDIT_OK)
		return CREDIT_OK; /* then it is not what the journal gives, and told so */
	if (check->pass != PASS_ALL)
		return should(check, STATE_MAP_LEAF, credit__hash_bytes(&key), leaf, false);
	credit__match_add_should(check->match, STATE_MAP_LEAF, credit__hash_bytes(&key), leaf);
	return CREDIT_OK;
}

/* What was expected and not met is to be looked for. */
static enum credit_error leave_expected(struct state_check *check)
{
	struct expected *expected = &check->expected;
	struct credit_bytes code = credit__code_bytes(&expected->row.uscc);
	enum credit_error error = CREDIT_OK;

	check->publication = expected->row.publication;
	if (expected->there && !expected->met[0])
		error = should_unless(check, STATE_ENTITY, code, expected->row.entity);
	if (!error && expected->there && !expected->met[1])
		error = should_unless(check, STATE_STATUS, code, expected->row.status);
	check->publication = 0;
	expected->there = false;
	return error;
}

/* Goes on in the load files up to the code that the state's walk has come to. */
static enum credit_error expect(struct state_check *check, struct credit_bytes code)
{
	struct expected *expected = &check->expected;
	const struct credit_uscc *next = credit__fsck_loads_code(check->loads);
	enum credit_error error = CREDIT_OK;

	while (!error && next && memcmp(next, code.data, CREDIT_USCC_SIZE) <= 0) {
		bool again = memcmp(next, &expected->row.uscc, sizeof *next) == 0;

		error = leave_expected(check);
		credit__fsck_loads_take(check->loads, &expected->row);
		expected->there = true;
		expected->again = again;
		expected->met[0] = expected->met[1] = false;
		next = credit__fsck_loads_code(check->loads);
	}
	if (!error && expected->there &&
		memcmp(&expected->row.uscc, code.data, CREDIT_USCC_SIZE) < 0)
		error = leave_expected(check);
	return error;
}

/* Is this what a load file has made, and nothing in the journal was about it since or before? Then neither side
 * need be kept. (No act deletes an entity or its status.) */
static bool is_expected(struct state_check *check, uint8_t keyspace, struct credit_bytes key,
	struct credit_bytes value)
{
	struct expected *expected = &check->expected;
	bool status = keyspace == STATE_STATUS;

	if (check->pass != PASS_ALL || !expected->there || expected->again ||
		!credit_bytes_equal(key, credit__code_bytes(&expected->row.uscc)) ||
		credit__fsck_loads_passed(check->loads, key) ||
		!credit_bytes_equal(value, status ? expected->row.status : expected->row.entity))
		return false;
	expected->met[status] = true;
	return true;
}

/* A row of an entity: its own or its status. */
static enum credit_error take_entity_row(struct state_check *check, uint8_t keyspace,
	struct credit_bytes key, struct credit_bytes value)
{
	enum credit_error error = CREDIT_OK;

	if (key.size == CREDIT_USCC_SIZE)
		error = expect(check, key);
	if (!error && keyspace == STATE_STATUS)
		error = take_status(check, key, value);
	return error || is_expected(check, keyspace, key, value) ? error
								 : is(check, keyspace, key, value);
}

static enum credit_error take(struct state_check *check, uint8_t keyspace, struct credit_bytes key,
	struct credit_bytes value)
{
	if (keyspace == STATE_ENTITY || keyspace == STATE_STATUS)
		return take_entity_row(check, keyspace, key, value);
	if (keyspace != STATE_MAP_LEAF || check->pass == PASS_NAMES)
		return is(check, keyspace, key, value);
	if (check->pass == PASS_LEAVES)
		return credit__match_is(check->match, keyspace, key, value);
	credit__match_add_is(check->match, keyspace, key, value);
	return CREDIT_OK;
}

static enum credit_error walk_tree(struct state_check *check, uint8_t first)
{
	struct credit_cursor *cursor;
	struct credit_bytes key = {0}, value;
	enum credit_error found, error;

	error = credit_cursor_open(check->state, NULL, first, &cursor);
	if (error)
		return error;
	credit_cursor_widen(cursor);
	found = credit_cursor_seek(cursor, key, &key, &value);
	while (!error && (!found || found == CREDIT_E_STORE_CORRUPT)) {
		uint8_t keyspace = (uint8_t)credit_cursor_keyspace(cursor);

		if (found)
			tell_unreadable(check, keyspace, key);
		error = found ? is(check, keyspace, key, value) : take(check, keyspace, key, value);
		if (check->pass == PASS_ALL && ++check->fsck->report.rows % PROGRESS_ROWS == 0)
			credit__fsck_progress(
				check->fsck, CREDIT_FSCK_STATE, check->fsck->report.rows, 0);
		found = credit_cursor_next(cursor, &key, &value);
	}
	credit_cursor_close(cursor);
	if (!error && found != CREDIT_E_NOT_FOUND)
		error = found;
	return error;
}

/* Marks are looked at one by one, and tiles with the map. */
static enum credit_error walk_state(struct state_check *check)
{
	static const struct credit_uscc behind_all = {.character = "\xff"};
	uint64_t *rows = &check->fsck->report.rows;
	enum credit_error error = CREDIT_OK;

	check->epoch = check->publication = 0;
	check->index = NO_ROW;
	for (uint8_t keyspace = 0; keyspace < STATE_KEYSPACES && !error; keyspace++)
		if (keyspace != STATE_META && keyspace != STATE_MAP_TILE &&
			credit_store_leader(check->store, keyspace) == keyspace)
			error = walk_tree(check, keyspace);
	if (!error)
		error = expect(check, credit__code_bytes(&behind_all));
	if (!error && check->pass == PASS_ALL)
		credit__fsck_progress(check->fsck, CREDIT_FSCK_STATE, *rows, *rows);
	return error;
}

/* --- what does not agree -------------------------------------------------------------------------- */

static void note(void *context, const struct credit__match_difference *difference)
{
	struct state_check *check = context;

	for (size_t i = 0; i < check->quiet_count; i++)
		if (check->named[i].row == difference->row)
			return;
	if (check->named_count == TOLD_MAX)
		check->more++;
	else
		check->named[check->named_count++] = (struct named){
			.row = difference->row, .fault = difference->fault, .keyspace = -1};
}

/* Where the newest effect stands. */
static const char *source_of(const struct named *named, char *text, size_t size)
{
	char digest[FSCK_HASH_TEXT];

	credit__fsck_hash(credit__fsck_binary(&named->should), digest);
	if (named->publication > 0)
		snprintf(text, size, "%s, publication %llu", digest,
			(unsigned long long)named->publication);
	else if (named->epoch > 0)
		snprintf(text, size, "%s, row %llu/%u", digest, (unsigned long long)named->epoch,
			named->index);
	else
		snprintf(text, size, "%s", digest);
	return text;
}

static void tell_named(struct state_check *check, const struct named *named)
{
	static const enum fault faults[] = {
		[MATCH_MISSING] = FAULT_STATE_MISSING,
		[MATCH_EXTRA] = FAULT_STATE_EXTRA,
		[MATCH_DIFFERS] = FAULT_STATE_DIFFERS,
		[MATCH_DELETE_NOTHING] = FAULT_EFFECT,
	};
	char key[CREDIT_FAULT_PLACE_MAX], text[CREDIT_FAULT_VALUE_MAX], is[FSCK_HASH_TEXT];

	if (named->quiet || named->keyspace < 0)
		return;
	credit__fsck_tell(check->fsck,
		named->keyspace == STATE_MAP_LEAF ? FAULT_MAP_LEAF : faults[named->fault],
		named->should_known ? source_of(named, text, sizeof text) : NULL,
		named->is_known ? credit__fsck_hash(credit__fsck_binary(&named->is), is) : NULL,
		"state %s %s", credit__state_names[named->keyspace],
		credit__fsck_key(
			(struct credit_bytes){named->key, named->key_size}, key, sizeof key));
}

static enum credit_error compare_leaves(struct state_check *check)
{
	enum credit_error error;

	check->pass = PASS_LEAVES;
	error = walk_state(check);
	return error ? error : credit__match_compare(check->match, check, note);
}

/* Both passes again, for names. */
static enum credit_error tell_differences(struct state_check *check)
{
	enum credit_error error;

	if (check->named_count == 0)
		return CREDIT_OK;
	qsort(check->named, check->named_count, sizeof *check->named, by_row);
	check->pass = PASS_NAMES;
	error = walk_journal(check);
	if (!error)
		error = walk_state(check);
	for (size_t i = 0; i < check->named_count && !error; i++)
		tell_named(check, &check->named[i]);
	if (!error && check->more > 0) {
		credit__fsck_tell(check->fsck, FAULT_MORE, NULL, NULL, "state, %llu rows",
			(unsigned long long)check->more);
		check->fsck->report.faults += check->more - 1;
	}
	return error;
}

/* --- all of it ------------------------------------------------------------------------------------ */

enum credit_error credit__fsck_state(struct fsck *fsck, struct credit_registry *registry)
{
	struct state_check check = {
		.fsck = fsck, .store = registry->state, .published = registry->published};
	enum credit_error error = credit__match_new(registry->path, &check.match);

	credit_arena_init(&check.load_arena, NULL, 0, LOAD_ARENA_LIMIT);
	check.named = calloc(TOLD_MAX, sizeof *check.named);
	check.loads = credit__fsck_loads_new(fsck);
	if (!error && (!check.named || !check.loads))
		error = CREDIT_E_NO_MEMORY;
	if (!error)
		error = credit_reader_new(registry->state, &check.state);
	if (!error)
		error = credit_read_begin(check.state);
	if (!error)
		error = walk_journal(&check);
	if (!error)
		error = walk_state(&check);
	if (!error)
		error = credit__match_compare(check.match, &check, note);
	if (!error && !credit__match_sums_agree(check.match))
		error = compare_leaves(&check);
	if (!error)
		error = tell_differences(&check);
	if (!error)
		error = credit__fsck_end(fsck, check.state, check.entities);
	fsck->report.entities = check.entities;
	credit_reader_free(check.state);
	credit__match_free(check.match);
	credit_arena_deinit(&check.load_arena);
	credit__fsck_loads_free(check.loads);
	free(check.named);
	return error;
}
