/* SPDX-License-Identifier: Apache-2.0
 *
 * power.c - see power.h.
 */
#include "tests/crash/power.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR 512
#define FILES_MAX 4096

enum what {
	WRITTEN,
	RESIZED,
	MADE,
	MADE_FOLDER,
	REMOVED,
	REMOVED_FOLDER,
	RENAMED
};

struct change {
	enum what what;
	bool durable; /* to be made again */
	bool lost;    /* by a sync that failed: never made again */
	/* Of a file. */
	size_t file;
	off_t at, old_size;
	size_t size, old_bytes; /* bytes that there were before */
	uint8_t *old, *new;
	/* Of a name: its folder, and where what it named before is kept ("" : nothing was). */
	dev_t device;
	ino_t folder;
	char *path, *from, *saved;
};

static struct {
	char scratch[PATH_MAX];
	unsigned saved;
	struct change *changes;
	size_t count, capacity;
	struct {
		dev_t device;
		ino_t inode;
		int fd;
	} files[FILES_MAX];
	size_t file_count;
} power;

void power_init(const char *scratch)
{
	snprintf(power.scratch, sizeof power.scratch, "%s", scratch);
}

static struct change *add(enum what what)
{
	if (power.count == power.capacity) {
		power.capacity = power.capacity ? 2 * power.capacity : 64;
		power.changes = realloc(power.changes, power.capacity * sizeof *power.changes);
		if (!power.changes)
			err(1, "power");
	}
	power.changes[power.count] = (struct change){.what = what};
	return &power.changes[power.count++];
}

static void drop(struct change *change)
{
	free(change->old);
	free(change->new);
	free(change->path);
	free(change->from);
	free(change->saved);
}

/* Keeps the changes for which `keep` says so, in order. */
static void sift(
	bool (*keep)(const struct change *change, const struct stat *of), const struct stat *of)
{
	size_t kept = 0;

	for (size_t i = 0; i < power.count; i++) {
		if (keep(&power.changes[i], of))
			power.changes[kept++] = power.changes[i];
		else
			drop(&power.changes[i]);
	}
	power.count = kept;
}

/* --- bytes ------------------------------------------------------------------------------------ */

/* The file's number; it is opened a second time, for reading and writing whatever the first is for. */
static size_t file_of(int fd)
{
	char link[64];
	struct stat file;
	size_t i;

	if (fstat(fd, &file) != 0)
		err(1, "power: stat");
	for (i = 0; i < power.file_count; i++)
		if (power.files[i].device == file.st_dev && power.files[i].inode == file.st_ino)
			return i;
	if (i == FILES_MAX)
		errx(1, "power: too many files");
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	power.files[i].device = file.st_dev;
	power.files[i].inode = file.st_ino;
	power.files[i].fd = open(link, O_RDWR | O_CLOEXEC);
	if (power.files[i].fd < 0)
		err(1, "power: open");
	power.file_count++;
	return i;
}

static off_t size_of(int fd)
{
	struct stat file;

	if (fstat(fd, &file) != 0)
		err(1, "power: stat");
	return file.st_size;
}

static uint8_t *read_bytes(int fd, off_t at, size_t size, size_t *ret_got)
{
	uint8_t *bytes = malloc(size ? size : 1);
	ssize_t got = bytes ? pread(fd, bytes, size, at) : -1;

	if (got < 0)
		err(1, "power: read");
	*ret_got = (size_t)got;
	return bytes;
}

void power_writing(int fd, off_t at, size_t size)
{
	size_t file = file_of(fd);
	struct change *change = add(WRITTEN);

	change->file = file;
	change->at = at;
	change->size = size;
	change->old_size = size_of(power.files[file].fd);
	change->old = read_bytes(power.files[file].fd, at, size, &change->old_bytes);
}

void power_written(int fd, ssize_t written)
{
	struct change *change = &power.changes[power.count - 1];

	if (written <= 0) {
		drop(change);
		power.count--;
		return;
	}
	change->size = (size_t)written;
	if (change->old_bytes > change->size)
		change->old_bytes = change->size;
	change->new =
		read_bytes(power.files[change->file].fd, change->at, change->size, &change->size);
	change->durable = fcntl(fd, F_GETFL) & O_DSYNC;
}

void power_resizing(int fd)
{
	size_t file = file_of(fd);
	struct change *change = add(RESIZED);
	off_t size = size_of(fd);

	change->file = file;
	change->old_size = size;
	change->old = read_bytes(power.files[file].fd, 0, (size_t)size, &change->old_bytes);
}

static bool is_of_file(const struct change *change, const struct stat *file)
{
	return change->what <= RESIZED && power.files[change->file].device == file->st_dev &&
	       power.files[change->file].inode == file->st_ino;
}

static bool is_not_of_file(const struct change *change, const struct stat *file)
{
	return !is_of_file(change, file);
}

static bool is_not_of_folder(const struct change *change, const struct stat *folder)
{
	return change->what <= RESIZED || change->folder != folder->st_ino ||
	       change->device != folder->st_dev;
}

