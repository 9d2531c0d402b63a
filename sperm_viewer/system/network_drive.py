"""Is a folder on a network drive? SQLite's write-ahead log isn't safe there."""

from __future__ import annotations

from pathlib import Path

import psutil

_NETWORK = ("nfs", "cifs", "smb", "afp", "webdav", "davfs", "ncp", "9p", "fuse.sshfs", "fuse.rclone", "afs")


def on_network_drive(path: Path) -> bool:
    """True where the drive that holds `path` is another machine's, as far as the system says."""
    resolved = path.absolute()
    if str(resolved).startswith("\\\\"):
        return True
    drives = [drive for drive in psutil.disk_partitions(all=True) if resolved.is_relative_to(drive.mountpoint)]
    if not drives:
        return False
    nearest = max(drives, key=lambda drive: len(Path(drive.mountpoint).parts))
    return nearest.fstype.lower().startswith(_NETWORK) or "remote" in nearest.opts.split(",")
