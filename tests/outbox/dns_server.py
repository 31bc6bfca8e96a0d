"""A real DNS server on the loopback that serves a small zone, and misbehaves as it is told."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

TTL = 60
LENGTH_BYTES = 2
ROOT = ("", "SOA")
"""The top of the tree: a server that does not have it is one of a closed network."""


class Zone:
    """Records by name and kind; what is not there does not exist."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {ROOT: ["a. b. 1 1800 900 604800 86400"]}
        self.silent: set[str] = set()
        """Names about which no answer ever comes; « * » for all."""
        self.broken: set[str] = set()
        """Names about which the server answers that it cannot tell; « * » for all."""
        self.trouble = dns.rcode.SERVFAIL
        """How it says so."""
        self.lost: set[str] = set()
        """Names whose first question gets lost on the way."""
        self.truncated: set[str] = set()
        """Names whose answer fits in no datagram: it comes by TCP only."""
        self.asked: list[tuple[str, str, str]] = []
        """Every question: name, kind, « udp » or « tcp »."""
        self._lock = threading.Lock()

    def add(self, name: str, kind: str, *values: str) -> None:
        self.records[name, kind] = list(values)

    def txt(self, name: str, *texts: str) -> None:
        """Texts are cut in pieces of 255 characters, as zones do."""
        self.add(name, "TXT", *(" ".join(f'"{each}"' for each in _pieces(text)) for text in texts))

    def answer(self, packet: bytes, way: str) -> bytes | None:
        """The bytes to send back; None to say nothing."""
        query = dns.message.from_wire(packet)
        question = query.question[0]
        name, kind = str(question.name).rstrip(".").lower(), dns.rdatatype.to_text(question.rdtype)
        with self._lock:
            is_first = (name, kind, way) not in self.asked
            self.asked.append((name, kind, way))
        if self._is_among(self.silent, name) or (name in self.lost and is_first):
            return None
        reply = dns.message.make_response(query, recursion_available=True)
        if self._is_among(self.broken, name):
            reply.set_rcode(self.trouble)
        elif name in self.truncated and way == "udp":
            reply.flags |= dns.flags.TC
        else:
            self._fill(reply, name, kind)
        return reply.to_wire()

    @staticmethod
    def _is_among(names: set[str], name: str) -> bool:
        return name in names or "*" in names

    def _fill(self, reply: dns.message.Message, name: str, kind: str) -> None:
        """The records, after the aliases that lead to them."""
        while alias := self.records.get((name, "CNAME")):
            reply.answer.append(dns.rrset.from_text(f"{name}.", TTL, "IN", "CNAME", f"{alias[0]}."))
            name = alias[0]
        values = self.records.get((name, kind))
        if values:
            reply.answer.append(dns.rrset.from_text(f"{name}.", TTL, "IN", kind, *values))
        elif not any(known == name or known.endswith(f".{name}") for known, _kind in self.records):
            reply.set_rcode(dns.rcode.NXDOMAIN)


def _pieces(text: str) -> list[str]:
    return [text[start : start + 255] for start in range(0, len(text), 255)]


@contextmanager
def serving(zone: Zone) -> Iterator[str]:
    """Serve by UDP and TCP on one free port; gives « 127.0.0.1:port »."""

    class Datagram(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            packet, line = self.request
            if reply := zone.answer(packet, "udp"):
                line.sendto(reply, self.client_address)

    class Stream(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            length = int.from_bytes(self.rfile.read(LENGTH_BYTES), "big")
            if reply := zone.answer(self.rfile.read(length), "tcp"):
                self.wfile.write(len(reply).to_bytes(LENGTH_BYTES, "big") + reply)

    with (
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), Stream) as streams,
        socketserver.ThreadingUDPServer(streams.server_address, Datagram) as datagrams,
    ):
        threads = [
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            for server in (streams, datagrams)
        ]
        for thread in threads:
            thread.start()
        try:
            yield f"127.0.0.1:{streams.server_address[1]}"
        finally:
            for server in (streams, datagrams):
                server.shutdown()
            for thread in threads:
                thread.join()


@contextmanager
def nobody() -> Iterator[str]:
    """A port where nothing listens: the system says so at once."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    yield address
