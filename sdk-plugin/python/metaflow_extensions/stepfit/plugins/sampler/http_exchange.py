"""HTTP/1.1 over one kept connection: just what reporting needs, in a tenth of `http.client`'s memory.

`http.client` brings the e-mail and URL packages along, some 4 MiB, and the container that a step is sized by
holds the sampler too. Here a host, a POST or GET, and an answer of bounded size are all there is: no
redirects, no proxies, no cookies.
"""

import time
from collections import namedtuple

try:
    # What `socket` wraps, without the 1 MiB of its helpers.
    import _socket as socket
except ImportError:
    import socket

CHUNK_BYTES = 64 * 1024
MAX_HEAD_BYTES = 64 * 1024
DEFAULT_PORTS = {"http": 80, "https": 443}
NO_BODY = (204, 304)

Address = namedtuple("Address", "scheme host port path")
# `headers` have lower-case names.
Response = namedtuple("Response", "status headers body")


class HttpError(OSError):
    """The other side does not speak HTTP, or breaks off."""


def parse_url(url):
    """`http[s]://host[:port][/path]` as an Address; raises ValueError for anything else. Pure."""
    scheme, separator, rest = url.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in DEFAULT_PORTS:
        raise ValueError("not an http:// or https:// address: %r" % url)
    authority, slash, path = rest.partition("/")
    path = (slash + path).partition("#")[0].partition("?")[0].rstrip("/")
    host, _, port = _split_port(authority.rpartition("@")[2])
    if not host:
        raise ValueError("no host in %r" % url)
    return Address(scheme, host, int(port) if port else DEFAULT_PORTS[scheme], path)


def _split_port(authority):
    """IPv6 addresses stand in brackets, and hold colons."""
    if authority.startswith("["):
        host, _, rest = authority[1:].partition("]")
        return host, "", rest.lstrip(":")
    return authority.partition(":")


def parse_head(head):
    """The status line and headers of an answer as (status, headers). Pure."""
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdigit():
        raise HttpError("the answer is not HTTP: %r" % lines[0][:80])
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return int(words[1]), headers


class HttpConnection(object):
    """One connection to one server, opened when needed and kept while the server agrees."""

    def __init__(self, url, timeout_s):
        self._url = url
        self.address = None
        self.socket = None
        self._timeout_s = timeout_s
        self._buffer = b""

    def request(self, method, target, headers, body=None, max_bytes=CHUNK_BYTES, within_s=None):
        """Sends a request and returns the Response. `target` begins with a slash, below the URL's path; of the
        answer's body, what is beyond `max_bytes` is left off.

        Raises OSError where no whole answer comes: each read may take the timeout, and all of them `within_s`,
        where that is given. Raises ValueError for an address that is none.
        """
        gives_up_at = None if within_s is None else time.monotonic() + within_s
        self.address = self.address or parse_url(self._url)
        if self.socket is None:
            self.socket = self._connect()
            self._buffer = b""
        try:
            self.socket.sendall(self._request_bytes(method, target, headers, body))
            response = self._read_response(max_bytes, gives_up_at)
        except BaseException:
            self.close()
            raise
        if response.headers.get("connection", "").lower() == "close":
            self.close()
        return response

    def close(self):
        connection, self.socket = self.socket, None
        if connection is not None:
            try:
                connection.close()
            except OSError:
                pass

    def _request_bytes(self, method, target, headers, body):
        host, port, scheme = self.address.host, self.address.port, self.address.scheme
        name = "[%s]" % host if ":" in host else host
        if port != DEFAULT_PORTS[scheme]:
            name = "%s:%d" % (name, port)
        lines = ["%s %s%s HTTP/1.1" % (method, self.address.path, target), "Host: " + name]
        lines += ["%s: %s" % pair for pair in headers.items()]
        if body is not None:
            lines.append("Content-Length: %d" % len(body))
        if any("\r" in line or "\n" in line for line in lines):
            raise ValueError("a line break in a header")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body or b"")

    def _connect(self):
        """The first address of the host that answers."""
        # As bytes: a name as text makes Python import its tables of international names.
        host = self.address.host.encode("ascii" if self.address.host.isascii() else "idna")
        problem = OSError("%s has no address" % self.address.host)
        for family, kind, protocol, _, address in socket.getaddrinfo(
            host, self.address.port, 0, socket.SOCK_STREAM
        ):
            opened = socket.socket(family, kind, protocol)
            try:
                opened.settimeout(self._timeout_s)
                opened.connect(address)
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return self._secured(opened) if self.address.scheme == "https" else opened
            except OSError as error:
                opened.close()
                problem = error
        raise problem

    def _secured(self, opened):
        # Imported where it is needed: TLS takes 4 MiB.
        import socket as python_socket
        import ssl

        plain = python_socket.socket(fileno=opened.detach())
        plain.settimeout(self._timeout_s)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self.address.host)

    def _read_response(self, max_bytes, gives_up_at):
        while True:
            status, headers = parse_head(self._read_until(b"\r\n\r\n", gives_up_at))
            if not 100 <= status < 200:
                break
        if status in NO_BODY:
            return Response(status, headers, b"")
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = self._read_chunked(max_bytes, gives_up_at)
        elif "content-length" in headers:
            body = self._read_exactly(min(int(headers["content-length"]), max_bytes), gives_up_at)
        else:
            while len(self._buffer) <= max_bytes and self._receive(gives_up_at):
                pass
            body, self._buffer = self._buffer[:max_bytes], b""
            self.close()
        if len(body) >= max_bytes:
            # The rest is still on its way, and would be taken for the next answer.
            self.close()
        return Response(status, headers, body)

    def _receive(self, gives_up_at):
        if gives_up_at is not None and time.monotonic() > gives_up_at:
            raise HttpError("no whole answer in time")
        received = self.socket.recv(CHUNK_BYTES)
        self._buffer += received
        return bool(received)

    def _read_until(self, mark, gives_up_at):
        while mark not in self._buffer:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise HttpError("the answer is not HTTP: no end of its head")
            if not self._receive(gives_up_at):
                raise HttpError("the connection was closed")
        head, _, self._buffer = self._buffer.partition(mark)
        return head

    def _read_exactly(self, length, gives_up_at):
        while len(self._buffer) < length:
            if not self._receive(gives_up_at):
                raise HttpError("the answer was cut off")
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return body

    def _read_chunked(self, max_bytes, gives_up_at):
        body = b""
        while len(body) < max_bytes:
            size = int(self._read_until(b"\r\n", gives_up_at).partition(b";")[0], 16)
            if size == 0:
                while self._read_until(b"\r\n", gives_up_at):
                    pass
                return body
            body += self._read_exactly(min(size + 2, max_bytes), gives_up_at)[:size]
        return body[:max_bytes]
