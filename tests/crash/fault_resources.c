/* SPDX-License-Identifier: Apache-2.0
 *
 * fault_resources.c - memory, threads and descriptors that are not files, with a point before each.
 */
#include "tests/crash/fault_point.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* glibc's own names: dlsym itself allocates. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static bool fails(enum fault_kind kind)
{
	bool failed;

	if (!fault_is_on())
		return false;
	fault_lock();
	failed = fault_point(kind) == FAULT_ERROR;
	fault_unlock();
	return failed;
}

/* --- memory ----------------------------------------------------------------------------------- */

void *malloc(size_t size)
{
	return fails(FAULT_MEMORY) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails(FAULT_MEMORY) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	return fails(FAULT_MEMORY) ? NULL : __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return fails(FAULT_MEMORY) ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **ret_memory, size_t alignment, size_t size)
{
	void *memory = aligned_alloc(alignment, size);

	if (!memory)
		return ENOMEM;
	*ret_memory = memory;
	return 0;
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	REAL("mmap", void *, void *, size_t, int, int, int, off_t)

	return fails(FAULT_MEMORY) ? MAP_FAILED : real(at, size, protection, flags, fd, offset);
}

void *mremap(void *old, size_t old_size, size_t size, int flags, ...)
{
	REAL("mremap", void *, void *, size_t, size_t, int, ...)
	va_list arguments;
	void *at;

	va_start(arguments, flags);
	at = flags & MREMAP_FIXED ? va_arg(arguments, void *) : NULL;
	va_end(arguments);
	return fails(FAULT_MEMORY) ? MAP_FAILED : real(old, old_size, size, flags, at);
}

int pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes,
	void *(*run)(void *argument), void *argument)
{
	REAL("pthread_create", int, pthread_t *, const pthread_attr_t *, void *(*)(void *), void *)

	return fails(FAULT_MEMORY) ? EAGAIN : real(ret_thread, attributes, run, argument);
}

/* --- descriptors ------------------------------------------------------------------------------ */

int socket(int domain, int type, int protocol)
{
	REAL("socket", int, int, int, int)

	return fails(FAULT_FILES) ? -1 : real(domain, type, protocol);
}

int accept4(int fd, __SOCKADDR_ARG address, socklen_t *size, int flags)
{
	REAL("accept4", int, int, __SOCKADDR_ARG, socklen_t *, int)

	return fails(FAULT_FILES) ? -1 : real(fd, address, size, flags);
}

int accept(int fd, __SOCKADDR_ARG address, socklen_t *size)
{
	return accept4(fd, address, size, 0);
}

int epoll_create1(int flags)
{
	REAL("epoll_create1", int, int)

	return fails(FAULT_FILES) ? -1 : real(flags);
}

int eventfd(unsigned start, int flags)
{
	REAL("eventfd", int, unsigned, int)

	return fails(FAULT_FILES) ? -1 : real(start, flags);
}
