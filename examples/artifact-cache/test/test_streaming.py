"""Large bodies, whole and in bounded memory."""

import hashlib
import http.client
from concurrent.futures import ThreadPoolExecutor

from harness import MIB, PATIENCE, Settings, ServiceTest, pattern, pattern_digest

LARGE = 64 * MIB


class Streaming(ServiceTest):
    def upload(self, name, size, seed=0, chunked=False):
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=PATIENCE)
        headers = {} if chunked else {"Content-Length": str(size)}
        body = pattern(size, seed)
        connection.request("PUT", f"{self.root}/{name}", body, headers, encode_chunked=chunked)
        status = connection.getresponse().status
        connection.close()
        self.assertEqual(status, 201)

    def download_digest(self, name):
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=PATIENCE)
        connection.request("GET", f"{self.root}/{name}")
        response = connection.getresponse()
        self.assertEqual(response.status, 200)
        digest = hashlib.sha256()
        while chunk := response.read(256 * 1024):
            digest.update(chunk)
        connection.close()
        return digest.hexdigest()

    def test_large_body(self):
        self.upload("large", LARGE)
        self.assertEqual(self.download_digest("large"), pattern_digest(LARGE))

    def test_chunked_upload(self):
        size = 3 * MIB + 17
        self.upload("chunked", size, chunked=True)
        status, headers, _ = self.service.request("HEAD", f"{self.root}/chunked")
        self.assertEqual((status, headers["Content-Length"]), (200, str(size)))
        self.assertEqual(self.download_digest("chunked"), pattern_digest(size))

    def test_chunks_of_any_size(self):
        with self.service.connect() as connection:
            connection.head("PUT", f"{self.root}/a", "Transfer-Encoding: chunked")
            connection.send("1\r\na\r\n5;name=value\r\nbcdef\r\n")
            connection.send("A\r\n0123456789\r\n0\r\nTrailer: ignored\r\n\r\n")
            self.assertEqual(connection.read_response()[0], 201)
            # The connection goes on behind the last chunk.
            connection.head("GET", f"{self.root}/a")
            self.assertEqual(connection.read_response()[::2], (200, b"abcdef0123456789"))

    def test_empty_chunked_upload(self):
        self.upload("empty", 0, chunked=True)
        self.assert_holds("empty", b"")

    def test_memory_is_bounded(self):
        clients = 4
        names = [f"large-{i}" for i in range(clients)]
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(lambda i: self.upload(names[i], LARGE, i, i % 2 == 0), range(clients)))
            digests = list(pool.map(self.download_digest, names))
        self.assertEqual(digests, [pattern_digest(LARGE, i) for i in range(clients)])
        self.assertLess(self.service.memory_mib("VmHWM"), Settings.memory_limit_mib)
