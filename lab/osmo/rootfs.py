# SPDX-License-Identifier: BSD-3-Clause
"""The file system of the guest, from Debian packages alone: python3 lab/osmo/rootfs.py FOLDER leaves FOLDER/kernel and FOLDER/root.cpio.

apt resolves and fetches as if nothing were installed (an empty status file), dpkg-deb unpacks, no script of a package is run: the guest
needs no users, no services and no configuration but what guest/ brings. Nothing of the host is changed, and root is not needed.
Built once; built again when this file has changed. The folder may be removed at any time.
"""
import hashlib
import os
import shutil
import stat
import subprocess
import sys

PACKAGES = ("osmo-stp", "osmo-msc", "osmo-hlr", "tcpdump", "busybox", "python3-minimal", "libpython3-stdlib", "linux-image-cloud-amd64")
# What the dependencies bring for installing, booting and logging in.
NOT_UNPACKED = ("adduser", "coreutils", "cpio", "debconf", "dpkg", "initramfs-tools", "initramfs-tools-core", "klibc-utils", "linux-base", "passwd",
                "systemd", "tar", "udev")
NOT_KEPT = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian", "usr/share/zoneinfo", "usr/share/bug", "lib/systemd")
MODULES = ("virtio", "virtio_ring", "virtio_pci", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_blk", "sctp", "libcrc32c",
           "crc32c_generic", "udp_tunnel", "ip6_udp_tunnel")
CPIO_END = "TRAILER!!!"


class Missing(Exception):
    """What the host lacks, in words."""


def stamp():
    with open(__file__, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def call(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise Missing(f"{words[0]}: {done.stdout.decode('utf-8', errors='replace').strip()[-400:]}")


def fetch(folder):
    """The packages and all they depend on, as files below FOLDER/archives."""
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise Missing(f"{program} is missing: the guest is made of Debian packages")
    os.makedirs(os.path.join(folder, "archives", "partial"), exist_ok=True)
    status = os.path.join(folder, "status")
    with open(status, "w", encoding="utf-8"):
        pass
    call("apt-get", "install", "-qq", "-y", "--download-only", "--no-install-recommends", "-o", f"Dir::State::status={status}",
         "-o", f"Dir::Cache::archives={folder}/archives", "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=", *PACKAGES)
    return sorted(os.path.join(folder, "archives", name) for name in os.listdir(os.path.join(folder, "archives")) if name.endswith(".deb"))


def unpack(archives, tree):
    for path in archives:
        if os.path.basename(path).split("_")[0] not in NOT_UNPACKED:
            call("dpkg-deb", "-x", path, tree)
    for name in NOT_KEPT:
        shutil.rmtree(os.path.join(tree, name), ignore_errors=True)


def take_kernel(tree, folder):
    """The kernel stands beside the tree; of its modules the few that are used stay."""
    boot = os.path.join(tree, "boot")
    image = [name for name in os.listdir(boot) if name.startswith("vmlinuz-")]
    os.replace(os.path.join(boot, image[0]), os.path.join(folder, "kernel"))
    shutil.rmtree(boot)
    for place, _, names in os.walk(os.path.join(tree, "lib", "modules")):
        for name in names:
            if name.endswith(".ko") and name[:-3].replace("-", "_") not in MODULES:
                os.remove(os.path.join(place, name))


def entry(name, mode, content, number):
    """One file of the format that the kernel reads: cpio, newc."""
    head = [number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
    start = b"070701" + b"".join(b"%08X" % value for value in head) + name.encode() + b"\0"
    return start + bytes(-len(start) % 4) + content + bytes(-len(content) % 4)


def content_of(path, mode):
    if stat.S_ISLNK(mode):
        return os.readlink(path).encode()
    if not stat.S_ISREG(mode):
        return b""
    with open(path, "rb") as file:
        return file.read()


def pack(tree, out, at=""):
    """The tree as an archive; at: the folder of the guest in which it stands. Archives may stand one behind the other."""
    number = 1
    for place, folders, names in os.walk(tree):
        folders.sort()
        for name in ["."] + sorted(names) + [one for one in folders if os.path.islink(os.path.join(place, one))]:
            path = os.path.normpath(os.path.join(place, name))
            mode = os.lstat(path).st_mode
            inside = os.path.normpath(os.path.join(at, os.path.relpath(path, tree)))
            if inside != "." and not name.endswith(".pyc") and "__pycache__" not in inside:
                out.write(entry(inside, mode, content_of(path, mode), number))
                number += 1
    out.write(entry(CPIO_END, 0, b"", 0))


def build(folder):
    """Makes what is not there, or not by this file. What is half done counts as nothing."""
    folder = os.path.abspath(folder)
    mark = os.path.join(folder, "made-by")
    if os.path.exists(mark):
        with open(mark, encoding="utf-8") as file:
            if file.read() == stamp():
                return
        os.remove(mark)
    tree = os.path.join(folder, "tree")
    shutil.rmtree(tree, ignore_errors=True)
    unpack(fetch(folder), tree)
    take_kernel(tree, folder)
    for name in ("dev", "proc", "sys", "tmp", "run"):
        os.makedirs(os.path.join(tree, name), exist_ok=True)
    with open(os.path.join(folder, "root.cpio"), "wb") as out:
        pack(tree, out)
    for name in ("tree", "archives"):
        shutil.rmtree(os.path.join(folder, name))
    with open(mark, "w", encoding="utf-8") as file:
        file.write(stamp())


if __name__ == "__main__":
    try:
        build(sys.argv[1])
    except Missing as why:
        print(f"{sys.argv[0]}: {why}", file=sys.stderr)
        sys.exit(77)
