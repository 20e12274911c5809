"""Clients that vanish, and writers that race."""

import threading
from concurrent.futures import ThreadPoolExecutor

from harness import MIB, ServiceTest, eventually


class Vanishing(ServiceTest):
    def vanish_in_upload(self, name, *fields):
        connection = self.service.connect()
        connection.head("PUT", f"{self.root}/{name}", *fields)
        connection.send(b"80000\r\n" + b"x" * 400_000)
        eventually(lambda: self.service.metrics()["received_bytes_total"] > 0, "an upload began")
        connection.close()

    def aborted_uploads(self):
        return self.service.metrics()["uploads_aborted_total"]

    def test_upload_is_not_visible(self):
        self.vanish_in_upload("a", "Content-Length: 1000000")
        eventually(lambda: self.aborted_uploads() == 1, "the upload is given up")
        self.assert_absent("a")
        self.vanish_in_upload("a", "Transfer-Encoding: chunked")
        eventually(lambda: self.aborted_uploads() == 2, "the chunked upload is given up")
        self.assert_absent("a")

    def test_upload_leaves_the_old_value(self):
        self.put("a", b"old")
        self.vanish_in_upload("a", "Content-Length: 1000000")
        eventually(lambda: self.aborted_uploads() == 1, "the upload is given up")
        self.assert_holds("a", b"old")

    def test_nothing_shows_during_an_upload(self):
        with self.service.connect() as connection:
            connection.head("PUT", f"{self.root}/a", "Content-Length: 200000")
            connection.send(b"x" * 199_999)
            received = lambda: self.service.metrics()["received_bytes_total"]
            eventually(lambda: received() > 100_000, "most has arrived")
            self.assert_absent("a")
            connection.send(b"x")
            self.assertEqual(connection.read_response()[0], 201)
        self.assert_holds("a", b"x" * 200_000)

    def test_download(self):
        self.put("a", b"x" * (32 * MIB))
        for count in range(1, 4):
            with self.service.connect() as connection:
                connection.head("GET", f"{self.root}/a")
                self.assertEqual(connection.read_head()[0], 200)
                connection.file.read(100_000)
            aborted = lambda: self.service.metrics()["downloads_aborted_total"]
            eventually(lambda: aborted() == count, "the download is given up")
        self.assertEqual(self.service.metrics()["requests_in_flight"], 0)
        self.assert_healthy()

    def test_after_the_request(self):
        for _ in range(50):
            connection = self.service.connect()
            connection.head("GET", f"{self.root}/a")
            connection.close()
        only_this = lambda: self.service.metrics()["connections"] == 1
        eventually(only_this, "all connections ended")


class Races(ServiceTest):
    size = 300_000

    def value(self, writer, turn):
        return f"{writer}.{turn}|".encode().ljust(16, b"-") * (self.size // 16)

    def assert_whole(self, body):
        self.assertEqual(len(body), self.size // 16 * 16)
        self.assertEqual(body, body[:16] * (self.size // 16))

    def test_readers_see_whole_values(self):
        self.put("a", self.value("first", 0))
        done = threading.Event()

        def write(writer):
            for turn in range(30):
                self.put("a", self.value(writer, turn))

        def read(_):
            reads = 0
            while not done.is_set() or reads == 0:
                status, _, body = self.service.request("GET", f"{self.root}/a")
                self.assertEqual(status, 200)
                self.assert_whole(body)
                reads += 1

        with ThreadPoolExecutor(8) as pool:
            readers = [pool.submit(read, i) for i in range(4)]
            writers = [pool.submit(write, i) for i in range(4)]
            try:
                for writer in writers:
                    writer.result()
            finally:
                done.set()
            for reader in readers:
                reader.result()

    def test_reader_keeps_what_it_opened(self):
        old, new = b"o" * (32 * MIB), b"new"
        self.put("a", old)
        with self.service.connect() as connection:
            connection.head("GET", f"{self.root}/a")
            status, fields = connection.read_head()
            self.put("a", new)
            self.assertEqual((status, int(fields["content-length"])), (200, len(old)))
            self.assertEqual(connection.file.read(len(old)), old)
        self.assert_holds("a", new)

    def test_writers_and_deletes(self):
        def work(worker):
            for turn in range(30):
                if worker % 2 == 0:
                    self.put("a/b", self.value(worker, turn))
                else:
                    status = self.service.status("DELETE", f"{self.root}/a/b")
                    self.assertIn(status, (204, 404))
                status, _, body = self.service.request("GET", f"{self.root}/a/b")
                self.assertIn(status, (200, 404))
                if status == 200:
                    self.assert_whole(body)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
