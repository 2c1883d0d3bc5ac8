/* SPDX-License-Identifier: Apache-2.0
 *
 * test_applicant.c - the entity's own voice: forms, keys, signatures; and who looked.
 */
#include "case_fixture.h"

TestSuite(rules_applicant, .init = set_up_listed, .fini = tear_down_listed);

static struct credit_key_pair pair;
static uint8_t key_id[CREDIT_HASH_SIZE], signature[CREDIT_SIGNATURE_SIZE];

static Credit__V1__EntityKeyEnrolment key_enrolment(void)
{
	Credit__V1__EntityKeyEnrolment enrolment = CREDIT__V1__ENTITY_KEY_ENROLMENT__INIT;
	uint8_t seed[CREDIT_SEED_SIZE] = {42};
	struct credit_hash id;

	credit_key_from_seed(seed, &pair);
	credit_key_id(&pair.public_key, &id);
	memcpy(key_id, id.byte, sizeof key_id);
	enrolment.entity_uscc = company;
	enrolment.suite = 1;
	enrolment.public_key = (ProtobufCBinaryData){CREDIT_PUBLIC_KEY_SIZE, pair.public_key.byte};
	enrolment.document_no = (char *)"京海授〔2026〕1号";
	return enrolment;
}

static struct credit_application said_of(const Credit__V1__RepairApplication *application)
{
	struct credit_application said = {
		.origin = TOY_ORIGIN,
		.act = TOY_PAYLOAD(REPAIR_APPLICATION),
		.applied_on = {application->applied_on},
		.ground = "performed",
		.statement = application->statement,
	};

	memcpy(said.entity.character, company, CREDIT_USCC_SIZE);
	memcpy(said.subject.byte, record_id, sizeof record_id);
	memcpy(said.token_hash.byte, toy_case_token_hash, sizeof toy_case_token_hash);
	return said;
}

static void sign(const struct credit_application *said)
{
	struct credit_signature made;

	cr_assert_eq(credit_application_sign(said, &pair, &made), CREDIT_OK);
	memcpy(signature, made.byte, sizeof signature);
	applicant.form_digest = (ProtobufCBinaryData){0, NULL};
	applicant.key_id = (ProtobufCBinaryData){sizeof key_id, key_id};
	applicant.signature = (ProtobufCBinaryData){sizeof signature, signature};
}

Test(rules_applicant, exactly_one_way_of_speaking)
{
	Credit__V1__RepairApplication application =
		toy_case_repair(&toy, company, record_id, &applicant);
	struct credit_application said = said_of(&application);
	Credit__V1__Applicant form = applicant;

	key_enrolment();
	sign(&said);
	applicant.form_digest = form.form_digest;
	cr_refused(toy.window, REPAIR_APPLICATION, &application, APPLICANT,
		"repair_application.applicant");
	applicant.form_digest.len = 0;
	applicant.signature.len = 0;
	cr_refused(toy.window, REPAIR_APPLICATION, &application, APPLICANT,
		"repair_application.applicant");
	applicant.key_id.len = 0;
	cr_refused(toy.window, REPAIR_APPLICATION, &application, APPLICANT,
		"repair_application.applicant");
}

Test(rules_applicant, a_signature_is_bound_to_everything_that_matters)
{
	Credit__V1__EntityKeyEnrolment enrolment = key_enrolment();
	Credit__V1__RepairApplication application =
		toy_case_repair(&toy, company, record_id, &applicant);
	const struct credit_application right = said_of(&application);
	struct credit_application wrong[8];

	for (size_t i = 0; i < 8; i++)
		wrong[i] = right;
	wrong[0].origin = "other/2026";
	wrong[1].entity.character[0] = '5';
	wrong[2].subject.byte[0] ^= 1;
	wrong[3].act = TOY_PAYLOAD(OBJECTION);
	wrong[4].applied_on.days--;
	wrong[5].statement = "别的";
	wrong[6].token_hash.byte[0] ^= 1;
	wrong[7].ground = "reorganisation";

	sign(&right);
	cr_refused(toy.window, REPAIR_APPLICATION, &application, APPLICANT,
		"repair_application.applicant.key_id");
	cr_accepted(toy.window, ENTITY_KEY_ENROLMENT, &enrolment);
	for (size_t i = 0; i < 8; i++) {
		sign(&wrong[i]);
		cr_refused(toy.window, REPAIR_APPLICATION, &application, APPLICANT,
			"repair_application.applicant.signature");
	}
	sign(&right);
	cr_accepted(toy.window, REPAIR_APPLICATION, &application);
	/* Who signs needs no form. */
	memcpy(case_id, toy.id, sizeof case_id);
	cr_document(toy.window, PERFORMANCE);
	cr_document(toy.window, PLEDGE);
	cr_steps(toy.window, CASE_ACCEPTANCE);
}