void power_synced(int fd)
{
	struct stat file;
	bool lost = false;

	if (fstat(fd, &file) != 0)
		err(1, "power: stat");
	if (S_ISDIR(file.st_mode)) {
		sift(is_not_of_folder, &file);
		return;
	}
	for (size_t i = 0; i < power.count; i++)
		lost |= is_of_file(&power.changes[i], &file) && power.changes[i].lost;
	if (!lost) {
		sift(is_not_of_file, &file);
		return;
	}
	/* What is taken back reaches behind these; they are made again. */
	for (size_t i = 0; i < power.count; i++)
		if (is_of_file(&power.changes[i], &file))
			power.changes[i].durable = !power.changes[i].lost;
}

static void put(int fd, const uint8_t *bytes, size_t size, off_t at)
{
	if (size && pwrite(fd, bytes, size, at) != (ssize_t)size)
		err(1, "power: write");
}

static void take_back(const struct change *change)
{
	int fd = power.files[change->file].fd;

	put(fd, change->old, change->old_bytes, change->at);
	if (size_of(fd) != change->old_size && ftruncate(fd, change->old_size) != 0)
		err(1, "power: truncate");
}

void power_sync_failed(int fd, bool forget)
{
	struct stat file;

	if (fstat(fd, &file) != 0)
		err(1, "power: stat");
	/* Names stay in doubt until a sync that succeeds. */
	if (S_ISDIR(file.st_mode))
		return;
	for (size_t i = power.count; i-- > 0;) {
		struct change *change = &power.changes[i];

		if (!is_of_file(change, &file) || change->durable)
			continue;
		change->lost = true;
		if (forget)
			take_back(change);
	}
	if (forget)
		sift(is_not_of_file, &file);
}

/* --- names ------------------------------------------------------------------------------------ */

static struct change *add_name(enum what what, const char *path)
{
	struct change *change = add(what);
	char folder[PATH_MAX];
	struct stat status;
	char *slash;

	snprintf(folder, sizeof folder, "%s", path);
	slash = strrchr(folder, '/');
	*(slash == folder ? slash + 1 : slash) = '\0';
	if (stat(folder, &status) != 0)
		err(1, "power: %s", folder);
	change->device = status.st_dev;
	change->folder = status.st_ino;
	change->path = strdup(path);
	change->from = strdup("");
	change->saved = strdup("");
	return change;
}

/* A second name of what is to be removed or replaced. */
static void save(struct change *change)
{
	char name[PATH_MAX + 32];

	snprintf(name, sizeof name, "%s/saved-%u", power.scratch, power.saved);
	if (link(change->path, name) != 0)
		return; /* there is none */
	power.saved++;
	free(change->saved);
	change->saved = strdup(name);
}

void power_made(const char *path, bool folder)
{
	add_name(folder ? MADE_FOLDER : MADE, path);
}

void power_removing(const char *path)
{
	save(add_name(REMOVED, path));
}

void power_removed_folder(const char *path)
{
	add_name(REMOVED_FOLDER, path);
}

void power_renaming(const char *from, const char *to)
{
	struct change *change = add_name(RENAMED, to);

	free(change->from);
	change->from = strdup(from);
	save(change);
}

void power_not_so(void)
{
	struct change *change = &power.changes[--power.count];

	if (change->saved[0])
		unlink(change->saved);
	drop(change);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

/* What lies in a folder that is itself gone for good, or was renamed for good, stays as it is. */
static void take_name_back(const struct change *change)
{
	bool good = true;

	switch (change->what) {
	case WRITTEN:
	case RESIZED:
		break;
	case MADE:
		good = unlink(change->path) == 0;
		break;
	case MADE_FOLDER:
		good = nftw(change->path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0;
		break;
	case REMOVED_FOLDER:
		good = mkdir(change->path, 0700) == 0;
		break;
	case RENAMED:
		good = rename(change->path, change->from) == 0;
		/* fall through */
	case REMOVED:
		good = good && (!change->saved[0] || rename(change->saved, change->path) == 0);
	}
	if (!good && errno != ENOENT)
		err(1, "power: %d %s", (int)change->what, change->path);
}

/* --- the cut ---------------------------------------------------------------------------------- */

static uint64_t draw(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* A file whose size alone reached the disk reads as zeros: sectors need not come in order. */
static void make_again(const struct change *change, uint64_t *seed, unsigned of_eight)
{
	int fd = power.files[change->file].fd;
	off_t end = change->at + (off_t)change->size;

	for (off_t at = change->at; at < end;) {
		off_t next = (at / SECTOR + 1) * SECTOR;

		if (next > end)
			next = end;
		if (change->durable || draw(seed) % 8 < of_eight)
			put(fd, change->new + (at - change->at), (size_t)(next - at), at);
		at = next;
	}
}

void power_cut(uint64_t seed)
{
	static const unsigned shares[] = {1, 4, 7, 8};
	unsigned of_eight = seed ? shares[draw(&seed) % 4] : 0;
	size_t names = 0, kept;

	for (size_t i = 0; i < power.count; i++)
		names += power.changes[i].what > RESIZED;
	kept = seed ? draw(&seed) % (names + 1) : 0;
	for (size_t i = power.count; i-- > 0;)
		if (power.changes[i].what <= RESIZED)
			take_back(&power.changes[i]);
	for (size_t i = 0; i < power.count; i++)
		if (power.changes[i].what == WRITTEN && !power.changes[i].lost)
			make_again(&power.changes[i], &seed, of_eight);
	for (size_t i = power.count; i-- > 0 && names > kept;) {
		if (power.changes[i].what <= RESIZED)
			continue;
		take_name_back(&power.changes[i]);
		names--;
	}
}
