/* SPDX-License-Identifier: Apache-2.0
 *
 * test_registry_acts.c - founding, authorities, keys, grants, rule books: who may, and who not.
 */
#include "rules_fixture.h"

static void set_up(void)
{
	toy_init_founded(&toy);
}

static void set_up_empty(void)
{
	toy_init(&toy);
}

static void tear_down(void)
{
	toy_deinit(&toy);
}

TestSuite(rules_founding, .init = set_up_empty, .fini = tear_down);
TestSuite(rules_registry, .init = set_up, .fini = tear_down);

static ProtobufCBinaryData bytes_of(void *data, size_t size)
{
	return (ProtobufCBinaryData){size, data};
}

/* --- founding ------------------------------------------------------------------------------ */

Test(rules_founding, the_first_act_founds)
{
	Credit__V1__RegistryFounding founding = toy_founding(&toy);

	cr_accepted(toy.root, REGISTRY_FOUNDING, &founding);
	cr_expect_eq(toy.effects, 4);
}

Test(rules_founding, nothing_comes_before_it)
{
	Credit__V1__Grant grant = toy_grant(&toy.tax, CREDIT__V1__ROLE__ROLE_DECIDER);

	cr_refused(toy.root, GRANT, &grant, FOUNDING, "grant");
}

Test(rules_founding, refused_when_not_made_out_to_this_registry_and_root)
{
	Credit__V1__RegistryFounding other_origin = toy_founding(&toy);
	Credit__V1__RegistryFounding other_root = toy_founding(&toy);
	Credit__V1__RegistryFounding other_key = toy_founding(&toy);
	Credit__V1__RegistryFounding same_keys = toy_founding(&toy);
	Credit__V1__RegistryFounding weak_key = toy_founding(&toy);
	uint8_t zeros[CREDIT_PUBLIC_KEY_SIZE] = {0};

	other_origin.origin = (char *)"credit.other.example/2026";
	cr_refused(
		toy.root, REGISTRY_FOUNDING, &other_origin, FOUNDING, "registry_founding.origin");
	other_root.root_uscc = toy.tax.uscc;
	cr_refused(
		toy.root, REGISTRY_FOUNDING, &other_root, FOUNDING, "registry_founding.root_uscc");
	other_key.root_key = bytes_of(toy.tax.pair.public_key.byte, 32);
	cr_refused(toy.root, REGISTRY_FOUNDING, &other_key, FOUNDING, "registry_founding.root_key");
	same_keys.system_key = same_keys.root_key;
	cr_refused(toy.root, REGISTRY_FOUNDING, &same_keys, KEY_EXISTS, NULL);
	weak_key.log_key = bytes_of(zeros, sizeof zeros);
	cr_refused(toy.root, REGISTRY_FOUNDING, &weak_key, KEY_WEAK, "registry_founding.log_key");
	cr_expect_eq(toy.state.count, 0);
}

Test(rules_registry, a_second_founding_is_refused)
{
	Credit__V1__RegistryFounding founding = toy_founding(&toy);

	cr_refused(toy.root, REGISTRY_FOUNDING, &founding, FOUNDING, NULL);
}

/* --- authorities and keys ------------------------------------------------------------------ */

Test(rules_registry, only_the_root_key_enrols_authorities)
{
	Credit__V1__AuthorityEnrolment enrolment = CREDIT__V1__AUTHORITY_ENROLMENT__INIT;
	char uscc[19];

	toy_uscc("11440100", 77, uscc);
	enrolment.authority_uscc = uscc;
	enrolment.name = (char *)"广州市某局";
	cr_refused(toy.market, AUTHORITY_ENROLMENT, &enrolment, NOT_GRANTED, NULL);
	cr_refused(toy.system, AUTHORITY_ENROLMENT, &enrolment, NOT_GRANTED, NULL);
	cr_accepted(toy.root, AUTHORITY_ENROLMENT, &enrolment);
	cr_refused(toy.root, AUTHORITY_ENROLMENT, &enrolment, AUTHORITY_EXISTS,
		"authority_enrolment.authority_uscc");
	uscc[17] = uscc[17] == '1' ? '2' : '1';
	cr_refused(toy.root, AUTHORITY_ENROLMENT, &enrolment, USCC_CHECK,
		"authority_enrolment.authority_uscc");
	cr_expect_eq(toy.problem.position, 18);
}

