/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_tool_file.c - files that one office hands to another: drafts, applications, receipts, the text of
 * a QR code, customer lists; and the manifest of a backup and the head file, which lie on a disk that may
 * be anybody's.
 *
 * The first byte chooses which of them the rest is.
 *
 * Decoder: tools/credctl/draft.c tools/credctl/receipts.c tools/credctl/customers.c
 *          tools/credctl/qr.c tools/credctl/case_application.c libcredit/registry/head.c
 */
#include "credctl/case_application.h"
#include "credctl/customers.h"
#include "credctl/draft.h"
#include "credctl/qr.h"
#include "credctl/receipts.h"
#include "registry/internal.h"
#include "tests/support/fuzz_file.h"

#include <stdlib.h>
#include <string.h>

extern const unsigned fuzz_mutations;
const unsigned fuzz_mutations = 80; /* each is a file */

static struct credit_problem problem;
static struct credit_arena arena;

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void read_draft(const char *path)
{
	struct draft draft;

	if (draft_read(path, &arena, &draft, &problem) == CREDIT_OK)
		require(credit_act_check(draft.act, NULL) == CREDIT_OK);
}

static void read_application(const char *path)
{
	const Credit__V1__Act *act;

	if (application_read(path, CREDIT__V1__ACT__PAYLOAD_REPAIR_APPLICATION, &arena, &act,
		    &problem) == CREDIT_OK)
		require(act->payload_case == CREDIT__V1__ACT__PAYLOAD_REPAIR_APPLICATION);
}

static void read_receipts(const char *path)
{
	struct receipts receipts;

	if (receipts_read(path, &arena, &receipts, &problem) == CREDIT_OK)
		require(receipts.filing && receipts.answer);
}

static void refuse(void *context, const char *cell, const struct credit_problem *why)
{
	(void)context;
	require(cell[0] != '\0' && why->error != CREDIT_OK);
}

static void read_customers(const char *path)
{
	struct customers customers;

	if (customers_read(path, NULL, NULL, refuse, &customers, &problem) != CREDIT_OK)
		return;
	for (size_t i = 1; i < customers.count; i++)
		require(memcmp(&customers.items[i - 1].uscc, &customers.items[i].uscc,
				sizeof customers.items[i].uscc) <= 0);
	customers_free(&customers);
}

static void read_head(const char *path)
{
	struct credit__signed_size base, last;
	struct credit__head_file file;
	bool found;

	if (credit__head_open(&file, path, &base, &last, &found, &problem) == CREDIT_OK)
		require(!found || file.sequence > 0);
	credit__head_close(&file);
}

static void read_qr(const uint8_t *data, size_t size)
{
	static uint8_t memory[QR_BUNDLE_MAX];
	struct credit_bytes text = {data, size}, bundle;

	if (qr_text_is(text) && qr_text_read(text, memory, &bundle, &problem) == CREDIT_OK)
		require(bundle.data == memory && bundle.size <= sizeof memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(const char *) = {
		read_draft, read_application, read_receipts, read_customers, read_head};
	const size_t count = sizeof readers / sizeof readers[0];

	if (size == 0)
		return 0;
	require(credit_crypto_init() == CREDIT_OK);
	if (data[0] % (count + 1) == count) {
		read_qr(data + 1, size - 1);
		return 0;
	}
	credit_arena_init(&arena, NULL, 0, (size_t)16 << 20);
	readers[data[0] % (count + 1)](fuzz_file_open(data + 1, size - 1));
	fuzz_file_close();
	credit_arena_deinit(&arena);
	return 0;
}
