"""Sizes and times that a client may not exceed."""

import time

from harness import CHUNK, MIB, PROMPTLY, RawConnection, ServiceTest, eventually, pattern


class Sizes(ServiceTest):
    options = ("--max-body", "100K", "--max-header", "2K")
    limit = 100 * 1024

    def test_body_of_the_limit(self):
        self.put("a", b"x" * self.limit)
        self.assert_holds("a", b"x" * self.limit)

    def assert_refused(self, connection):
        status, fields, body = connection.read_response()
        self.assertEqual((status, fields["connection"]), (413, "close"))
        self.assertIn(b"larger than 102400 bytes", body)
        self.assert_absent("a")

    def test_announced_body_over_the_limit(self):
        with self.service.connect() as connection:
            connection.head("PUT", f"{self.root}/a", f"Content-Length: {self.limit + 1}")
            self.assert_refused(connection)

    def test_refusal_reaches_a_client_that_sends_first(self):
        with self.service.connect() as connection:
            connection.head("PUT", f"{self.root}/a", f"Content-Length: {8 * MIB}")
            connection.send(b"x" * (8 * MIB))
            self.assert_refused(connection)

    def test_refused_before_continue(self):
        with self.service.connect() as connection:
            fields = (f"Content-Length: {self.limit + 1}", "Expect: 100-continue")
            connection.head("PUT", f"{self.root}/a", *fields)
            self.assert_refused(connection)

    def test_chunked_body_over_the_limit(self):
        with self.service.connect() as connection:
            connection.head("PUT", f"{self.root}/a", "Transfer-Encoding: chunked")
            for chunk in pattern(self.limit + 1):
                connection.send(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
            connection.send("0\r\n\r\n")
            self.assert_refused(connection)
        self.assertEqual(self.service.metrics()["uploads_aborted_total"], 1)

    def test_header_over_the_limit(self):
        with self.service.connect() as connection:
            connection.head("GET", f"{self.root}/a", "X-Long: " + "x" * 3000)
            status, _, body = connection.read_response()
            self.assertEqual((status, body), (431, b"header is larger than 2048 bytes\n"))
        with self.service.connect() as connection:
            connection.send("GET /" + "x" * 100_000)
            self.assertEqual(connection.read_response()[0], 431)


class Times(ServiceTest):
    options = (
        *("--idle-timeout", "300ms"),
        *("--read-timeout", "500ms"),
        *("--write-timeout", "500ms"),
    )

    def assert_cut_off(self, connection, drip=""):
        """The service closes promptly, although a drip comes far more often than the timeout."""
        connection.socket.settimeout(0.05)
        deadline = time.monotonic() + PROMPTLY
        while time.monotonic() < deadline:
            try:
                connection.send(drip)
                self.assertEqual(connection.socket.recv(1), b"")
                return
            except TimeoutError:
                pass
            except (ConnectionResetError, BrokenPipeError):
                return
        self.fail("the connection is still open")

    def test_idle_connection_is_closed(self):
        with self.service.connect() as connection:
            self.assert_cut_off(connection)
        with self.service.connect() as connection:
            connection.head("GET", f"{self.root}/a")
            self.assertEqual(connection.read_response()[0], 404)
            self.assert_cut_off(connection)

    def test_slow_header(self):
        for drip in ("", "x"):
            with self.subTest(drip=drip), self.service.connect() as connection:
                connection.send("GET /heal")
                self.assert_cut_off(connection, drip)

    def test_slow_body(self):
        for count, drip in enumerate(("", "x"), start=1):
            with self.subTest(drip=drip), self.service.connect() as connection:
                connection.head("PUT", f"{self.root}/a", "Content-Length: 10000")
                connection.send("12345")
                self.assert_cut_off(connection, drip)
            aborted = lambda: self.service.metrics()["uploads_aborted_total"]
            eventually(lambda: aborted() == count, "the upload is given up")
        self.assert_absent("a")

    def test_client_that_does_not_read(self):
        self.put("a", b"x" * (32 * MIB))
        with RawConnection(self.service.port, receive_buffer=4096) as connection:
            connection.head("GET", f"{self.root}/a")
            aborted = lambda: self.service.metrics()["downloads_aborted_total"] == 1
            eventually(aborted, "the download is given up", PROMPTLY)
        self.assert_healthy()


class SlowestSpeed(ServiceTest):
    options = ("--write-timeout", "3s")

    def test_a_part_in_a_third_of_the_timeout(self):
        # Slower than four parts, which a store may give at once, in the timeout.
        speed = CHUNK
        body = b"".join(pattern(10 * CHUNK))
        self.put("a", body)
        # As on a real network; the segments of the loopback make the kernel buffer megabytes.
        with RawConnection(self.service.port, receive_buffer=4096, segment=1400) as connection:
            connection.head("GET", f"{self.root}/a")
            self.assertEqual(connection.read_head()[0], 200)
            began = time.monotonic()
            got = b""
            while len(got) < len(body):
                time.sleep(0.05)
                due = min(int((time.monotonic() - began) * speed), len(body)) - len(got)
                piece = connection.file.read(due)
                self.assertEqual(len(piece), due, "cut off")
                got += piece
            self.assertEqual(got, body)