static Credit__V1__KeyEnrolment new_key(struct toy_office *office, struct credit_key_pair *pair)
{
	Credit__V1__KeyEnrolment enrolment = CREDIT__V1__KEY_ENROLMENT__INIT;
	uint8_t seed[CREDIT_SEED_SIZE] = {200};

	credit_key_from_seed(seed, pair);
	enrolment.authority_uscc = office->uscc;
	enrolment.suite = 1;
	enrolment.public_key = bytes_of(pair->public_key.byte, 32);
	return enrolment;
}

Test(rules_registry, an_authority_enrols_its_own_next_key_and_no_other)
{
	struct toy_office renewed = toy.market;
	Credit__V1__KeyEnrolment key = new_key(&toy.market, &renewed.pair);
	Credit__V1__Grant grant = toy_grant(&toy.tax, CREDIT__V1__ROLE__ROLE_DECIDER);

	cr_refused(toy.tax, KEY_ENROLMENT, &key, NOT_GRANTED, NULL);
	cr_refused(renewed, KEY_ENROLMENT, &key, KEY_UNKNOWN, "key_id");
	cr_accepted(toy.market, KEY_ENROLMENT, &key);
	cr_refused(toy.root, KEY_ENROLMENT, &key, KEY_EXISTS, "key_enrolment.public_key");
	cr_refused(renewed, GRANT, &grant, NOT_GRANTED, NULL);
}

Test(rules_registry, a_key_of_small_order_is_refused)
{
	struct credit_key_pair pair;
	Credit__V1__KeyEnrolment key = new_key(&toy.market, &pair);
	uint8_t one[32] = {1};

	key.public_key = bytes_of(one, sizeof one);
	cr_refused(toy.root, KEY_ENROLMENT, &key, KEY_WEAK, "key_enrolment.public_key");
}

Test(rules_registry, a_key_is_enrolled_for_known_authorities_only)
{
	struct credit_key_pair pair;
	struct toy_office nobody = toy.market;
	toy_uscc("11440100", 78, nobody.uscc);
	Credit__V1__KeyEnrolment key = new_key(&nobody, &pair);

	cr_refused(
		toy.root, KEY_ENROLMENT, &key, AUTHORITY_UNKNOWN, "key_enrolment.authority_uscc");
}

static Credit__V1__KeyRevocation revocation_of(
	struct toy_office *office, struct credit_hash *ret_id)
{
	Credit__V1__KeyRevocation revocation = CREDIT__V1__KEY_REVOCATION__INIT;

	credit_key_id(&office->pair.public_key, ret_id);
	revocation.authority_uscc = office->uscc;
	revocation.key_id = bytes_of(ret_id->byte, sizeof ret_id->byte);
	revocation.reason = (char *)"更换";
	return revocation;
}

Test(rules_registry, a_revoked_key_signs_no_more_from_that_epoch_on)
{
	struct credit_hash id;
	Credit__V1__KeyRevocation revocation = revocation_of(&toy.market, &id);
	struct credit_state_view view = toy_state_view(&toy.state);
	struct credit_uscc issuer;
	struct credit_public_key key;
	uint64_t revoked_in = toy.epoch + 1;
	char uscc[19];

	toy_uscc("91110108", 1, uscc);
	toy_enrol(&toy, uscc);
	memcpy(issuer.character, toy.market.uscc, sizeof issuer.character);
	cr_refused(toy.tax, KEY_REVOCATION, &revocation, NOT_GRANTED, NULL);
	revoked_in = toy.epoch;
	cr_accepted(toy.root, KEY_REVOCATION, &revocation);
	Credit__V1__Listing listing = toy_listing(uscc, "2026-11-20");
	cr_refused(toy.market, LISTING, &listing, KEY_REVOKED, "key_id");
	cr_refused(toy.root, KEY_REVOCATION, &revocation, KEY_REVOKED, NULL);
	cr_expect_eq(credit_key_lookup(&view, &issuer, &id, revoked_in - 1, &key, NULL), CREDIT_OK,
		"what it signed before still counts");
	cr_expect_eq(credit_key_lookup(&view, &issuer, &id, revoked_in, &key, NULL),
		CREDIT_E_KEY_REVOKED);
}

