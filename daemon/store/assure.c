/*
 * assure - asks the kernel about a file's file system, flags and extents
 * (statfs(2), FS_IOC_GETFLAGS, statx(2), Documentation/filesystems/fiemap.rst).
 */
#include "assure.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "retention/err.h"
#include "retention/fd.h"

#define ENTRIES 256		/* of a folder, to find a file in it */
#define EXTENTS 64		/* at a time, */
#define LOOKS 64		/* and so many times at most */

#define XFS 0x58465342ul
#define OVERLAY 0x794c7630ul
#define FUSE 0x65735546ul
#define NFS 0x6969ul
#define CIFS 0xff534d42ul
#define SMB2 0xfe534d42ul
#define CEPH 0x00c36400ul
#define NINEP 0x01021997ul
#define BTRFS 0x9123683eul
#define F2FS 0xf2f52010ul
#define NILFS 0x3434ul
#define ZFS 0x2fc12fc1ul
#define BCACHEFS 0xca451a4eul

static const struct {
	unsigned long magic;
	enum assure a;
} systems[] = {
	{ EXT4_SUPER_MAGIC, ASSURE_IN_PLACE }, { XFS, ASSURE_IN_PLACE },
	{ TMPFS_MAGIC, ASSURE_IN_PLACE }, { RAMFS_MAGIC, ASSURE_IN_PLACE },
	{ MSDOS_SUPER_MAGIC, ASSURE_IN_PLACE },
	{ OVERLAY, ASSURE_REMOTE }, { FUSE, ASSURE_REMOTE },
	{ NFS, ASSURE_REMOTE }, { CIFS, ASSURE_REMOTE },
	{ SMB2, ASSURE_REMOTE }, { CEPH, ASSURE_REMOTE },
	{ NINEP, ASSURE_REMOTE }, { BTRFS, ASSURE_COW }, { F2FS, ASSURE_COW },
	{ NILFS, ASSURE_COW }, { ZFS, ASSURE_COW }, { BCACHEFS, ASSURE_COW },
};

static const struct {
	const char *word, *advice;
} says[ASSURE_N] = {
	[ASSURE_IN_PLACE] = { "overwritten-in-place", NULL },
	[ASSURE_UNSCRUBBED] = { "logical-only (free space not overwritten)",
	    "set scrub = \"erased\" in the policy" },
	[ASSURE_BUSY] = { "logical-only (free space not overwritten: in use)",
	    "its applications leave it no pause: retentionctl scrub, when "
	    "they are idle" },
	[ASSURE_DAMAGED] = { "logical-only (free space not overwritten: "
	    "damaged or foreign)", "PRAGMA integrity_check, and repair it" },
	[ASSURE_JOURNALLED] = { "logical-only (journalled data)",
	    "its file system journals data, and old bytes stay in the "
	    "journal: mount it with data=ordered, and chattr -j the file" },
	[ASSURE_INLINE] = { "logical-only (inline or packed)",
	    "keep it on a file system without inline_data and tails" },
	[ASSURE_UNKNOWN] = { "logical-only (unknown file system)",
	    "keep it on ext4 or xfs, or on a LUKS volume of its own, whose "
	    "key can be destroyed" },
	[ASSURE_REMOTE] = { "logical-only (network or overlay)",
	    "let the host that has the disk do it, or keep it on a local "
	    "volume" },
	[ASSURE_SHARED] = { "logical-only (shared extents)",
	    "remove reflinked copies and snapshots, and copy the file anew" },
	[ASSURE_COW] = { "logical-only (copy on write)",
	    "keep it on ext4 or xfs, in a folder with chattr +C on btrfs, or "
	    "on a LUKS volume of its own, whose key can be destroyed" },
};

const char *
assure_word(enum assure a)
{
	must(a < ASSURE_N);
	return says[a].word;
}

const char *
assure_advice(enum assure a)
{
	must(a < ASSURE_N);
	return says[a].advice;
}

enum assure
assure_worse(enum assure a, enum assure b)
{
	return a > b ? a : b;
}

static enum assure
of_system(unsigned long magic)
{
	for (size_t i = 0; i < sizeof(systems) / sizeof(*systems); i++)
		if (systems[i].magic == magic)
			return systems[i].a;
	return ASSURE_UNKNOWN;
}

