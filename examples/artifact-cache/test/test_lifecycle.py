"""Command line, metrics, and the end of the service."""

import signal
import subprocess

from harness import MIB, PATIENCE, PROMPTLY, Settings, ServiceTest, eventually, pattern


def run(*arguments):
    """Runs the service with arguments that it refuses: (exit code, stderr)."""
    done = subprocess.run(
        [Settings.binary, *arguments], capture_output=True, timeout=PATIENCE, check=False
    )
    return done.returncode, done.stderr.decode()


class CommandLine(ServiceTest):
    def test_bad_arguments_are_named(self):
        store = ("--store", "filesystem:" + self.folder)
        for arguments, reason in (
            ((), "--store: is required"),
            (("--store",), "--store: needs a value"),
            (("--store", "nothing"), "--store: 'nothing' has no scheme"),
            (("--store", "ftp:x"), "--store: unknown scheme 'ftp:'; known are filesystem:"),
            (("--store", "filesystem:"), "--store: filesystem: needs a folder"),
            (("--store", "filesystem:/tmp?durable=perhaps"), "'durable=perhaps' is neither"),
            (("--store", "filesystem:/proc/no"), "--store filesystem:/proc/no: "),
            ((*store, "--colour", "red"), "unknown argument '--colour'"),
            ((*store, "--threads", "0"), "--threads: '0' is not"),
            ((*store, "--threads=many"), "--threads: 'many' is not"),
            ((*store, "--listen", "localhost"), "--listen: 'localhost' is not"),
            ((*store, "--listen", "127.0.0.1:65536"), "--listen: '65536' is not"),
            ((*store, "--listen", "::1:80"), "--listen: '::1:80' is not"),
            ((*store, "--max-body", "5X"), "--max-body: '5X' is not"),
            ((*store, "--max-body", "99999999999T"), "--max-body: '99999999999T' is not"),
            ((*store, "--max-header", "1"), "--max-header: '1' is not"),
            ((*store, "--idle-timeout", "5"), "--idle-timeout: '5' is not"),
            ((*store, "--idle-timeout", "0s"), "--idle-timeout: '0s' is not"),
        ):
            with self.subTest(arguments=arguments):
                code, errors = run(*arguments)
                self.assertEqual(code, 2, errors)
                self.assertIn(reason, errors)

    def test_help(self):
        done = subprocess.run([Settings.binary, "--help"], capture_output=True, check=True)
        self.assertIn(b"--store SPEC", done.stdout)

    def test_port_in_use(self):
        listen = f"127.0.0.1:{self.service.port}"
        code, errors = run("--listen", listen, "--store", "filesystem:" + self.folder)
        self.assertEqual(code, 1)
        self.assertIn("--listen", errors)


class Counting(ServiceTest):
    def test_metrics_agree_with_what_was_done(self):
        self.put("a", b"x" * 1000)
        self.put("a", b"x" * 2000)
        self.assert_holds("a", b"x" * 2000)
        self.assert_absent("b")
        self.service.request("HEAD", f"{self.root}/a")
        self.service.request("DELETE", f"{self.root}/a")
        self.service.request("DELETE", f"{self.root}/a")
        self.service.request("GET", "/cache/%zz")
        self.service.request("POST", f"{self.root}/a")
        expected = {
            'requests_total{method="GET",status="200"}': 1,
            'requests_total{method="GET",status="400"}': 1,
            'requests_total{method="GET",status="404"}': 1,
            'requests_total{method="HEAD",status="200"}': 1,
            'requests_total{method="HEAD",status="404"}': 1,
            'requests_total{method="PUT",status="201"}': 2,
            'requests_total{method="DELETE",status="204"}': 1,
            'requests_total{method="DELETE",status="404"}': 1,
            'requests_total{method="other",status="405"}': 1,
            "hits_total": 2,
            "misses_total": 2,
            "received_bytes_total": 3000,
            "sent_bytes_total": 2000,
            "requests_in_flight": 0,
            "uploads_aborted_total": 0,
            "downloads_aborted_total": 0,
            "store_errors_total": 0,
            "connections": 1,
            "connections_refused_total": 0,
        }
        # The last touches to counters follow the response that a client has already seen.
        eventually(lambda: self.service.metrics() == expected, f"metrics are {expected}")

    def test_requests_in_flight(self):
        with self.service.connect() as connection:
            connection.head("PUT", f"{self.root}/a", "Content-Length: 1")
            in_flight = lambda: self.service.metrics()["requests_in_flight"]
            eventually(lambda: in_flight() == 1, "one in flight")
            connection.send("x")
            connection.read_response()
        eventually(lambda: in_flight() == 0, "none in flight")


class Draining(ServiceTest):
    def begin_upload(self, service):
        connection = service.connect()
        self.addCleanup(connection.close)
        connection.head("PUT", f"{self.root}/a", "Content-Length: 100000")
        connection.send(b"x" * 50_000)
        eventually(lambda: service.metrics()["requests_in_flight"] == 1, "the upload began")
        return connection

    def wait_until_deaf(self, service):
        def refused():
            try:
                service.connect().close()
                return False
            except (ConnectionRefusedError, ConnectionResetError):
                return True

        eventually(refused, "no more connections are accepted")

    def test_upload_in_flight_completes(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            service = self.start()
            upload = self.begin_upload(service)
            idle = service.connect()
            service.signal(number)
            self.assertTrue(idle.is_closed())
            idle.close()
            self.wait_until_deaf(service)
            upload.send(b"x" * 50_000)
            status, fields, _ = upload.read_response()
            self.assertEqual((status, fields["connection"]), (201, "close"))
            self.assertTrue(upload.is_closed())
            upload.close()
            self.assertEqual(service.wait(), 0)

    def test_download_in_flight_completes(self):
        service = self.start()
        body = b"".join(pattern(32 * MIB))
        self.assertEqual(service.status("PUT", f"{self.root}/a", body), 201)
        with service.connect() as download:
            download.head("GET", f"{self.root}/a")
            self.assertEqual(download.read_head()[0], 200)
            service.signal()
            self.wait_until_deaf(service)
            self.assertEqual(download.file.read(len(body)), body)
            self.assertTrue(download.is_closed())
        self.assertEqual(service.wait(), 0)

    def test_drain_has_an_end(self):
        service = self.start("--drain-timeout", "300ms")
        upload = self.begin_upload(service)
        service.signal()
        self.assertEqual(service.wait(PROMPTLY), 0)
        self.assertTrue(upload.is_closed())
        self.assertIn("1 connections cut off", service.error_text())
        self.assert_absent("a")

    def test_second_signal_ends_at_once(self):
        service = self.start()
        self.begin_upload(service)
        service.signal()
        self.wait_until_deaf(service)
        service.signal()
        self.assertEqual(service.wait(), -signal.SIGTERM)

    def test_drain_under_load(self):
        for _ in range(5):
            service = self.start()
            connections = [service.connect() for _ in range(20)]
            for i, connection in enumerate(connections):
                connection.head("PUT", f"{self.root}/{i}", "Content-Length: 3")
                connection.send("abc")
            service.signal()
            for connection in connections:
                connection.close()
            self.assertEqual(service.wait(), 0)
