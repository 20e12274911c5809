"""What a store that lives in a folder leaves there. Part of the suite for such stores only."""

import os
import signal

from harness import ServiceTest, eventually


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
