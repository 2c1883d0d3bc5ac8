# SPDX-License-Identifier: Apache-2.0
"""What to break, and which test must notice.

A row: name, source file, its text, what stands in its place, program, arguments. The programs are those
of `make test-programs`: `unit` with a filter of Criterion's, `crash` with its options.
"""

# The power fails before each of so many points, and nothing survives that was not synced.
POWER = ("crash", ("--mode", "power", "--points", "10"))


def unit(name):
    return ("unit", ("--filter", name))


BREAKS = (
    ("the journal and the state are not synced",
     "libcredit/store/lmdb.c",
     "unsigned flags = MDB_NOTLS | MDB_NORDAHEAD |",
     "unsigned flags = MDB_NOSYNC | MDB_NOTLS | MDB_NORDAHEAD |", *POWER),
    ("a commit is answered before it is reached from the root of the file",
     "libcredit/store/lmdb.c",
     "unsigned flags = MDB_NOTLS | MDB_NORDAHEAD |",
     "unsigned flags = MDB_NOMETASYNC | MDB_NOTLS | MDB_NORDAHEAD |", *POWER),
    ("an epoch is answered before its record is synced",
     "libcredit/registry/tail.c",
     "if (fdatasync(file->fd) != 0)",
     "if (file->fd < 0)", "crash", ("--mode", "power", "--points", "40")),
    ("a commit of the state does not wait for the one before",
     "libcredit/store/lmdb_settle.c",
     "if (settle(store) == CREDIT_OK) {",
     "if (!store->lost) {", *unit("settle/a_commit_waits_for_the_one_before")),
    ("a commit that may not be on the disk is believed",
     "libcredit/store/settled.c",
     "pages->transaction[pages->newest] <= credit__settled_read(folder) ?",
     "pages->page_size > 0 || folder < 0 ?",
     *unit("settle/a_meta_page_that_came_before_its_pages_is_gone_back_from")),
    ("a new database is written in place",
     "libcredit/store/lmdb.c",
     "rc = credit__store_make_file(store);", "rc = 0;",
     "crash", ("--mode", "begin-torn", "--points", "20")),
    ("the head file is not looked at",
     "libcredit/registry/open.c",
     "if (last->size > head.size || last->epoch > registry->epoch)",
     "if (last->size > head.size && last->size == 0)",
     *unit("registry_open/a_restored_old_copy_refuses_to_sign")),
    ("signatures are not verified",
     "libcredit/model/filing.c",
     "if (credit_dsse_verify(key, CREDIT_MANIFEST_TYPE, filing->manifest, &filing->signature) !=\n"
     "\t\tCREDIT_OK)",
     "if (filing->count == 0)", *unit("model/a_wrong_signature_is_refused")),
    ("grants are not looked at",
     "libcredit/rules/access.c",
     "if (error || search.best == GRANTED)",
     "if (error || search.best <= GRANTED)",
     *unit("rules_registry/a_grant_reaches_as_far_as_its_words")),
    ("a revoked grant goes on",
     "libcredit/rules/access.c",
     "return GRANT_REVOKED;", "return GRANTED;",
     *unit("rules_registry/a_revoked_grant_grants_nothing_and_is_revoked_once")),
    ("personal data passes the guard",
     "libcredit/model/kinds.c",
     "error = credit_guard_text(text, kind, problem);",
     "error = CREDIT_OK;", *unit("model/an_identity_number_in_a_text_is_refused_at_its_place")),
    ("refused acts are applied",
     "libcredit/registry/decide.c",
     "} else if (!credit_error_is_fault(error)) {",
     "} else if (!credit_error_is_fault(error) &&\n"
     "\t\t   (error = accept(decision, index, &effects)) != CREDIT_OK) {",
     *unit("registry/a_refused_act_is_answered_with_its_rule_under_the_system_key")),
)
