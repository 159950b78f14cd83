# SPDX-License-Identifier: BSD-3-Clause
"""osmo-stp, osmo-msc and osmo-hlr in a virtual machine: python3 lab/osmo/run.py RESULTS [FOLDER] plays guest/story.py there once.

They need the kernel's SCTP, which not every host (and no container by itself) has; qemu emulates one that does, without KVM. FOLDER keeps the
guest's file system (build/lab-osmo, made by rootfs.py when it is not there). RESULTS gets the capture, the account and the logs. Ends
with 77 when something is missing on the host.
"""
import os
import shutil
import subprocess
import sys
import tarfile

import rootfs

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QEMU = "qemu-system-x86_64"
PATIENCE_S = 240  # 60 s with two idle processors, 160 s with a third of them
DISK_BYTES = 64 << 20
# What the guest gets of the tree: the story, and the encoder with the tables that it reads.
TAKEN = ("lab/osmo/guest", "tests/capture/encode", "tests/capture/pcap.py", "dataplane/codes")


def pack_story(out, folder):
    """The second archive: /init, and the parts of the tree below /sigcanary."""
    stage = os.path.join(folder, "stage")
    shutil.rmtree(stage, ignore_errors=True)
    inside = os.path.join(stage, "sigcanary")
    for path in TAKEN:
        source, target = os.path.join(TREE, path), os.path.join(inside, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if os.path.isdir(source):
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    shutil.copy(os.path.join(TREE, "lab/osmo/guest/init"), os.path.join(stage, "init"))
    os.chmod(os.path.join(stage, "init"), 0o755)
    rootfs.pack(stage, out)
    shutil.rmtree(stage)


def boot(folder, results):
    """Runs the guest to its end; its console is kept beside the results."""
    initrd, disk = os.path.join(results, "initrd"), os.path.join(results, "disk")
    with open(initrd, "wb") as out:
        with open(os.path.join(folder, "root.cpio"), "rb") as root:
            shutil.copyfileobj(root, out)
        pack_story(out, results)
    with open(disk, "wb") as out:
        out.truncate(DISK_BYTES)
    command = [QEMU, "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "768", "-nic", "none", "-no-reboot", "-nodefaults",
               "-display", "none", "-monitor", "none", "-serial", f"file:{results}/console.log",
               "-kernel", os.path.join(folder, "kernel"), "-initrd", initrd,
               "-append", "console=ttyS0 quiet panic=-1 mitigations=off random.trust_cpu=on",
               "-drive", f"file={disk},format=raw,if=virtio,cache=unsafe"]
    subprocess.run(command, check=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL)
    with tarfile.open(disk) as tar:
        tar.extractall(results)
    for path in (initrd, disk):
        os.remove(path)


def main():
    results = os.path.abspath(sys.argv[1])
    folder = os.path.abspath(sys.argv[2] if len(sys.argv) > 2 else os.path.join(TREE, "build", "lab-osmo"))
    os.makedirs(results, exist_ok=True)
    if shutil.which(QEMU) is None:
        raise rootfs.Missing(f"{QEMU} is missing (package qemu-system-x86)")
    rootfs.build(folder)
    boot(folder, results)


if __name__ == "__main__":
    try:
        main()
    except rootfs.Missing as why:
        print(f"lab/osmo: {why}", file=sys.stderr)
        sys.exit(77)
    except (OSError, subprocess.SubprocessError, tarfile.TarError) as error:
        print(f"lab/osmo: {error}", file=sys.stderr)
        sys.exit(1)
