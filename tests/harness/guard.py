"""Detects connections to other machines and reads of the user's AWS credentials; a test that causes one fails.

Connections: a test process has its own network namespace, in which every address is this machine. A connection to
another one is refused at once, and a socket that sees all packets of the namespace records its destination. Every
program that the process starts is in the namespace, too.
https://man7.org/linux/man-pages/man7/packet.7.html

Credentials: the home folder is one whose ``.aws`` contains invented keys; inotify reports when they are opened.
https://man7.org/linux/man-pages/man7/inotify.7.html
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from local_sagemaker.credentials import NO_CREDENTIALS

import pytest

NAMESPACE = "/proc/self/ns/net"
CLONE_NEWNET = 0x40000000
IN_OPEN, IN_ISDIR, IN_NONBLOCK = 0x20, 0x40000000, 0x800
SIOCSIFFLAGS, IFF_UP_AND_RUNNING = 0x8914, 0x41
RTM_NEWROUTE, NLM_F_REQUEST_CREATE_ACK, RTA_OIF = 24, 0x405, 4
RT_TABLE_LOCAL, RTPROT_BOOT, RT_SCOPE_HOST, RTN_LOCAL = 255, 3, 254, 2
ETH_P_ALL, SO_ATTACH_FILTER, LONGEST = 3, 26, 65536
KEYS = "[default]\naws_access_key_id = INVENTED\naws_secret_access_key = INVENTED\n"
#: Lines of code, jumps and operand: accept IPv4 packets not for 127.0.0.0/8, and IPv6 packets not for ::1.
FILTER = [
    (0x30, 0, 0, 0), (0x54, 0, 0, 0xF0), (0x15, 0, 2, 0x40), (0x30, 0, 0, 16), (0x15, 8, 7, 127),
    (0x20, 0, 0, 24), (0x15, 0, 5, 0), (0x20, 0, 0, 28), (0x15, 0, 3, 0), (0x20, 0, 0, 36), (0x15, 0, 1, 1),
    (0x15, 1, 1, 0), (0x06, 0, 0, LONGEST), (0x06, 0, 0, 0),
]  # fmt: skip


class Guard:
    """Watches this process and all that it starts from now on, as far as the system allows that."""

    def __init__(self, home: Path) -> None:
        self._opens, self._packets, self._real_network = _watch(home), None, -1
        if sys.platform == "linux" and os.geteuid() == 0:
            with suppress(OSError):
                self._real_network = os.open(NAMESPACE, os.O_RDONLY)
                self._packets = _enter_closed_network()

    def __str__(self) -> str:
        connections = "watched" if self._packets else "not watched, as that needs Linux and root"
        return f"connections to other machines: {connections}"

    def incidents(self) -> list[str]:
        """Return the connections to other machines, and the user's files that were opened, since the last call."""
        ports: dict[str, int] = {}
        for address, port in _packets(self._packets):  # answers have the port of the sender
            ports[address] = min(port, ports.get(address, port))
        sent = [f"sent to {address}, port {port}" for address, port in sorted(ports.items())]
        return sent + sorted({f"opened ~/.aws/{name}" for name in _opened_files(self._opens)})

    def leave_network(self) -> None:
        """Move this process, a child, back to the real network."""
        if self._packets:
            _call("setns", self._real_network, CLONE_NEWNET)


def hide_profile(patch: pytest.MonkeyPatch) -> None:
    """Hide the user's credentials from code that works on AWS, which looks for them rightly."""
    for name, value in NO_CREDENTIALS.items():
        patch.setenv(name, value)


def make_home(folder: Path) -> None:
    """Fill a home folder with links to all files in the user's, and with invented AWS credentials."""
    user = Path.home()
    folder.joinpath(".aws").mkdir()
    for name in ("config", "credentials"):
        folder.joinpath(".aws", name).write_text(KEYS)
    for entry in user.iterdir() if user.is_dir() else ():
        if entry.name != ".aws":
            folder.joinpath(entry.name).symlink_to(entry)


def _enter_closed_network() -> socket.socket:
    """Enter a new network namespace in which all addresses are local; return a socket that gets non-local packets."""
    _call("unshare", CLONE_NEWNET)
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP_AND_RUNNING))
    for family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError):  # there may be no IPv6
            _make_all_addresses_local(family)
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, socket.htons(ETH_P_ALL))
    program = b"".join(struct.pack("HBBI", *line) for line in FILTER)
    code = ctypes.create_string_buffer(program)
    packets.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", len(FILTER), ctypes.addressof(code)))
    return packets


def _make_all_addresses_local(family: int) -> None:
    """Do what ``ip route add local 0.0.0.0/0 dev lo`` does."""
    route = struct.pack("BBBBBBBBI", family, 0, 0, 0, RT_TABLE_LOCAL, RTPROT_BOOT, RT_SCOPE_HOST, RTN_LOCAL, 0)
    body = route + struct.pack("HHI", 8, RTA_OIF, socket.if_nametoindex("lo"))
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.send(struct.pack("IHHII", 16 + len(body), RTM_NEWROUTE, NLM_F_REQUEST_CREATE_ACK, 1, 0) + body)
        (code,) = struct.unpack_from("i", netlink.recv(LONGEST), 16)
        if code:
            raise OSError(-code, os.strerror(-code))


def _packets(packets: socket.socket | None) -> Iterator[tuple[str, int]]:
    """Yield destination and port of each packet."""
    if packets is None:
        return
    with suppress(BlockingIOError):
        while True:
            packet = packets.recv(LONGEST)
            is_4 = packet[0] >> 4 == 4
            header, address = ((packet[0] & 15) * 4, packet[16:20]) if is_4 else (40, packet[24:40])
            yield str(ip_address(address)), int.from_bytes(packet[header + 2 : header + 4], "big")


def _watch(home: Path) -> int:
    if sys.platform != "linux":
        return -1
    opens = _call("inotify_init1", IN_NONBLOCK)
    _call("inotify_add_watch", opens, os.fsencode(home / ".aws"), IN_OPEN)
    return opens


def _opened_files(opens: int) -> Iterator[str]:
    """Yield the name of each file that was opened.

    https://man7.org/linux/man-pages/man7/inotify.7.html, "Reading events from an inotify file descriptor".
    """
    if opens < 0:
        return
    with suppress(BlockingIOError):
        while True:
            events, offset = os.read(opens, LONGEST), 0
            while offset < len(events):
                _, mask, _, length = struct.unpack_from("iIII", events, offset)
                name = events[offset + 16 : offset + 16 + length].rstrip(b"\0").decode()
                offset += 16 + length
                if not mask & IN_ISDIR:
                    yield name


def _call(name: str, *arguments: object) -> int:
    result: int = getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