Test(rules_registry, the_keys_of_the_founding_cannot_be_revoked)
{
	struct credit_hash id;
	Credit__V1__KeyRevocation root = revocation_of(&toy.root, &id);

	cr_refused(toy.root, KEY_REVOCATION, &root, NOT_GRANTED, "key_revocation.key_id");
	Credit__V1__KeyRevocation system = revocation_of(&toy.system, &id);
	cr_refused(toy.root, KEY_REVOCATION, &system, NOT_GRANTED, "key_revocation.key_id");
}

Test(rules_registry, key_lookup_tells_unknown_authority_unknown_key_and_stolen_name_apart)
{
	struct credit_state_view view = toy_state_view(&toy.state);
	struct credit_public_key key = {{0}};
	struct credit_uscc market, nobody;
	struct credit_hash market_id, tax_id, unknown = {{9}};
	char uscc[19];

	toy_uscc("11440100", 79, uscc);
	memcpy(nobody.character, uscc, sizeof nobody.character);
	memcpy(market.character, toy.market.uscc, sizeof market.character);
	credit_key_id(&toy.market.pair.public_key, &market_id);
	credit_key_id(&toy.tax.pair.public_key, &tax_id);
	cr_expect_eq(credit_key_lookup(&view, &nobody, &market_id, 9, &key, NULL),
		CREDIT_E_AUTHORITY_UNKNOWN);
	cr_expect_eq(
		credit_key_lookup(&view, &market, &unknown, 9, &key, NULL), CREDIT_E_KEY_UNKNOWN);
	cr_expect_eq(
		credit_key_lookup(&view, &market, &tax_id, 9, &key, NULL), CREDIT_E_KEY_UNKNOWN);
	cr_assert_eq(credit_key_lookup(&view, &market, &market_id, 9, &key, NULL), CREDIT_OK);
	cr_expect_arr_eq(key.byte, toy.market.pair.public_key.byte, 32);
}

/* --- grants -------------------------------------------------------------------------------- */

/* A new office with exactly this grant files a listing of an entity of Haidian on 2026-11-23. */
static enum credit_error list_with_grant(Credit__V1__Grant *grant)
{
	static unsigned serial = 100;
	char uscc[19];
	Credit__V1__Listing listing;

	toy_uscc("91110108", serial++, uscc);
	toy_enrol(&toy, uscc);
	toy_must(&toy, &toy.root, TOY_PAYLOAD(GRANT), grant);
	listing = toy_listing(uscc, "2026-11-20");
	return toy_file(&toy, &toy.stranger, TOY_PAYLOAD(LISTING), &listing);
}

