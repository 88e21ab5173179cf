"""What a tree looks like, and the changes of the storage drivers' contract.

tree.py show ROOT: the tree as JSON, a line of facts per entry
tree.py change ROOT: changes what layers.ts puts there, then the same
"""

import hashlib
import json
import os
import shutil
import stat
import struct
import sys

KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "link",
    stat.S_IFIFO: "fifo",
    stat.S_IFCHR: "char",
    stat.S_IFBLK: "block",
}
# How the drivers themselves mark their layers.
OWN_XATTRS = ("user.overlay.", "user.fuseoverlayfs.", "trusted.overlay.")
# fuse-overlayfs looks for a whiteout ".wh.NAME" beside each new file: 255 bytes leave it no room.
LONG_NAME = "n" * 251


def text(path):
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def attributes(path, status):
    if stat.S_ISLNK(status.st_mode):
        return {}
    names = [n for n in os.listxattr(path) if not n.startswith(OWN_XATTRS)]
    return {name: os.getxattr(path, name) for name in sorted(names)}


def content(path, status):
    if stat.S_ISLNK(status.st_mode):
        return repr(os.readlink(path))
    if not stat.S_ISREG(status.st_mode):
        return ""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) <= 40:
        return repr(data.decode("latin1"))
    return f"{len(data)} bytes {hashlib.sha256(data).hexdigest()[:12]}"


def facts(path, status):
    words = [
        KINDS[stat.S_IFMT(status.st_mode)],
        oct(stat.S_IMODE(status.st_mode))[2:],
        f"{status.st_uid}:{status.st_gid}",
        content(path, status),
    ]
    if status.st_rdev != 0:
        words.append(f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}")
    words += [f"{name}={value.hex()}" for name, value in attributes(path, status).items()]
    return words


def show(root):
    os.chdir(root)
    entries, times, holes, first = {}, {}, [], {}
    for directory, names, files in os.walk("."):
        for name in sorted(names + files, key=os.fsencode):
            path = os.path.join(directory, name)[2:]
            status = os.lstat(path)
            words = facts(path, status)
            # A link count may tell of names that the tree no longer has.
            if not stat.S_ISDIR(status.st_mode) and status.st_ino in first:
                words.append("= " + first[status.st_ino])
            first.setdefault(status.st_ino, text(path))
            entries[text(path)] = " ".join(word for word in words if word)
            times[text(path)] = int(status.st_mtime)
            if stat.S_ISREG(status.st_mode) and status.st_blocks * 512 < status.st_size // 2:
                holes.append(text(path))
    return {"entries": entries, "times": times, "holes": holes}


def write(path, data):
    with open(path, "w") as file:
        file.write(data)


def acl(*entries):
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def grant(user):
    """rw for the owner, r for a user, r for the group, nothing for others."""
    nobody = 0xFFFFFFFF
    return acl((1, 6, nobody), (2, 4, user), (4, 4, nobody), (16, 4, nobody), (32, 0, nobody))


def refusal(action, *words):
    try:
        action(*words)
    except OSError as error:
        return error.strerror
    return "done"


def change(root):
    os.chdir(root)
    with open("plain", "a") as file:
        file.write(" two")
    os.chmod("meta", 0o600)
    os.chown("meta", 7, 8)
    os.setxattr("xattr", "user.new", b"\0\xff")
    os.removexattr("xattr", "user.contract")
    os.setxattr("acl", "system.posix_acl_access", grant(5))
    os.setxattr("acl-dir", "system.posix_acl_default", grant(6))
    write("n1", "new")
    os.link("n1", "n2")
    os.symlink("n1", "new-link")
    os.mkfifo("new-fifo", 0o640)
    write("new-caps", "x")
    os.setxattr("new-caps", "security.capability", bytes.fromhex("0100000200200000" + "00" * 12))
    write("new-suid", "x")
    os.chown("new-suid", 9, 9)
    os.chmod("new-suid", 0o6755)
    os.mkdir("new-sticky")
    os.chmod("new-sticky", 0o1777)
    deep = "/".join(letter * 110 for letter in "abc")
    os.makedirs(f"new-deep/{deep}")
    write(f"new-deep/{deep}/f", "deep")
    os.mkdir("new-names")
    write(f"new-names/{LONG_NAME}", "long")
    write(b"new-names/\xff\xfe", "bytes")
    with open("new-sparse", "wb") as file:
        file.seek(8 << 20)
        file.write(b"end")
    os.remove("lower-file")
    shutil.rmtree("lower-dir")
    shutil.rmtree("again")
    os.mkdir("again")
    write("again/new", "n")
    os.remove("file-to-dir")
    os.mkdir("file-to-dir")
    write("file-to-dir/f", "f")
    shutil.rmtree("dir-to-file")
    write("dir-to-file", "d")
    shutil.move("from", "to")
    os.rename("name-a", "name-b")
    return refusal(os.mknod, "new-device", stat.S_IFCHR | 0o666, os.makedev(1, 3))


os.umask(0o022)
command, top = sys.argv[1:]
device = change(top) if command == "change" else None
print(json.dumps({**show("." if device else top), "device": device}))
