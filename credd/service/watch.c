/* SPDX-License-Identifier: Apache-2.0
 *
 * watch.c - StatusService.WatchStatus: statuses as they change.
 *
 * A watch keeps a position in the journal and nothing else. Each message is made from a look of its own
 * when the one before has gone; when there is nothing new, the call waits in a list that is woken after
 * each publication. So a slow watcher costs a position, and one that was away resumes where it was.
 */
#include "service/service.h"

#include "clock.h"

#include <credit/view.h>

#include "credit/v1/status_service.pb-c.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define POSITION_SIZE 12 /* epoch (8), row (4), big-endian */
#define CHANGES_MAX 500  /* in a message */
#define SCRATCH_ARENA ((size_t)4 << 20)

struct watch {
	struct credd_call *call;
	struct credit_position position;
	const char *region;
	struct watch *next, **link; /* in the list */
};

/* --- who waits ----------------------------------------------------------------------------------- */

struct credd_watchers {
	pthread_mutex_t lock;
	struct watch *first;
};

struct credd_watchers *credd_watchers_new(void)
{
	struct credd_watchers *watchers = calloc(1, sizeof *watchers);

	if (watchers && pthread_mutex_init(&watchers->lock, NULL) != 0) {
		free(watchers);
		watchers = NULL;
	}
	return watchers;
}

void credd_watchers_free(struct credd_watchers *watchers)
{
	if (!watchers)
		return;
	pthread_mutex_destroy(&watchers->lock);
	free(watchers);
}

void credd_watchers_wake(struct credd_watchers *watchers)
{
	pthread_mutex_lock(&watchers->lock);
	for (struct watch *watch = watchers->first; watch; watch = watch->next)
		credd_call_wake(watch->call);
	pthread_mutex_unlock(&watchers->lock);
}

static void join(struct credd_watchers *watchers, struct watch *watch)
{
	pthread_mutex_lock(&watchers->lock);
	watch->next = watchers->first;
	watch->link = &watchers->first;
	if (watch->next)
		watch->next->link = &watch->next;
	watchers->first = watch;
	pthread_mutex_unlock(&watchers->lock);
}

/* Before the call is finished: it may not be woken after that. */
static void leave(struct credd_watchers *watchers, struct watch *watch)
{
	pthread_mutex_lock(&watchers->lock);
	*watch->link = watch->next;
	if (watch->next)
		watch->next->link = watch->link;
	pthread_mutex_unlock(&watchers->lock);
}

/* --- one message --------------------------------------------------------------------------------- */

#define SLOTS_LOG 10 /* twice as many slots as a message has changes */
_Static_assert(CHANGES_MAX <= 1 << (SLOTS_LOG - 1), "a free slot is soon found");

struct page {
	struct credit_view *view;
	const struct watch *watch;
	struct credit_arena *arena;
	Credit__V1__StatusChange *changes[CHANGES_MAX];
	size_t count;
	uint16_t slot[1 << SLOTS_LOG]; /* by code: one more than its place in `changes`; 0: free */
};

/* The slot of a code, or the free one that it would have. */
static uint16_t *slot_of(struct page *page, const struct credit_uscc *uscc)
{
	const size_t mask = (1U << SLOTS_LOG) - 1;
	/* By its last characters, as entities of a region share the first. */
	uint64_t tail = credit_read_u64((const uint8_t *)uscc->character + CREDIT_USCC_SIZE - 8);
	size_t at = (size_t)(tail * 0x9E3779B97F4A7C15U >> (64 - SLOTS_LOG));

	while (page->slot[at] && memcmp(page->changes[page->slot[at] - 1]->code.data,
					 uscc->character, CREDIT_USCC_SIZE) != 0)
		at = (at + 1) & mask;
	return &page->slot[at];
}

/* The status as it is now; the position says only that it changed. */
static enum credit_error take(void *context, const struct credit_uscc *uscc)
{
	struct page *page = context;
	const char *region = page->watch->region;
	uint16_t *slot = slot_of(page, uscc);
	struct credit_stored_status stored;
	Credit__V1__StatusChange *change;
	enum credit_error error;
	void *code;

	/* Characters 3 to 8 of a code are its administrative division. */
	if (strncmp(uscc->character + 2, region, strlen(region)) != 0 || *slot != 0)
		return CREDIT_OK;
	/* A row touches a few entities at most, so that a page is hardly ever full here. */
	if (page->count == CHANGES_MAX)
		return CREDIT_E_CANCELLED;
	error = credit_view_status(page->view, uscc, (credit_ms_t){INT64_MIN}, &stored);
	if (error != CREDIT_OK)
		return error;
	change = credit_arena_alloc(page->arena, sizeof *change);
	code = credit_arena_copy(page->arena, uscc->character, CREDIT_USCC_SIZE);
	if (!change || !code)
		return CREDIT_E_NO_MEMORY;
	credit__v1__status_change__init(change);
	change->code = (ProtobufCBinaryData){CREDIT_USCC_SIZE, code};
	change->status =
		(ProtobufCBinaryData){stored.status.size, (uint8_t *)(uintptr_t)stored.status.data};
	page->changes[page->count++] = change;
	*slot = (uint16_t)page->count;
	return CREDIT_OK;
}