Test(rules_registry, a_grant_reaches_as_far_as_its_words)
{
	static const struct {
		const char *reason;
		Credit__V1__Role role;
		const char *item, *region, *from, *until;
		const char *refusal; /* NULL: granted */
	} grants[] = {
		{"another role", CREDIT__V1__ROLE__ROLE_SUPERVISOR, NULL, "", "2026-01-01", NULL,
			"no grant of the role"},
		{"filers do not decide listings", CREDIT__V1__ROLE__ROLE_FILER, NULL, "",
			"2026-01-01", NULL, "no grant of the role"},
		{"tomorrow", CREDIT__V1__ROLE__ROLE_DECIDER, NULL, "", "2026-11-24", NULL,
			"not valid yet"},
		{"yesterday", CREDIT__V1__ROLE__ROLE_DECIDER, NULL, "", "2026-01-01", "2026-11-22",
			"run out"},
		{"another list", CREDIT__V1__ROLE__ROLE_DECIDER, "red.taxpayer-a", "", "2026-01-01",
			NULL, "does not cover this item"},
		{"another district", CREDIT__V1__ROLE__ROLE_DECIDER, NULL, "110105", "2026-01-01",
			NULL, "division"},
		{"another province", CREDIT__V1__ROLE__ROLE_DECIDER, "black.market-serious", "31",
			"2026-01-01", NULL, "division"},
		{"this district, this list, only today", CREDIT__V1__ROLE__ROLE_DECIDER,
			"black.market-serious", "110108", "2026-11-23", "2026-11-23", NULL},
	};

	for (size_t i = 0; i < sizeof grants / sizeof grants[0]; i++) {
		Credit__V1__Grant grant = toy_grant(&toy.stranger, grants[i].role);
		char *items[1] = {(char *)(uintptr_t)grants[i].item};
		grant.items = items;
		grant.n_items = grants[i].item != NULL;
		grant.region = (char *)(uintptr_t)grants[i].region;
		grant.valid_from = toy_day(grants[i].from).days;
		grant.valid_until = grants[i].until ? toy_day(grants[i].until).days : 0;
		enum credit_error error = list_with_grant(&grant);
		cr_expect_eq(error, grants[i].refusal ? CREDIT_E_NOT_GRANTED : CREDIT_OK, "%s: %s",
			grants[i].reason, toy.problem.detail);
		if (grants[i].refusal)
			cr_expect(strstr(toy.problem.detail, grants[i].refusal), "%s: %s",
				grants[i].reason, toy.problem.detail);
	}
}

Test(rules_registry, a_prefix_of_the_division_covers_the_province)
{
	Credit__V1__Grant grant = toy_grant(&toy.stranger, CREDIT__V1__ROLE__ROLE_DECIDER);

	grant.region = (char *)"11";
	cr_expect_eq(list_with_grant(&grant), CREDIT_OK);
}

Test(rules_registry, a_revoked_grant_grants_nothing_and_is_revoked_once)
{
	Credit__V1__Grant grant = toy_grant(&toy.stranger, CREDIT__V1__ROLE__ROLE_DECIDER);
	Credit__V1__GrantRevocation revocation = CREDIT__V1__GRANT_REVOCATION__INIT;
	uint8_t id[CREDIT_RECORD_ID_SIZE], other[CREDIT_RECORD_ID_SIZE] = {1};
	Credit__V1__Listing listing;
	char uscc[19];

	toy_uscc("91110108", 50, uscc);
	toy_enrol(&toy, uscc);
	toy_must(&toy, &toy.root, TOY_PAYLOAD(GRANT), &grant);
	memcpy(id, toy.id, sizeof id);
	revocation.authority_uscc = toy.stranger.uscc;
	revocation.reason = (char *)"职能调整";
	revocation.grant_id = bytes_of(other, sizeof other);
	cr_refused(toy.root, GRANT_REVOCATION, &revocation, GRANT_UNKNOWN,
		"grant_revocation.grant_id");
	revocation.grant_id = bytes_of(id, sizeof id);
	cr_accepted(toy.root, GRANT_REVOCATION, &revocation);
	cr_refused(toy.root, GRANT_REVOCATION, &revocation, GRANT_UNKNOWN, NULL);
	listing = toy_listing(uscc, "2026-11-20");
	cr_refused(toy.stranger, LISTING, &listing, NOT_GRANTED, "listing");
	cr_expect(strstr(toy.problem.detail, "revoked"), "%s", toy.problem.detail);
}

Test(rules_registry, a_grant_that_ends_before_it_begins_is_refused)
{
	Credit__V1__Grant grant = toy_grant(&toy.stranger, CREDIT__V1__ROLE__ROLE_DECIDER);

	grant.valid_until = grant.valid_from - 1;
	cr_refused(toy.root, GRANT, &grant, FIELD_RANGE, "grant.valid_until");
}

