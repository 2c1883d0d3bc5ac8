/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics.h"

#include "rpc/rpc.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const struct credd_method methods[] = {
	{.path = "/credit.v1.StatusService/GetStatus"},
	{.path = "/credit.v1.FilingService/Submit"},
};
static const struct credd_method stranger = {.path = "/grpc.health.v1.Health/Check"};

static struct credd_metrics *made(void)
{
	struct credd_metrics *metrics = credd_metrics_new(methods, 2);

	cr_assert_not_null(metrics);
	return metrics;
}

/* Is there a line that is just this? */
static bool says(const struct credd_metrics *metrics, const char *line)
{
	size_t size, length = strlen(line);
	char *text = credd_metrics_text(metrics, &size);
	bool found = false;

	cr_assert_not_null(text);
	for (const char *at = text; at && !found; at = strchr(at, '\n'), at += at != NULL)
		found = strncmp(at, line, length) == 0 && at[length] == '\n';
	free(text);
	return found;
}

Test(metrics, a_figure_that_was_added_to_and_one_that_was_set)
{
	struct credd_metrics *metrics = made();

	credd_metrics_add(metrics, CREDD_FIGURE_EPOCHS, 2);
	credd_metrics_add(metrics, CREDD_FIGURE_EPOCHS, 3);
	credd_metrics_set(metrics, CREDD_FIGURE_QUEUE_FILINGS, 9);
	credd_metrics_set(metrics, CREDD_FIGURE_QUEUE_FILINGS, 7);
	cr_expect(says(metrics, "# TYPE credd_epochs_total counter"));
	cr_expect(says(metrics, "credd_epochs_total 5"));
	cr_expect(says(metrics, "# TYPE credd_queue_filings gauge"));
	cr_expect(says(metrics, "credd_queue_filings 7"));
	credd_metrics_free(metrics);
}

Test(metrics, a_moment_is_shown_in_seconds_and_only_when_it_is_known)
{
	struct credd_metrics *metrics = made();

	cr_expect_not(says(metrics, "# TYPE credd_published_timestamp_seconds gauge"));
	cr_expect_not(says(metrics, "# TYPE credd_next_due_timestamp_seconds gauge"));
	credd_metrics_set(metrics, CREDD_FIGURE_PUBLISHED_MS, 1764000000042);
	cr_expect(says(metrics, "credd_published_timestamp_seconds 1764000000.042"));
	credd_metrics_free(metrics);
}

Test(metrics, calls_are_counted_by_method_and_code_and_those_of_no_method_together)
{
	struct credd_metrics *metrics = made();

	credd_metrics_call(metrics, &methods[0], CREDIT_OK, 40);
	credd_metrics_call(metrics, &methods[0], CREDIT_OK, 60);
	credd_metrics_call(metrics, &methods[0], CREDIT_E_NOT_FOUND, 20000000);
	credd_metrics_call(metrics, &stranger, CREDIT_OK, 1);
	cr_expect(
		says(metrics, "grpc_server_handled_total{grpc_service=\"credit.v1.StatusService\","
			      "grpc_method=\"GetStatus\",grpc_code=\"OK\"} 2"));
	cr_expect(
		says(metrics, "grpc_server_handled_total{grpc_service=\"credit.v1.StatusService\","
			      "grpc_method=\"GetStatus\",grpc_code=\"NOT_FOUND\"} 1"));
	cr_expect(says(metrics, "grpc_server_handled_total{grpc_service=\"other\","
				"grpc_method=\"other\",grpc_code=\"OK\"} 1"));
	cr_expect(
		says(metrics, "grpc_server_handling_seconds_bucket{"
			      "grpc_service=\"credit.v1.StatusService\",grpc_method=\"GetStatus\","
			      "le=\"5e-05\"} 1"));
	cr_expect(
		says(metrics, "grpc_server_handling_seconds_bucket{"
			      "grpc_service=\"credit.v1.StatusService\",grpc_method=\"GetStatus\","
			      "le=\"10\"} 2"));
	cr_expect(
		says(metrics, "grpc_server_handling_seconds_bucket{"
			      "grpc_service=\"credit.v1.StatusService\",grpc_method=\"GetStatus\","
			      "le=\"+Inf\"} 3"));
	cr_expect(says(metrics,
		"grpc_server_handling_seconds_count{"
		"grpc_service=\"credit.v1.StatusService\",grpc_method=\"GetStatus\"} 3"));
	credd_metrics_free(metrics);
}

Test(metrics, refusals_are_counted_by_reason)
{
	struct credd_metrics *metrics = made();

	credd_metrics_refused(metrics, CREDIT_E_NO_SPACE);
	credd_metrics_refused(metrics, CREDIT_E_NO_SPACE);
	credd_metrics_refused(metrics, (enum credit_error)100000);
	cr_expect(says(metrics, "credd_acts_refused_total{reason=\"NO_SPACE\"} 2"));
	credd_metrics_free(metrics);
}

Test(metrics, a_span_is_a_histogram)
{
	struct credd_metrics *metrics = made();

	credd_metrics_took(metrics, CREDD_SPAN_SYNC, 200);
	credd_metrics_took(metrics, CREDD_SPAN_SYNC, 300);
	cr_expect(says(metrics, "credd_sync_seconds_bucket{le=\"0.00025\"} 1"));
	cr_expect(says(metrics, "credd_sync_seconds_bucket{le=\"0.0005\"} 2"));
	cr_expect(says(metrics, "credd_sync_seconds_sum 0.0005"));
	cr_expect(says(metrics, "credd_sync_seconds_count 2"));
	credd_metrics_free(metrics);
}

Test(metrics, without_metrics_nothing_is_counted_and_nothing_breaks)
{
	credd_metrics_add(NULL, CREDD_FIGURE_EPOCHS, 1);
	credd_metrics_set(NULL, CREDD_FIGURE_EPOCHS, 1);
	credd_metrics_took(NULL, CREDD_SPAN_SYNC, 1);
	credd_metrics_refused(NULL, CREDIT_E_NO_SPACE);
	credd_metrics_call(NULL, &methods[0], CREDIT_OK, 1);
	cr_expect_eq(credd_metrics_get(NULL, CREDD_FIGURE_EPOCHS), 0);
	credd_metrics_free(NULL);
}

#define THREADS 20
#define EACH 5000

static void *call_often(void *metrics)
{
	for (int i = 0; i < EACH; i++)
		credd_metrics_call(metrics, &methods[1], CREDIT_OK, i);
	return NULL;
}

Test(metrics, no_call_is_lost_with_more_threads_than_shards)
{
	struct credd_metrics *metrics = made();
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, call_often, metrics), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	cr_expect(
		says(metrics, "grpc_server_handled_total{grpc_service=\"credit.v1.FilingService\","
			      "grpc_method=\"Submit\",grpc_code=\"OK\"} 100000"));
	credd_metrics_free(metrics);
}
