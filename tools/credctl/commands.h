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
extern const struct command cmd_authority_enrol, cmd_authority_add_key;
extern const struct command cmd_authority_grant, cmd_authority_revoke_key;
extern const struct command cmd_rulebook_check, cmd_rulebook_adopt;
extern const struct command cmd_uscc_check, cmd_entity_enrol, cmd_import;
extern const struct command cmd_list_add, cmd_list_remove;
extern const struct command cmd_record_pledge, cmd_record_honour, cmd_record_judgment;
extern const struct command cmd_record_outcome;
extern const struct command cmd_entity_rename, cmd_entity_succeed, cmd_entity_deregister;
extern const struct command cmd_status, cmd_records, cmd_grade, cmd_inspect, cmd_watch;
extern const struct command cmd_verify, cmd_receipt_list, cmd_receipt_extract;
extern const struct command cmd_log_checkpoint, cmd_log_inclusion, cmd_log_consistency;
extern const struct command cmd_fsck;
extern const struct command cmd_erase, cmd_scrub;
extern const struct command cmd_backup, cmd_backup_list, cmd_backup_check, cmd_backup_prune;
extern const struct command cmd_restore;

#endif
