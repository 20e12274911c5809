"""Starts the service for a test, talks to it over HTTP, and checks how it ends."""

import hashlib
import http.client
import os
import re
import resource
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import uuid

# How long to wait for what must happen. Generous: it is only reached when a test fails.
PATIENCE = 60.0
# How soon must happen what an option asks to be soon: before the defaults (30 s) would do it too.
PROMPTLY = 10.0
CHUNK = 64 * 1024
MIB = 1024 * 1024


class Settings:
    """What the command line of the suite says."""

    binary = ""
    store = ""  # A spec; "{folder}" in it stands for a fresh folder for each service.
    memory_limit_mib = 64

    @classmethod
    def has_folder(cls):
        return "{folder}" in cls.store


def eventually(condition, what, patience=PATIENCE):
    """Waits for what the service does after it has answered."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen: {what}")
        time.sleep(0.01)


def pattern(size, seed=0):
    """Yields `size` bytes in chunks, each chunk unlike the others, always the same for a seed."""
    number = 0
    while size > 0:
        digest = hashlib.sha256(f"{seed}/{number}".encode()).digest()
        chunk = (digest * (CHUNK // len(digest)))[: min(size, CHUNK)]
        yield chunk
        size -= len(chunk)
        number += 1


def pattern_digest(size, seed=0):
    digest = hashlib.sha256()
    for chunk in pattern(size, seed):
        digest.update(chunk)
    return digest.hexdigest()


class Service:
    """A running service. `descriptors` are its limits of them, soft and hard."""

    def __init__(self, folder, options=(), descriptors=None, stderr=None):
        store = Settings.store.replace("{folder}", folder)
        command = [Settings.binary, "--listen", "127.0.0.1:0", "--store", store, *options]
        # A file, since nobody reads a pipe while the service runs.
        self.errors = tempfile.TemporaryFile()
        limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, descriptors)
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=stderr or self.errors,
            preexec_fn=limit if descriptors else None,
        )
        line = self._first_line()
        match = re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)\n", line)
        if not match:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"first line is {line!r}; {self.error_text()}")
        self.port = int(match[1])

    def _first_line(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            return self.process.stdout.readline().decode() if selector.select(PATIENCE) else ""

    def error_text(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def wait(self, patience=PATIENCE):
        """The exit code; a sanitizer's report counts as a failure whatever the code."""
        try:
            code = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not end; {self.error_text()}") from None
        text = self.error_text()
        assert "Sanitizer" not in text and "runtime error" not in text, text
        return code

    def dispose(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()

    def request(self, method, path, body=None, headers=None):
        """One request on a connection of its own: (status, headers, body)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def status(self, method, path, body=None, headers=None):
        return self.request(method, path, body, headers)[0]

    def metrics(self, prefix="artifact_cache_"):
        """Samples whose names have the prefix by what follows it, labels included."""
        status, _, body = self.request("GET", "/metrics")
        assert status == 200
        samples = {}
        for line in body.decode().splitlines():
            if line.startswith(prefix):
                name, value = line.rsplit(" ", 1)
                samples[name.removeprefix(prefix)] = int(value)
        return samples

    def memory_mib(self, which):
        """`VmRSS` is what it has now, `VmHWM` the most it has had."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(rf"{which}:\s+(\d+) kB", status.read())[1]) // 1024

    def open_descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def connect(self):
        return RawConnection(self.port)


class RawConnection:
    """A socket that sends what it is told, right or wrong, and reads responses."""

    def __init__(self, port, receive_buffer=None, segment=None):
        self.socket = socket.socket()
        if segment:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        try:
            self.socket.connect(("127.0.0.1", port))
        except OSError:
            self.socket.close()
            raise
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def head(self, method, path, *fields):
        """Sends a request's header."""
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *fields, "", ""]
        self.send("\r\n".join(lines))

    def read_head(self):
        """The status and the fields, in lower case, of the next response."""
        line = self.file.readline().decode()
        if not line:
            raise EOFError("connection closed")
        fields = {}
        while (field := self.file.readline().decode().strip()) != "":
            name, value = field.split(":", 1)
            fields[name.lower()] = value.strip()
        return int(line.split(" ")[1]), fields

    def read_response(self, has_body=True):
        """(status, fields, body) of the next response."""
        status, fields = self.read_head()
        size = int(fields.get("content-length", 0)) if has_body else 0
        return status, fields, self.file.read(size)

    def is_closed(self):
        """Waits until the service closes; False when it sends something instead."""
        try:
            return self.file.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.file.close()
        self.socket.close()


class ServiceTest(unittest.TestCase):
    """A test with a service of its own, which must end well."""

    options = ()

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="artifact-cache-")
        self.addCleanup(shutil.rmtree, self.folder)
        # Several services may share a store that is no folder.
        self.root = f"/cache/{uuid.uuid4().hex}"
        self.service = self.start()

    def start(self, *options, **how):
        service = Service(self.folder, (*self.options, *options), **how)
        self.addCleanup(service.dispose)
        return service

    def tearDown(self):
        if self.service.process.poll() is None:
            self.service.signal()
            self.assertEqual(self.service.wait(), 0, self.service.error_text())

    def put(self, name, body):
        self.assertEqual(self.service.status("PUT", f"{self.root}/{name}", body), 201)

    def assert_holds(self, name, body):
        status, headers, got = self.service.request("GET", f"{self.root}/{name}")
        self.assertEqual(status, 200)
        self.assertEqual(int(headers["Content-Length"]), len(body))
        self.assertEqual(got, body)

    def assert_absent(self, name):
        self.assertEqual(self.service.status("GET", f"{self.root}/{name}"), 404)
        self.assertEqual(self.service.status("HEAD", f"{self.root}/{name}"), 404)

    def assert_healthy(self):
        self.assertEqual(self.service.request("GET", "/healthz")[::2], (200, b"ok\n"))
