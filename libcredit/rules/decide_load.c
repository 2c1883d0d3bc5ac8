/* SPDX-License-Identifier: Apache-2.0
 *
 * decide_load.c - enrolling a base register's load file.
 *
 * The decision is about the file; its rows were checked, each by the rules of an enrolment, when they
 * were staged. The next publication carries it out.
 */
#include "rules/decide.h"

#include <string.h>

#define LOAD CREDIT__V1__EFFECT_KIND__EFFECT_KIND_LOAD

static enum credit_error exists(
	struct credit__deciding *deciding, struct credit_bytes key, bool *ret_exists)
{
	const struct credit_state_view *state = deciding->in->state;
	struct credit_bytes value;
	enum credit_error error = state->get(state->context, LOAD, key, &value);

	*ret_exists = error == CREDIT_OK;
	return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
}

/* Neither filed before nor waiting, and staged as the act says. */
static enum credit_error check_file(
	struct credit__deciding *deciding, const Credit__V1__BaseRegisterLoad *load)
{
	const struct credit_decision *in = deciding->in;
	uint8_t key[CREDIT_LOAD_DONE_KEY_SIZE];
	struct credit_hash digest;
	uint32_t entities = 0;
	bool done = false, waiting = false;
	enum credit_error error;

	memcpy(digest.byte, load->digest.data, sizeof digest.byte);
	error = exists(deciding, credit_load_done_key(&digest, key), &done);
	if (!error)
		error = exists(deciding, credit_load_filed_key(key), &waiting);
	if (error)
		return error;
	if (done)
		return credit__refuse(deciding, CREDIT_E_LOAD_EXISTS, "digest", NULL, NULL);
	if (waiting)
		return credit__refuse(deciding, CREDIT_E_LOAD_WAITING, NULL, NULL, NULL);
	error = in->load ? in->load(in->load_context, &digest, &entities) : CREDIT_E_NOT_FOUND;
	if (error == CREDIT_E_NOT_FOUND)
		return credit__refuse(deciding, CREDIT_E_LOAD_STAGED, "digest", NULL, NULL);
	if (!error && entities != load->entities)
		return credit__refuse(deciding, CREDIT_E_LOAD_STAGED, "entities", NULL,
			"the file has %u rows", entities);
	return error;
}

enum credit_error credit__decide_base_register_load(
	struct credit__deciding *deciding, const Credit__V1__Act *act)
{
	const Credit__V1__BaseRegisterLoad *filed = act->base_register_load;
	const struct credit_decision *in = deciding->in;
	struct credit__key key;
	Credit__V1__Load load = CREDIT__V1__LOAD__INIT;
	char registrar[CREDIT_USCC_SIZE + 1] = "";
	struct credit_opening seed;
	enum credit_error error = CREDIT_OK;
	struct credit_bytes value;

	if (filed->as_of > deciding->today.days)
		error = credit__refuse(deciding, CREDIT_E_DATE_FUTURE, "as_of", NULL, NULL);
	if (!error)
		error = check_file(deciding, filed);
	if (error)
		return error;
	memcpy(registrar, in->issuer.character, CREDIT_USCC_SIZE);
	load.digest = filed->digest;
	load.registrar_uscc = registrar;
	load.enrolled_at = in->now.ms;
	load.entities = filed->entities;
	key.size = credit_load_filed_key(key.byte).size;
	in->draw(in->draw_context, &seed);
	error = credit_load_value(&seed, &load, in->arena, &value);
	return error ? error : credit__put_bytes(deciding, LOAD, &key, value);
}
