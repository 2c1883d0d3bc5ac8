/* SPDX-License-Identifier: Apache-2.0
 *
 * life_private.h - what the files of life.h share: an act on its way, and choosing what it is about.
 */
#ifndef TESTS_SUPPORT_LIFE_PRIVATE_H
#define TESTS_SUPPORT_LIFE_PRIVATE_H

#include "tests/support/life.h"

#define TEXT(literal) ((char *)(uintptr_t)(literal))
#define ACT(name) CREDIT__V1__ACT__PAYLOAD_##name
#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)

enum {
	BUREAU, /* enrols entities, decides */
	TAX,    /* decides; applies measures, subscribes */
	WINDOW, /* front office */
	ROOT
};

union payload {
	Credit__V1__EntityEnrolment enrolment;
	Credit__V1__Listing listing;
	Credit__V1__AdministrativePenalty penalty;
	Credit__V1__Removal removal;
	Credit__V1__Erasure erasure;
	Credit__V1__ListingNotice notice;
	Credit__V1__NoticeStatement statement;
	Credit__V1__NoticeWithdrawal notice_withdrawal;
	Credit__V1__MeasureApplication measure;
	Credit__V1__MeasureFeedback feedback;
	Credit__V1__MeasureLift lift;
	Credit__V1__RepairApplication repair;
	Credit__V1__Objection objection;
	union toy_step step;
	Credit__V1__Pledge pledge;
	Credit__V1__Judgment judgment;
	Credit__V1__RecordOutcome outcome;
	Credit__V1__Suspension suspension;
	Credit__V1__SuspensionEnd suspension_end;
	Credit__V1__Subscription subscription;
	Credit__V1__SubscriptionAck ack;
	Credit__V1__SubscriptionEnd subscription_end;
	Credit__V1__EntityChange change;
	Credit__V1__EntityAlias alias;
	Credit__V1__EntityDeregistration deregistration;
	Credit__V1__KeyEnrolment key;
	Credit__V1__KeyRevocation key_revocation;
};

/* One act that is to be filed, and what it means for what is remembered. */
struct draft {
	unsigned office;
	Credit__V1__Act__PayloadCase act;
	union payload payload;
	enum life_kind makes; /* LIFE_NOTHING: `thing`, if any, comes to `stage` */
	struct life_thing *thing;
	enum life_stage stage;
	unsigned entity;
	bool enrols;
	/* Memory that payloads point to. */
	uint8_t key[CREDIT_PUBLIC_KEY_SIZE], row_id[CREDIT_RECORD_ID_SIZE];
	struct credit_hash key_id;
	char document[64];
	Credit__V1__Applicant applicant;
	char *kinds[1];
	struct credit_hash digest;
	struct credit_bytes attachment;
};

/* life.c */
int32_t life_today(const struct life *life);
/* The newest entities are in most of the stories. */
unsigned life_some_entity(struct life *life);
/* A thing of the kind at the stage, among the newest mostly; NULL when there is none near. */
struct life_thing *life_some_thing(struct life *life, enum life_kind kind, enum life_stage stage);
ProtobufCBinaryData life_id_of(struct life_thing *thing);
char *life_uscc_of(struct life *life, const struct life_thing *thing);
/* A number for a document, in the draft. */
char *life_number(struct life *life, struct draft *draft);

/* Makers of acts: false when there is nothing to make one about. */
/* life_records.c */
bool life_enrol(struct life *life, struct draft *draft);
bool life_change(struct life *life, struct draft *draft);
bool life_alias(struct life *life, struct draft *draft);
bool life_deregister(struct life *life, struct draft *draft);
bool life_list(struct life *life, struct draft *draft);
bool life_penalise(struct life *life, struct draft *draft);
bool life_pledge(struct life *life, struct draft *draft);
bool life_judge(struct life *life, struct draft *draft);
bool life_come_out(struct life *life, struct draft *draft);
bool life_end_record(struct life *life, struct draft *draft);
bool life_erase(struct life *life, struct draft *draft);
bool life_suspend(struct life *life, struct draft *draft);
bool life_give_notice(struct life *life, struct draft *draft);
bool life_go_on_with_notice(struct life *life, struct draft *draft);
bool life_list_on_notice(struct life *life, struct draft *draft);
/* life_procedures.c */
bool life_apply_measure(struct life *life, struct draft *draft);
bool life_go_on_with_measure(struct life *life, struct draft *draft);
bool life_apply_for_repair(struct life *life, struct draft *draft);
bool life_object(struct life *life, struct draft *draft);
bool life_go_on_with_case(struct life *life, struct draft *draft);
bool life_subscribe(struct life *life, struct draft *draft);
bool life_unsubscribe(struct life *life, struct draft *draft);
bool life_acknowledge(struct life *life, struct draft *draft);
bool life_enrol_key(struct life *life, struct draft *draft);
bool life_revoke_key(struct life *life, struct draft *draft);

#endif
