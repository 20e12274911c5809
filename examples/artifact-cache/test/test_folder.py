"""What a store that lives in a folder leaves there. Part of the suite for such stores only."""

import os
import re
import resource
import signal

from harness import ServiceTest, Settings, eventually


class Folder(ServiceTest):
    def bytes_in_folder(self):
        total = 0
        for folder, _, names in os.walk(self.folder):
            for name in names:
                try:
                    total += os.path.getsize(os.path.join(folder, name))
                except FileNotFoundError:
                    pass  # Removed meanwhile.
        return total

    def test_aborted_upload_leaves_nothing(self):
        self.put("a", b"x" * 1000)
        before = self.bytes_in_folder()
        received = self.service.metrics()["received_bytes_total"]
        connection = self.service.connect()
        connection.head("PUT", f"{self.root}/a", "Content-Length: 1000000")
        connection.send(b"x" * 500_000)
        # A store may write where no name shows (O_TMPFILE), so ask the service.
        eventually(
            lambda: self.service.metrics()["received_bytes_total"] > received,
            "the upload is being written",
        )
        connection.close()
        eventually(lambda: self.bytes_in_folder() == before, "the upload is cleaned up")
        self.assert_holds("a", b"x" * 1000)

    def test_upload_cut_off_by_the_end_leaves_nothing(self):
        service = self.start("--drain-timeout", "200ms")
        before = self.bytes_in_folder()
        with service.connect() as connection:
            connection.head("PUT", f"{self.root}/a", "Content-Length: 1000000")
            connection.send(b"x" * 500_000)
            eventually(
                lambda: service.metrics()["received_bytes_total"] > 0, "the upload is being written"
            )
            service.signal()
            self.assertEqual(service.wait(), 0)
        self.assertEqual(self.bytes_in_folder(), before)

    def test_artifacts_outlive_the_service(self):
        self.put("a", b"kept")
        self.service.signal()
        self.assertEqual(self.service.wait(), 0)
        self.service = self.start()
        self.assert_holds("a", b"kept")

    def test_artifacts_outlive_a_crash(self):
        self.put("a", b"kept")
        self.service.signal(signal.SIGKILL)
        self.assertEqual(self.service.wait(), -signal.SIGKILL)
        self.service = self.start()
        self.assert_holds("a", b"kept")

    def test_damaged_artifact_is_deleted(self):
        self.put("a", b"value")
        # Where a store keeps what it knows of an artifact, if it does.
        os.setxattr(f"{self.folder}{self.root}/a", "user.tombolo", b"damaged")
        self.assertEqual(self.service.status("DELETE", f"{self.root}/a"), 204)
        self.assert_absent("a")

    def put_where_the_folder_is_broken(self, service):
        os.makedirs(f"{self.folder}/cache", exist_ok=True)
        os.symlink("loop", f"{self.folder}/cache/loop")
        return service.status("PUT", "/cache/loop/a", b"x")

    def test_broken_folder_is_not_the_clients_fault(self):
        self.assertEqual(self.put_where_the_folder_is_broken(self.service), 500)
        self.assertEqual(self.service.metrics()["store_errors_total"], 1)

    def test_log_that_nobody_reads(self):
        reader, writer = os.pipe()
        service = self.start(stderr=writer)
        os.close(writer)
        os.close(reader)
        self.assertEqual(self.put_where_the_folder_is_broken(service), 500)
        self.assertEqual(service.status("GET", "/healthz"), 200)

    def test_no_descriptor_left_is_503(self):
        self.put("a", b"value")
        with self.service.connect() as connection:
            connection.head("GET", f"{self.root}/a")
            self.assertEqual(connection.read_response()[0], 200)
            pid, kind = self.service.process.pid, resource.RLIMIT_NOFILE
            soft, hard = resource.prlimit(pid, kind)
            resource.prlimit(pid, kind, (3, hard))
            connection.head("GET", f"{self.root}/a")
            self.assertEqual(connection.read_response()[0], 503)
            resource.prlimit(pid, kind, (soft, hard))
            connection.head("GET", f"{self.root}/a")
            self.assertEqual(connection.read_response()[::2], (200, b"value"))

    def test_a_damaged_artifact_is_in_the_log(self):
        keeps_attributes = Settings.store.startswith("tombolo:")
        self.put("a", b"value")
        os.setxattr(f"{self.folder}{self.root}/a", "user.tombolo", b"damaged")
        status = self.service.status("GET", f"{self.root}/a")
        self.assertEqual(status, 500 if keeps_attributes else 200)
        line = 'tombolo: warn .* the attribute of an object is corrupt key=".*/a"'
        logged = lambda: re.search(line, self.service.error_text()) is not None
        if keeps_attributes:
            eventually(logged, "the warning")
        self.assertEqual(logged(), keeps_attributes)