/* --- rule books ---------------------------------------------------------------------------- */

static Credit__V1__RuleBookAdoption adoption(struct credit_hash *digest, const char *date)
{
	Credit__V1__RuleBookAdoption made = CREDIT__V1__RULE_BOOK_ADOPTION__INIT;

	credit_sha256(toy.book_bytes, digest);
	made.version = (char *)"cn-2026";
	made.digest = bytes_of(digest->byte, sizeof digest->byte);
	made.effective_date = toy_day(date).days;
	return made;
}

Test(rules_registry, adoption_asks_for_the_very_book_and_once)
{
	struct credit_hash digest;
	Credit__V1__RuleBookAdoption act = adoption(&digest, "2026-05-01");

	cr_refused(toy.root, RULE_BOOK_ADOPTION, &act, ATTACHMENT, "rule_book_adoption.digest");
	toy.attachment = toy.book_bytes;
	cr_refused(toy.root, RULE_BOOK_ADOPTION, &act, EXISTS, "rule_book_adoption.version");
	toy.attachment = toy.book_bytes;
	act.version = (char *)"cn-2027";
	cr_refused(
		toy.root, RULE_BOOK_ADOPTION, &act, RULE_BOOK_VALUE, "rule_book_adoption.version");
	toy.attachment = toy.book_bytes;
	cr_refused(toy.market, RULE_BOOK_ADOPTION, &act, NOT_GRANTED, NULL);
	act = adoption(&digest, "2026-03-31");
	toy.attachment = toy.book_bytes;
	cr_refused(toy.root, RULE_BOOK_ADOPTION, &act, RULE_BOOK_VALUE,
		"rule_book_adoption.effective_date");
}

Test(rules_registry, an_attachment_that_is_no_rule_book_is_refused)
{
	static const uint8_t junk[] = {0x0a, 0x00};
	struct credit_bytes bytes = {junk, sizeof junk};
	struct credit_hash digest;
	Credit__V1__RuleBookAdoption act = adoption(&digest, "2026-05-01");

	credit_sha256(bytes, &digest);
	toy.attachment = bytes;
	cr_refused(toy.root, RULE_BOOK_ADOPTION, &act, NOT_CANONICAL, NULL);
}

Test(rules_registry, the_book_in_force_is_the_latest_that_has_begun)
{
	struct credit_state_view view = toy_state_view(&toy.state);
	struct credit_bytes row;

	cr_expect_eq(credit_rules_in_force(&view, toy_day("2026-03-31"), &row), CREDIT_E_NOT_FOUND);
	cr_expect_eq(credit_rules_in_force(&view, toy_day("1969-12-31"), &row), CREDIT_E_NOT_FOUND);
	cr_assert_eq(credit_rules_in_force(&view, toy_day("2026-04-01"), &row), CREDIT_OK);
	Credit__V1__RuleBookRow *message =
		credit__v1__rule_book_row__unpack(NULL, row.size, row.data);
	cr_assert_not_null(message);
	cr_expect_str_eq(message->version, "cn-2026");
	credit__v1__rule_book_row__free_unpacked(message, NULL);
}

Test(rules_registry, a_broken_store_is_a_fault_and_not_a_refusal)
{
	Credit__V1__Grant grant = toy_grant(&toy.stranger, CREDIT__V1__ROLE__ROLE_DECIDER);

	toy.state.fail_get = CREDIT_E_STORE_CORRUPT;
	cr_refused(toy.root, GRANT, &grant, STORE_CORRUPT, NULL);
	cr_expect(credit_error_is_fault(CREDIT_E_STORE_CORRUPT));
	cr_expect(credit_error_is_fault(CREDIT_E_NO_MEMORY));
	cr_expect(credit_error_is_fault(CREDIT_E_IO));
	cr_expect(credit_error_is_fault(CREDIT_E_INTERNAL));
	cr_expect_not(credit_error_is_fault(CREDIT_E_PERIOD));
	cr_expect_not(credit_error_is_fault(CREDIT_OK));
}