Test(rules_applicant, keys_are_enrolled_once_and_revoked_for_good)
{
	Credit__V1__EntityKeyEnrolment enrolment = key_enrolment();
	Credit__V1__EntityKeyRevocation revocation = CREDIT__V1__ENTITY_KEY_REVOCATION__INIT;
	Credit__V1__RepairApplication application =
		toy_case_repair(&toy, company, record_id, &applicant);
	struct credit_application said = said_of(&application);
	uint8_t weak[CREDIT_PUBLIC_KEY_SIZE] = {1};

	cr_refused(toy.market, ENTITY_KEY_ENROLMENT, &enrolment, NOT_GRANTED, NULL);
	enrolment.public_key.data = weak;
	cr_refused(toy.window, ENTITY_KEY_ENROLMENT, &enrolment, KEY_WEAK,
		"entity_key_enrolment.public_key");
	enrolment = key_enrolment();
	revocation.entity_uscc = company;
	revocation.key_id = (ProtobufCBinaryData){sizeof key_id, key_id};
	revocation.reason = (char *)"遗失";
	cr_refused(toy.registrar, ENTITY_KEY_REVOCATION, &revocation, KEY_UNKNOWN,
		"entity_key_revocation.key_id");
	cr_accepted(toy.registrar, ENTITY_KEY_ENROLMENT, &enrolment);
	cr_refused(toy.window, ENTITY_KEY_ENROLMENT, &enrolment, KEY_EXISTS,
		"entity_key_enrolment.public_key");
	cr_accepted(toy.registrar, ENTITY_KEY_REVOCATION, &revocation);
	cr_refused(toy.registrar, ENTITY_KEY_REVOCATION, &revocation, KEY_REVOKED,
		"entity_key_revocation.key_id");
	cr_refused(toy.window, ENTITY_KEY_ENROLMENT, &enrolment, KEY_EXISTS,
		"entity_key_enrolment.public_key");
	sign(&said);
	cr_refused(toy.window, REPAIR_APPLICATION, &application, APPLICANT,
		"repair_application.applicant.key_id");
}

/* --- who looked -------------------------------------------------------------------------------- */

Test(rules_applicant, reads_are_recorded_by_the_system_for_enrolled_readers)
{
	Credit__V1__AccessRecord read = CREDIT__V1__ACCESS_RECORD__INIT;
	char absent[CREDIT_USCC_SIZE + 1];

	toy_uscc("11110108", 88, absent);
	read.entity_uscc = company;
	read.reader_uscc = toy.market.uscc;
	read.method = (char *)"repair-service/get-case";
	read.purpose = (char *)"办理修复";
	read.at = toy.now.ms;
	cr_refused(toy.market, ACCESS_RECORD, &read, NOT_GRANTED, NULL);
	cr_accepted(toy.system, ACCESS_RECORD, &read);
	cr_expect_eq(toy_state_count(&toy.state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ACCESS), 1U);
	read.reader_uscc = absent;
	cr_refused(
		toy.system, ACCESS_RECORD, &read, AUTHORITY_UNKNOWN, "access_record.reader_uscc");
	read.reader_uscc = toy.market.uscc;
	read.at += 86400000;
	cr_refused(toy.system, ACCESS_RECORD, &read, DATE_FUTURE, "access_record.at");
	read.at -= 86400000;
	read.entity_uscc = (char *)"";
	cr_accepted(toy.system, ACCESS_RECORD, &read);
	cr_expect_eq(toy_state_count(&toy.state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ACCESS), 2U,
		"what concerns the registry as a whole names no entity");
}

static Credit__V1__AccessRecord a_read(void)
{
	Credit__V1__AccessRecord read = CREDIT__V1__ACCESS_RECORD__INIT;

	read.entity_uscc = company;
	read.reader_uscc = toy.market.uscc;
	read.method = (char *)"repair-service/get-case";
	read.purpose = (char *)"办理修复";
	read.at = toy.now.ms;
	return read;
}

Test(rules_applicant, records_of_reads_are_erased_when_the_books_months_are_over)
{
	Credit__V1__AccessRecord read = a_read();
	Credit__V1__AccessExpiry expiry = CREDIT__V1__ACCESS_EXPIRY__INIT;
	credit_day_t over = credit_day_add_months(credit_day_of(toy.now), 36);
	uint8_t id[CREDIT_RECORD_ID_SIZE];

	cr_accepted(toy.system, ACCESS_RECORD, &read);
	memcpy(id, toy.id, sizeof id);
	expiry.holder_uscc = company;
	expiry.access = (ProtobufCBinaryData){sizeof id, id};
	expiry.date = over.days;
	cr_refused(toy.system, ACCESS_EXPIRY, &expiry, DATE_FUTURE, "access_expiry.date");
	cr_refused(toy.market, ACCESS_EXPIRY, &expiry, NOT_GRANTED, NULL);
	toy_set_day(&toy, (credit_day_t){over.days - 1});
	toy_fire_due(&toy);
	cr_expect_eq(toy_state_count(&toy.state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ACCESS), 1U);
	toy_set_day(&toy, over);
	toy_fire_due(&toy);
	cr_expect_eq(toy_state_count(&toy.state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ACCESS), 0U);
	cr_expect_eq(toy_state_count(&toy.state, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ERASURE), 1U);
	cr_refused(toy.system, ACCESS_EXPIRY, &expiry, ACCESS_UNKNOWN, "access_expiry.access");
}
