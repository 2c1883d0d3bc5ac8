/* SPDX-License-Identifier: Apache-2.0
 *
 * no_libgit2.c - takes libgit2's place in a test program.
 *
 * Criterion has it draw the differences of two long strings, for its newer assertions, which none of our tests
 * uses. To begin, libgit2 reads all the certificates that the system trusts, in each process; and each
 * test is a process, so that this was a quarter of what a small one took.
 */
#define VISIBLE __attribute__((visibility("default")))

VISIBLE int git_libgit2_init(void);
VISIBLE int git_libgit2_shutdown(void);
VISIBLE int git_diff_buffers(void);

int git_libgit2_init(void)
{
	return 1;
}

int git_libgit2_shutdown(void)
{
	return 0;
}

/* There is no difference to be shown. */
int git_diff_buffers(void)
{
	return -1;
}
