"""The HTTP client against real sockets that answer, misbehave, and speak TLS."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest

from http_exchange import Address, HttpConnection, HttpError, parse_head, parse_url

OK = b"HTTP/1.1 200 OK\r\n"


class ParseUrl(unittest.TestCase):
    def test_what_an_address_may_look_like(self):
        for url, parts in (
            ("http://127.0.0.1:4380", ("http", "127.0.0.1", 4380, "")),
            ("https://stepfit.example.com/", ("https", "stepfit.example.com", 443, "")),
            ("HTTP://stepfit/team/a/", ("http", "stepfit", 80, "/team/a")),
            ("http://[::1]:8080/x?y=z#w", ("http", "::1", 8080, "/x")),
            ("https://me:secret@host", ("https", "host", 443, "")),
        ):
            self.assertEqual(parse_url(url), Address(*parts), url)

    def test_what_is_no_address(self):
        for url in ("", "stepfit", "ftp://host", "http://", "http://:80", "http://host:port"):
            with self.assertRaises(ValueError, msg=url):
                parse_url(url)


class ParseHead(unittest.TestCase):
    def test_names_are_lower_case_and_values_are_stripped(self):
        head = b"HTTP/1.1 503 Too busy\r\nRetry-After:  7 \r\nX-Empty:\r\nno header"
        self.assertEqual(parse_head(head), (503, {"retry-after": "7", "x-empty": ""}))

    def test_other_protocols_are_refused(self):
        for head in (b"", b"SSH-2.0-OpenSSH_9.2", b"HTTP/1.1", b"HTTP/1.1 OK", b"\x00\xff"):
            with self.assertRaises(HttpError):
                parse_head(head)


class Exchange(unittest.TestCase):
    def serve(self, *answers, **options):
        """A server that gives each connection the answers in turn; returns its port and what it received."""
        listener = socket.socket(options.get("family", socket.AF_INET))
        self.addCleanup(listener.close)
        listener.bind((options.get("host", "127.0.0.1"), 0))
        listener.listen(5)
        received = []

        def run():
            try:
                while True:
                    accepted = listener.accept()[0]
                    accepted = options.get("wrap", lambda plain: plain)(accepted)
                    for answer in answers:
                        received.append(accepted.recv(65536))
                        accepted.sendall(answer)
                    accepted.close()
            except OSError:
                pass

        threading.Thread(target=run, daemon=True).start()
        return listener.getsockname()[1], received

    def get(self, port, **options):
        connection = HttpConnection("http://127.0.0.1:%d/base" % port, 5)
        self.addCleanup(connection.close)
        return connection.request("GET", "/x", {}, **options)

    def test_a_request_is_what_the_server_gets(self):
        port, received = self.serve(OK + b"Content-Length: 2\r\n\r\n{}")
        connection = HttpConnection("http://127.0.0.1:%d/base" % port, 5)
        response = connection.request("POST", "/v1/metrics", {"X-A": "b"}, b"body")
        connection.close()
        self.assertEqual((response.status, response.body), (200, b"{}"))
        expected = "POST /base/v1/metrics HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-A: b\r\nContent-Length: 4\r\n\r\nbody"
        self.assertEqual(received[0].decode(), expected % port)

    def test_the_connection_is_kept_for_the_next_request(self):
        answer = OK + b"Content-Length: 2\r\n\r\nok"
        port, received = self.serve(answer, answer)
        connection = HttpConnection("http://127.0.0.1:%d" % port, 5)
        first = connection.request("GET", "/1", {})
        kept = connection.socket
        second = connection.request("GET", "/2", {})
        self.assertIs(connection.socket, kept)
        connection.close()
        self.assertEqual((first.body, second.body, len(received)), (b"ok", b"ok", 2))

    def test_bodies_are_framed_by_length_by_chunks_or_by_the_end(self):
        chunks = b"4;note=x\r\nstep\r\n3\r\nfit\r\n0\r\nTrailer: x\r\n\r\n"
        for answer in (
            OK + b"Content-Length: 7\r\n\r\nstepfit",
            OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks,
            OK + b"Connection: close\r\n\r\nstepfit",
            b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 7\r\n\r\nstepfit",
        ):
            port, _ = self.serve(answer)
            self.assertEqual(self.get(port).body, b"stepfit", answer)

    def test_an_answer_without_a_body_is_whole(self):
        port, _ = self.serve(b"HTTP/1.1 204 No Content\r\n\r\n")
        self.assertEqual(self.get(port), (204, {}, b""))

    def test_what_is_beyond_the_bound_is_left_off_and_the_connection_given_up(self):
        long = b"x" * 100
        for answer in (
            OK + b"Content-Length: 100\r\n\r\n" + long,
            OK + b"Transfer-Encoding: chunked\r\n\r\n64\r\n" + long + b"\r\n0\r\n\r\n",
            OK + b"\r\n" + long,
        ):
            port, _ = self.serve(answer)
            connection = HttpConnection("http://127.0.0.1:%d" % port, 5)
            self.assertEqual(connection.request("GET", "/", {}, max_bytes=10).body, b"x" * 10)
            self.assertIsNone(connection.socket)

    def test_rubbish_and_answers_cut_off_are_errors(self):
        for answer in (
            b"",
            b"what?\r\n\r\n",
            b"x" * 70000,
            OK + b"Content-Length: 7\r\n\r\nstep",
            OK + b"Transfer-Encoding: chunked\r\n\r\n7\r\nste",
        ):
            port, _ = self.serve(answer)
            with self.assertRaises(OSError, msg=answer[:60]):
                self.get(port)

    def test_a_body_that_comes_too_slowly_is_given_up(self):
        port, _ = self.serve(OK + b"Content-Length: 7\r\n\r\nste")
        with self.assertRaises(OSError):
            self.get(port, within_s=0.0)

    def test_a_header_cannot_smuggle_another(self):
        port, received = self.serve(OK + b"Content-Length: 0\r\n\r\n")
        connection = HttpConnection("http://127.0.0.1:%d" % port, 5)
        with self.assertRaises(ValueError):
            connection.request("GET", "/", {"Authorization": "Bearer a\r\nX-B: c"})
        self.assertEqual(b"".join(received), b"")

    def test_ipv6(self):
        try:
            port, _ = self.serve(OK + b"Content-Length: 1\r\n\r\n6", family=socket.AF_INET6, host="::1")
        except OSError as error:
            self.skipTest("no IPv6 loopback here: %s" % error)
        connection = HttpConnection("http://[::1]:%d" % port, 5)
        self.addCleanup(connection.close)
        self.assertEqual(connection.request("GET", "/", {}).body, b"6")

    @unittest.skipUnless(shutil.which("openssl"), "no openssl to make a certificate with")
    def test_tls_is_spoken_and_the_certificate_checked(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
        subprocess.check_call(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
            + ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
            stderr=subprocess.DEVNULL,
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)

        def wrap(plain):
            return context.wrap_socket(plain, server_side=True)

        port, _ = self.serve(OK + b"Content-Length: 3\r\n\r\ntls", wrap=wrap)
        url = "https://localhost:%d" % port
        os.environ["SSL_CERT_FILE"] = certificate
        try:
            connection = HttpConnection(url, 5)
            self.addCleanup(connection.close)
            self.assertEqual(connection.request("GET", "/", {}).body, b"tls")
        finally:
            del os.environ["SSL_CERT_FILE"]
        with self.assertRaises(ssl.SSLError):
            HttpConnection(url, 5).request("GET", "/", {})


if __name__ == "__main__":
    unittest.main()
