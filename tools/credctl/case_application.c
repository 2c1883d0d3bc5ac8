/* SPDX-License-Identifier: Apache-2.0
 *
 * case_application.c - see case_application.h.
 */
#include "case_application.h"

#include "file.h"

#include <string.h>

const struct option_choice application_grounds[] = {
	{"performed", CREDIT__V1__REPAIR_GROUND__REPAIR_GROUND_PERFORMED},
	{"reorganisation", CREDIT__V1__REPAIR_GROUND__REPAIR_GROUND_REORGANISATION},
	{NULL, 0},
};

/* The word that is signed. */
static const char *ground_word(uint32_t ground)
{
	const struct option_choice *choice = application_grounds;

	while (choice->name && (uint32_t)choice->value != ground)
		choice++;
	return choice->name ? choice->name : "";
}

static ProtobufCBinaryData record_of(const struct application_values *values)
{
	return (ProtobufCBinaryData){
		CREDIT_RECORD_ID_SIZE, (uint8_t *)(uintptr_t)values->record.id.byte};
}

static void build_repair(const struct application_values *values, struct application *application)
{
	Credit__V1__RepairApplication *repair = &application->payload.repair;
	uint32_t ground = values->repair_ground
				  ? values->repair_ground
				  : CREDIT__V1__REPAIR_GROUND__REPAIR_GROUND_PERFORMED;

	credit__v1__repair_application__init(repair);
	application->text.ground = ground_word(ground);
	repair->entity_uscc = application->uscc;
	repair->record = record_of(values);
	repair->ground = (Credit__V1__RepairGround)ground;
	repair->applied_on = application->text.applied_on.days;
	repair->applicant = &application->applicant.message;
	if (values->statement)
		repair->statement = values->statement;
	if (values->ruling)
		repair->ruling_no = values->ruling;
	application->act.repair_application = repair;
}

static void build_objection(
	const struct application_values *values, struct application *application)
{
	Credit__V1__Objection *objection = &application->payload.objection;

	credit__v1__objection__init(objection);
	application->text.ground = values->ground;
	objection->entity_uscc = application->uscc;
	objection->record = record_of(values);
	objection->ground = values->ground;
	objection->applied_on = application->text.applied_on.days;
	objection->applicant = &application->applicant.message;
	objection->statement = values->statement;
	application->act.objection = objection;
}

enum credit_error application_build(const struct app *app, const struct application_values *values,
	Credit__V1__Act__PayloadCase payload, struct application *ret_application,
	struct credit_problem *problem)
{
	struct application *application = ret_application;

	*application = (struct application){
		.text = {
			.entity = values->entity.uscc,
			.act = (uint32_t)payload,
			.subject = values->record.id,
			.applied_on = values->date.days ? values->date : app_today(),
			.statement = values->statement ? values->statement : "",
		}};
	credit__v1__act__init(&application->act);
	application->act.payload_case = payload;
	output_uscc(&values->entity.uscc, application->uscc);
	if (payload == CREDIT__V1__ACT__PAYLOAD_REPAIR_APPLICATION)
		build_repair(values, application);
	else
		build_objection(values, application);
	return applicant_open(app, &values->applicant, &application->applicant, problem);
}

void application_free(struct application *application)
{
	applicant_free(&application->applicant);
}

enum credit_error application_write(
	const char *path, const struct application *application, struct credit_problem *problem)
{
	struct credit_arena arena;
	struct credit_bytes bytes;
	enum credit_error error = credit_act_check(&application->act, problem);

	if (error)
		return error;
	credit_arena_init(&arena, NULL, 0, CREDIT_ACT_MAX);
	error = credit_encode(&application->act.base, &arena, &bytes);
	if (error)
		credit_problem_set(problem, error, path, NULL, NULL);
	else
		error = file_create(path, 0600, bytes, problem);
	credit_arena_deinit(&arena);
	return error;
}

enum credit_error application_read(const char *path, Credit__V1__Act__PayloadCase payload,
	struct credit_arena *arena, const Credit__V1__Act **ret_act, struct credit_problem *problem)
{
	struct credit_bytes file, bytes;
	enum credit_error error = file_read(path, CREDIT_ACT_MAX, &file, problem);

	if (error)
		return error;
	bytes = (struct credit_bytes){credit_arena_copy(arena, file.data, file.size), file.size};
	file_free(file);
	if (!bytes.data)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	error = credit_act_decode(bytes, arena, ret_act, problem);
	if (!error && (*ret_act)->payload_case != payload)
		error = credit_problem_set(problem, CREDIT_E_FIELD_FORM, path, NULL, NULL);
	return error;
}
