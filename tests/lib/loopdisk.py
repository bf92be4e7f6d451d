"""loopdisk - a file system on a file, for tests by root."""

import atexit
import fcntl
import os
import shutil
import struct
import subprocess
import tempfile
import time

MKFS = {"ext4": ["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0"],
        "xfs": ["mkfs.xfs", "-q", "-f"], "btrfs": ["mkfs.btrfs", "-q", "-f"]}
SHUTDOWN, NOT_EVEN_THE_LOG = 0x8004587d, 2      # _IOR('X', 125, u32)


def missing(*kinds):
    """Why it cannot be done here, or None."""
    if os.geteuid() != 0:
        return "only root may mount"
    for k in kinds:
        if not shutil.which(MKFS[k][0]):
            return MKFS[k][0] + " is not installed"
    try:
        d = Disk(kinds[0])
        d.mount()
        d.umount()
        d.gone()
    except subprocess.CalledProcessError as why:
        return "no loop device can be mounted: %s" % why
    return None


class Disk:
    def __init__(self, kind, megabytes=320, at=None):
        self.dir = tempfile.mkdtemp(prefix="retention-disk.")
        self.image = os.path.join(self.dir, "image")
        self.at = at or os.path.join(self.dir, "at")
        os.makedirs(self.at, exist_ok=True)
        with open(self.image, "wb") as f:
            f.truncate(megabytes << 20)
        self.mounted = False
        subprocess.run(MKFS[kind] + [self.image], check=True,
                       stdout=subprocess.DEVNULL)
        atexit.register(self.gone)

    def mount(self, options=""):
        subprocess.run(["mount", "-o", ",".join(filter(None, (
            "loop", options))), self.image, self.at], check=True)
        self.mounted = True

    def tune(self, *options):
        """Of ext4, in its superblock."""
        subprocess.run(["tune2fs", *options, self.image], check=True,
                       stdout=subprocess.DEVNULL)

    def umount(self):
        subprocess.run(["umount", self.at], check=True)
        self.mounted = False

    def cut(self):
        """As if the power went: nothing more is written.  When it began (ns,
        monotonic)."""
        fd = os.open(self.at, os.O_RDONLY)
        began = time.monotonic_ns()
        fcntl.ioctl(fd, SHUTDOWN, struct.pack("I", NOT_EVEN_THE_LOG))
        os.close(fd)
        return began

    def grep(self, *pattern):
        """Matches in the raw image."""
        r = subprocess.run(["grep", "-ao", *pattern, self.image],
                           stdout=subprocess.PIPE, env=dict(
                               os.environ, LC_ALL="C"))
        return r.stdout.split(b"\n")

    def marks(self):
        out = {m.lower() for m in self.grep("-E", "[0-9a-f]{10}z")}
        out |= {m.replace(b"\0", b"").lower() for m in self.grep(
            "-P", r"(?:[0-9a-f]\x00){10}z")}
        return out - {b""}

    def gone(self):
        if self.mounted:
            subprocess.run(["umount", self.at], check=False)
            self.mounted = False
        if not os.path.ismount(self.at):
            shutil.rmtree(self.dir, ignore_errors=True)
