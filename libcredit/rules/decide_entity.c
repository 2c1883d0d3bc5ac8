/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_entity.c - enrolling an entity from the base register.
 *
 * From then on it has a status, and a clean one is as provable as any other.
 */
#include "rules/decide.h"

#define EVIDENCE(name) CREDIT__V1__CODE_EVIDENCE__CODE_EVIDENCE_##name

/* What the act calls evidence, in the words of uscc.h. */
static const enum credit_uscc_evidence evidence_of[] = {
	[EVIDENCE(UNSPECIFIED)] = CREDIT_USCC_PLAIN,
	[EVIDENCE(PLAIN)] = CREDIT_USCC_PLAIN,
	[EVIDENCE(REGISTER)] = CREDIT_USCC_REGISTER,
	[EVIDENCE(EXCEPTION)] = CREDIT_USCC_EXCEPTION,
};

static enum credit_error check_evidence(
	struct credit__deciding *deciding, const Credit__V1__EntityEnrolment *enrolment)
{
	struct credit_uscc uscc;
	struct credit_problem problem = {0};
	enum credit_error error;

	if (enrolment->evidence == EVIDENCE(PLAIN))
		return credit__plain_code(deciding, "entity_uscc", enrolment->entity_uscc);
	if (enrolment->evidence_document[0] == '\0')
		return credit__refuse(deciding, CREDIT_E_FIELD_MISSING, "evidence_document", NULL,
			"the document that shows the code");
	if (enrolment->evidence == EVIDENCE(EXCEPTION) &&
		credit_uscc_check(enrolment->entity_uscc) == CREDIT_OK)
		return credit__refuse(deciding, CREDIT_E_FIELD_RANGE, "evidence", NULL,
			"the code passes every test: there is nothing to except");

	error = credit_uscc_parse(credit_bytes_of(enrolment->entity_uscc),
		evidence_of[enrolment->evidence], &uscc, &problem);
	if (!error && !credit__same_uscc(&uscc, enrolment->entity_uscc))
		error = CREDIT_E_USCC_CHARACTER;
	if (error) {
		credit__refuse(deciding, error, "entity_uscc", problem.rule, "%s", problem.detail);
		if (deciding->problem)
			deciding->problem->position = problem.position;
	}
	return error;
}

enum credit_error credit__decide_entity_enrolment(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__EntityEnrolment *enrolment = act->entity_enrolment;
	const struct credit_decision *in = deciding->in;
	struct credit__key key = credit__key_uscc(enrolment->entity_uscc);
	char registrar[CREDIT_USCC_SIZE + 1] = "";
	bool exists;
	enum credit_error error = check_evidence(deciding, enrolment);

	if (!error)
		error = credit__fact_exists(
			deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ENTITY, &key, &exists);
	if (error)
		return error;
	if (exists)
		return credit__refuse(deciding, CREDIT_E_ENTITY_EXISTS, "entity_uscc", NULL, "%s",
			enrolment->entity_uscc);

	Credit__V1__Entity entity = CREDIT__V1__ENTITY__INIT;
	for (size_t i = 0; i < CREDIT_USCC_SIZE; i++)
		registrar[i] = in->issuer.character[i];
	entity.uscc = enrolment->entity_uscc;
	entity.name = enrolment->name;
	entity.evidence = enrolment->evidence;
	entity.enrolled_at = in->now.ms;
	entity.registrar_uscc = registrar;
	error = credit__put(
		deciding, CREDIT__V1__EFFECT_KIND__EFFECT_KIND_ENTITY, &key, &entity.base);
	return error ? error : credit__touch(deciding, entity.uscc);
}
