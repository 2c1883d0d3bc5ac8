/* SPDX-License-Identifier: Apache-2.0
 *
 * test_shares.c - what one address may take: which peers are one address, and each limit by itself.
 */
#include "credd/rpc/shares.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>

static struct credd_shares *shares;

static void set_up(void)
{
	shares = credd__shares_new(&(struct credd_share_limits){.connections = 3,
		.connects_per_second = 1,
		.calls = 2,
		.vain_calls_per_second = 1});
	cr_assert_not_null(shares);
}

static void tear_down(void)
{
	credd__shares_free(shares);
}

TestSuite(shares, .init = set_up, .fini = tear_down);

static struct credd_share_place of_socket(int family, const char *host, uint16_t port)
{
	union {
		struct sockaddr_storage any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} address = {.any = {.ss_family = (sa_family_t)family}};

	if (family == AF_INET) {
		cr_assert_eq(inet_pton(family, host, &address.four.sin_addr), 1);
		address.four.sin_port = htons(port);
	} else {
		cr_assert_eq(inet_pton(family, host, &address.six.sin6_addr), 1);
		address.six.sin6_port = htons(port);
	}
	return credd__share_of_socket(shares, &address.any);
}

static uint32_t share(const char *peer)
{
	return credd__share_of_text(shares, peer).share;
}

Test(shares, core_names_a_peer_otherwise_than_the_socket_and_it_is_the_same_place)
{
	static const struct {
		int family;
		const char *host, *text;
	} same[] = {
		{AF_INET, "192.0.2.7", "ipv4:192.0.2.7:5000"},
		{AF_INET6, "2001:db8::1", "ipv6:%5B2001:db8::1%5D:5000"},
		{AF_INET6, "2001:db8::1", "ipv6:[2001:db8::1]:5000"},
		{AF_INET6, "::ffff:192.0.2.7", "ipv4:192.0.2.7:5000"},
	};

	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
		struct credd_share_place socket = of_socket(same[i].family, same[i].host, 5000);
		struct credd_share_place text = credd__share_of_text(shares, same[i].text);

		cr_expect_eq(socket.share, text.share, "%s", same[i].text);
		cr_expect_eq(text.port, 5000, "%s", same[i].text);
		cr_expect_eq(socket.port, 5000);
	}
}

Test(shares, the_first_half_of_an_ipv6_address_is_one_customer)
{
	cr_assert_eq(share("ipv6:[2001:db8::1]:1"), share("ipv6:[2001:db8::ffff:1]:2"));
	cr_assert_neq(share("ipv6:[2001:db8::1]:1"), share("ipv6:[2001:db8:0:1::1]:1"));
	cr_assert_neq(share("ipv4:192.0.2.7:1"), share("ipv4:192.0.2.8:1"));
}

Test(shares, the_unix_socket_and_what_is_no_address_have_none)
{
	static const char *const none[] = {"fd:17", "unix:", "", "ipv4:", "ipv4:300.1.1.1:5",
		"ipv4:1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8:1", "ipv6:[::1",
		"ipv6:"};

	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		cr_expect_eq(share(none[i]), 0, "%s", none[i]);
}

Test(shares, connections_are_counted_and_places_come_back)
{
	const uint32_t one = share("ipv4:192.0.2.1:1"), other = share("ipv4:192.0.2.2:1");

	for (int i = 0; i < 3; i++)
		cr_assert(credd__share_connect(shares, one));
	cr_assert(credd__share_full(shares, one));
	cr_assert_not(credd__share_connect(shares, one));
	cr_assert(credd__share_connect(shares, other), "another address has its own");
	credd__share_disconnect(shares, one);
	cr_assert_not(credd__share_full(shares, one));
}

Test(shares, connections_that_come_and_go_come_only_so_fast)
{
	const uint32_t one = share("ipv4:192.0.2.1:1");
	int taken = 0;

	for (int i = 0; i < 100; i++) {
		if (!credd__share_connect(shares, one))
			continue;
		taken++;
		credd__share_disconnect(shares, one);
	}
	/* As many at once as it may have, and one a second. */
	cr_assert(taken >= 3 && taken <= 10, "%d", taken);
}

Test(shares, calls_of_a_crowded_hour_are_shared)
{
	const uint32_t one = share("ipv4:192.0.2.1:1"), other = share("ipv4:192.0.2.2:1");

	cr_assert(credd__share_call(shares, one));
	cr_assert(credd__share_call(shares, one));
	cr_assert_not(credd__share_call(shares, one));
	cr_assert(credd__share_call(shares, other));
	credd__share_call_over(shares, one);
	cr_assert(credd__share_call(shares, one));
}

Test(shares, who_calls_in_vain_is_shut_out_once_and_cannot_come_again)
{
	const uint32_t one = share("ipv4:192.0.2.1:1"), other = share("ipv4:192.0.2.2:1");
	int told = 0;

	for (int i = 0; i < 100; i++)
		told += credd__share_vain_calls(shares, one, 1);
	cr_assert_eq(told, 1, "told once, so that it is put out once");
	cr_assert_not(credd__share_connect(shares, one));
	cr_assert(credd__share_connect(shares, other));
}