/* What changed since, packed; no bytes when nothing did. */
static enum credit_error look(struct credit_view *view, struct watch *watch,
	struct credit_arena *arena, struct credit_bytes *ret_bytes)
{
	Credit__V1__WatchStatusResponse response = CREDIT__V1__WATCH_STATUS_RESPONSE__INIT;
	struct page page = {.view = view, .watch = watch, .arena = arena};
	const struct credit_position before = watch->position;
	uint8_t position[POSITION_SIZE];
	struct credit_publication publication;
	bool more;
	enum credit_error error = credit_view_publication(view, &publication);

	/* Half a page: what one row adds more still fits. */
	if (error == CREDIT_OK)
		error = credit_view_changes(
			view, &watch->position, CHANGES_MAX / 2, &page, take, &more);
	if (error != CREDIT_OK)
		return error;
	if (before.epoch == watch->position.epoch && before.row == watch->position.row)
		return CREDIT_OK;
	credit_write_u64(position, watch->position.epoch);
	credit_write_u32(position + 8, watch->position.row);
	response.changes = page.changes;
	response.n_changes = page.count;
	response.position = (ProtobufCBinaryData){sizeof position, position};
	response.epoch = publication.epoch;
	response.published_at = publication.time.ms;
	return credit_encode(&response.base, arena, ret_bytes);
}

static void send_next(struct credd_service *service, struct watch *watch)
{
	struct credit_view *view = service->views[credd_call_worker(watch->call)];
	struct credit_bytes bytes = {0};
	struct credit_arena arena;
	enum credit_error error = credit_view_begin(view);

	credit_arena_init(&arena, NULL, 0, SCRATCH_ARENA);
	if (error == CREDIT_OK) {
		error = look(view, watch, &arena, &bytes);
		credit_view_end(view);
	}
	if (error != CREDIT_OK) {
		leave(service->watchers, watch);
		credd_fail(watch->call, error);
	} else if (bytes.size > 0) {
		credd_call_send(watch->call, &bytes, 1);
	}
	credit_arena_deinit(&arena);
}

/* --- beginning ----------------------------------------------------------------------------------- */

static enum credit_error read_position(const struct credd_service *service,
	struct credit_view *view, ProtobufCBinaryData data, struct credit_position *ret_position,
	struct credit_problem *problem)
{
	struct credit_publication publication;
	credit_ms_t recorded;
	enum credit_error error = credit_view_publication(view, &publication);

	if (error != CREDIT_OK)
		return credit_problem_set(problem, error, NULL, NULL, NULL);
	*ret_position = (struct credit_position){.epoch = publication.epoch + 1};
	if (data.len == 0)
		return CREDIT_OK;
	if (data.len == POSITION_SIZE)
		*ret_position = (struct credit_position){
			credit_read_u64(data.data), credit_read_u32(data.data + 8)};
	if (data.len != POSITION_SIZE || ret_position->epoch == 0 ||
		ret_position->epoch > publication.epoch + 1)
		return credit_problem_set(problem, CREDIT_E_WATCH_POSITION, "position", NULL, NULL);
	if (ret_position->epoch > publication.epoch)
		return CREDIT_OK;
	error = credit_view_epoch_time(view, ret_position->epoch, &recorded);
	if (error == CREDIT_OK && credd_clock_wall().ms - recorded.ms > service->watch_keep_ms)
		error = CREDIT_E_WATCH_TOO_OLD;
	return error ? credit_problem_set(problem, error, "position", NULL, NULL) : CREDIT_OK;
}

static void begin(struct credd_service *service, struct credd_call *call)
{
	const Credit__V1__WatchStatusRequest *request =
		credd_decode(call, &credit__v1__watch_status_request__descriptor);
	struct credit_problem problem;
	struct credit_view *view;
	struct watch *watch;
	enum credit_error error;

	if (!request)
		return;
	watch = credit_arena_alloc(credd_call_arena(call), sizeof *watch);
	if (!watch) {
		credd_fail(call, CREDIT_E_NO_MEMORY);
		return;
	}
	view = credd_view(service, call);
	if (!view)
		return;
	*watch = (struct watch){.call = call, .region = request->region};
	error = credd_check_region(request->region, &problem);
	if (error == CREDIT_OK)
		error = read_position(service, view, request->position, &watch->position, &problem);
	credit_view_end(view);
	if (error != CREDIT_OK) {
		credd_call_fail(call, &problem, 0);
		return;
	}
	*credd_call_state(call) = watch;
	join(service->watchers, watch);
	send_next(service, watch);
}

void credd_watch_status(void *context, struct credd_call *call, enum credd_event event)
{
	struct credd_service *service = context;
	struct watch *watch = *credd_call_state(call);

	switch (event) {
	case CREDD_EVENT_REQUEST:
		begin(service, call);
		break;
	case CREDD_EVENT_WRITABLE:
		send_next(service, watch);
		break;
	case CREDD_EVENT_HALF_CLOSED:
	case CREDD_EVENT_CANCELLED:
		if (watch)
			leave(service->watchers, watch);
		credd_call_end(call);
		break;
	}
}
