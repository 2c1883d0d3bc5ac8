/* SPDX-License-Identifier: Apache-2.0
 *
 * test_machines.c - the tables of procedures are sound: no state beyond them, no two rows for one
 * question, nothing that cannot be reached, nowhere that cannot be left but an end.
 */
#include "rules/procedure.h"

#include <criterion/criterion.h>

static const struct credit__machine *const machines[] = {
	&credit__machine_repair,
	&credit__machine_objection,
};
#define MACHINES (sizeof machines / sizeof machines[0])

Test(rules_machines, a_state_and_an_act_have_one_row)
{
	for (size_t m = 0; m < MACHINES; m++) {
		for (size_t i = 0; i < machines[m]->step_count; i++) {
			for (size_t j = 0; j < i; j++)
				cr_expect(machines[m]->steps[i].state !=
							  machines[m]->steps[j].state ||
						  machines[m]->steps[i].act !=
							  machines[m]->steps[j].act,
					"%s rows %zu and %zu", machines[m]->name, i, j);
		}
	}
}

Test(rules_machines, rows_lead_to_states_that_there_are)
{
	for (size_t m = 0; m < MACHINES; m++) {
		const struct credit__machine *machine = machines[m];
		for (size_t i = 0; i < machine->step_count; i++) {
			const struct credit__step *step = &machine->steps[i];
			cr_expect_neq(step->next, 0, "%s row %zu", machine->name, i);
			cr_expect(step->decide != NULL);
			for (uint32_t state = 0; state < 32; state++) {
				if (!(step->next & CREDIT__STATE(state)))
					continue;
				cr_expect(state > 0 && protobuf_c_enum_descriptor_get_value(
							       machine->states, (int)state),
					"%s row %zu", machine->name, i);
			}
		}
	}
}

/* From where a case begins every state with a row is reached. */
Test(rules_machines, every_row_can_be_come_to)
{
	for (size_t m = 0; m < MACHINES; m++) {
		const struct credit__machine *machine = machines[m];
		uint32_t reached = CREDIT__STATE(CREDIT__V1__CASE_STATE__CASE_STATE_SUBMITTED),
			 before;
		do {
			before = reached;
			for (size_t i = 0; i < machine->step_count; i++) {
				if (reached & CREDIT__STATE(machine->steps[i].state))
					reached |= machine->steps[i].next;
			}
		} while (reached != before);
		for (size_t i = 0; i < machine->step_count; i++)
			cr_expect(reached & CREDIT__STATE(machine->steps[i].state), "%s row %zu",
				machine->name, i);
	}
}
