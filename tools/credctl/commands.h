/* SPDX-License-Identifier: Apache-2.0
 *
 * commands.h - the subcommands, each described and done in its cmd_*.c.
 *
 * A new one: a cmd_<name>.c that fills a struct command, its line here, its row in main.c.
 */
#ifndef CREDCTL_COMMANDS_H
#define CREDCTL_COMMANDS_H

#include "app.h"

extern const struct command cmd_init, cmd_cert;
extern const struct command cmd_key_generate, cmd_key_show;
extern const struct command cmd_authority_enrol, cmd_authority_change, cmd_authority_add_key;
extern const struct command cmd_authority_grant, cmd_authority_revoke_grant;
extern const struct command cmd_authority_revoke_key, cmd_authority_compromise_key;
extern const struct command cmd_rulebook_check, cmd_rulebook_diff, cmd_rulebook_adopt;
extern const struct command cmd_uscc_check, cmd_entity_enrol, cmd_import;
extern const struct command cmd_entity_load;
extern const struct command cmd_measure_apply, cmd_measure_feedback, cmd_measure_lift;
extern const struct command cmd_measure_list, cmd_measure_show;
extern const struct command cmd_subscription_add, cmd_subscription_end, cmd_subscription_list;
extern const struct command cmd_subscription_ack, cmd_delivery_list;
extern const struct command cmd_task_list, cmd_overdue;
extern const struct command cmd_stats_assessment, cmd_stats_measures, cmd_reads;
extern const struct command cmd_notice_serve, cmd_notice_statement, cmd_notice_withdraw;
extern const struct command cmd_notice_list, cmd_notice_show;
extern const struct command cmd_list_draft, cmd_consent_give, cmd_list_add, cmd_list_remove;
extern const struct command cmd_list_change, cmd_list_suspend, cmd_list_resume, cmd_list_paper;
extern const struct command cmd_task_answer;
extern const struct command cmd_entity_add_key, cmd_entity_revoke_key;
extern const struct command cmd_repair_sign, cmd_objection_sign;
extern const struct command cmd_repair_apply, cmd_repair_document, cmd_repair_accept;
extern const struct command cmd_repair_supplement, cmd_repair_supplied, cmd_repair_not_accept;
extern const struct command cmd_repair_withdraw, cmd_repair_extend, cmd_repair_decide;
extern const struct command cmd_repair_revoke, cmd_repair_outcome, cmd_repair_list, cmd_repair_show;
extern const struct command cmd_objection_file, cmd_objection_document, cmd_objection_accept;
extern const struct command cmd_objection_supplement, cmd_objection_supplied;
extern const struct command cmd_objection_not_accept, cmd_objection_withdraw, cmd_objection_extend;
extern const struct command cmd_objection_decide, cmd_objection_review, cmd_objection_review_decide;
extern const struct command cmd_objection_list, cmd_objection_show, cmd_case_rate, cmd_own;
extern const struct command cmd_record_pledge, cmd_record_honour, cmd_record_judgment;
extern const struct command cmd_record_outcome;
extern const struct command cmd_entity_rename, cmd_entity_succeed, cmd_entity_deregister;
extern const struct command cmd_status, cmd_records, cmd_history, cmd_grade, cmd_inspect, cmd_watch;
extern const struct command cmd_verify, cmd_receipt_list, cmd_receipt_extract;
extern const struct command cmd_log_checkpoint, cmd_log_inclusion, cmd_log_consistency;
extern const struct command cmd_witness_serve;
extern const struct command cmd_snapshot_get, cmd_snapshot_show, cmd_snapshot_check;
extern const struct command cmd_fsck;
extern const struct command cmd_log_audit;
extern const struct command cmd_erase, cmd_scrub;
extern const struct command cmd_backup, cmd_backup_list, cmd_backup_check, cmd_backup_prune;
extern const struct command cmd_restore;

#endif