static enum assure
of_extent(unsigned flags)
{
	if (flags & FIEMAP_EXTENT_ENCODED)
		return ASSURE_COW;
	if (flags & FIEMAP_EXTENT_SHARED)
		return ASSURE_SHARED;
	return flags & (FIEMAP_EXTENT_DATA_INLINE | FIEMAP_EXTENT_DATA_TAIL) ?
	    ASSURE_INLINE : ASSURE_IN_PLACE;
}

/* A file system without the call has nothing to share. */
static enum assure
of_extents(int fd)
{
	union {
		struct fiemap map;
		char room[sizeof(struct fiemap) + EXTENTS *
		    sizeof(struct fiemap_extent)];
	} u;
	enum assure worst = ASSURE_IN_PLACE;
	__u64 at = 0;

	for (int look = 0; look < LOOKS; look++) {
		const struct fiemap_extent *x = u.map.fm_extents;

		memset(&u, 0, sizeof(u));
		u.map.fm_start = at;
		u.map.fm_length = FIEMAP_MAX_OFFSET - at;
		u.map.fm_flags = FIEMAP_FLAG_SYNC;
		u.map.fm_extent_count = EXTENTS;
		if (ioctl(fd, FS_IOC_FIEMAP, &u.map) == -1)
			return errno == ENOTTY || errno == EOPNOTSUPP ? worst :
			    ASSURE_UNKNOWN;
		for (unsigned i = 0; i < u.map.fm_mapped_extents; i++, x++) {
			worst = assure_worse(worst, of_extent(x->fe_flags));
			at = x->fe_logical + x->fe_length;
			if (x->fe_flags & FIEMAP_EXTENT_LAST)
				return worst;
		}
		if (u.map.fm_mapped_extents == 0)
			return worst;
	}
	return worst;
}

/*
 * By the mount's options, or by those in its superblock, which the table of
 * mounts does not show.  ext4 offers direct I/O, since Linux 6.1 in so many
 * words, for all but what it journals, keeps inline, or cannot encrypt then.
 */
static enum assure
of_journal(int folder, const char *name)
{
	struct statx x;

	if (statx(folder, name, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW,
	    STATX_TYPE | STATX_DIOALIGN, &x) == -1)
		return ASSURE_UNKNOWN;
	return (x.stx_mask & STATX_DIOALIGN) && S_ISREG(x.stx_mode) &&
	    x.stx_dio_offset_align == 0 ? ASSURE_JOURNALLED : ASSURE_IN_PLACE;
}

/* What one file in it says, for a folder itself is not asked for it. */
static enum assure
of_one_within(int fd)
{
	const struct dirent *entry;
	enum assure a = ASSURE_IN_PLACE;
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = again == -1 ? NULL : fdopendir(again);

	if (dir == NULL) {
		fd_close(&again);
		return a;
	}
	for (int i = 0; i < ENTRIES && (entry = readdir(dir)) != NULL; i++)
		if (entry->d_type == DT_REG) {
			a = of_journal(dirfd(dir), entry->d_name);
			break;
		}
	(void)closedir(dir);
	return a == ASSURE_JOURNALLED ? a : ASSURE_IN_PLACE;
}

static enum assure
of_ext4(int fd, bool is_file, int flags)
{
	if (flags & FS_INLINE_DATA_FL)
		return ASSURE_INLINE;
	if (flags & FS_JOURNAL_DATA_FL)
		return ASSURE_JOURNALLED;
	if (flags & FS_ENCRYPT_FL)	/* which is never journalled */
		return ASSURE_IN_PLACE;
	return is_file ? of_journal(fd, "") : of_one_within(fd);
}

enum assure
assure_fd(int fd)
{
	struct statfs fs;
	struct stat st;
	enum assure a;
	int flags = 0;

	if (fstatfs(fd, &fs) == -1 || fstat(fd, &st) == -1)
		return ASSURE_UNKNOWN;
	a = of_system((unsigned long)fs.f_type);
	/* On an O_PATH descriptor it is not answered: no flags. */
	(void)ioctl(fd, FS_IOC_GETFLAGS, &flags);
	if (a == ASSURE_COW && S_ISREG(st.st_mode) &&
	    (flags & FS_NOCOW_FL) && !(flags & FS_COMPR_FL))
		a = ASSURE_IN_PLACE;
	if (fs.f_type == EXT4_SUPER_MAGIC)
		a = of_ext4(fd, S_ISREG(st.st_mode), flags);
	return S_ISREG(st.st_mode) ? assure_worse(a, of_extents(fd)) : a;
}
