/*
 * hollow - the kernel is asked to remove, and refuses what is not an empty
 * folder: nothing is looked at first that might be something else then.
 */
#include "hollow.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "retention/fd.h"

#include "beneath.h"
#include "wipe.h"

/* Up from a folder, until something is left in one. */
static bool
remove_up(int root, char *path)
{
	bool any = false, gone = true;

	while (gone && *path != '\0') {
		char *slash = strrchr(path, '/');
		const char *name = slash ? slash + 1 : path;
		int up;

		if (slash)
			*slash = '\0';
		up = beneath_open(root, slash ? path : "");
		gone = up != -1 && unlinkat(up, name, AT_REMOVEDIR) == 0;
		any |= gone;
		fd_close(&up);
		if (!slash)
			break;
	}
	return any;
}

int
hollow_remove(int root, const struct wipe_item *item, size_t n,
    struct err *e)
{
	char last[PATH_MAX] = "", path[PATH_MAX];
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		const char *slash = strrchr(item[i].path, '/');
		size_t len = slash ? (size_t)(slash - item[i].path) : 0;

		if (item[i].state != WIPE_ERASED || len == 0 ||
		    len >= sizeof(last) || (strncmp(last, item[i].path,
		    len) == 0 && last[len] == '\0'))
			continue;
		memcpy(last, item[i].path, len);
		last[len] = '\0';
		memcpy(path, last, len + 1);
		any |= remove_up(root, path);
	}
	explicit_bzero(last, sizeof(last));
	explicit_bzero(path, sizeof(path));
	return any && syncfs(root) == -1 ? err_sys(e, "sync the folder") : 0;
}
