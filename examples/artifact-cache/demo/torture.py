#!/usr/bin/env python3
"""Treats a running service badly, and checks that it minds nothing.

    torture.py http://127.0.0.1:8080
"""

import http.client
import socket
import sys
import time
import urllib.parse
import uuid

PATIENCE = 30.0
MIB = 1024 * 1024


class Victim:
    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.address = (parts.hostname, parts.port or 80)

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection(*self.address, timeout=PATIENCE)
        try:
            connection.request(method, path, body)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def metric(self, name):
        text = self.request("GET", "/metrics")[1].decode()
        lines = (line.split() for line in text.splitlines())
        return next(int(line[1]) for line in lines if line[0] == "artifact_cache_" + name)

    def connect(self, request):
        connection = socket.create_connection(self.address, timeout=PATIENCE)
        connection.sendall(request)
        return connection

    def wait_for(self, name, value):
        deadline = time.monotonic() + PATIENCE
        while self.metric(name) < value:
            expect(time.monotonic() < deadline, f"{name} reaches {value}")
            time.sleep(0.01)


def expect(condition, what):
    if not condition:
        sys.exit(f"torture.py: not so: {what}")


def cancelled_upload(victim):
    path = f"/cache/torture-{uuid.uuid4().hex}"
    aborted = victim.metric("uploads_aborted_total")
    received = victim.metric("received_bytes_total")
    head = f"PUT {path} HTTP/1.1\r\nHost: torture\r\nContent-Length: {MIB}\r\n\r\n"
    connection = victim.connect(head.encode() + b"x" * (MIB // 2))
    victim.wait_for("received_bytes_total", received + 1)
    connection.close()
    victim.wait_for("uploads_aborted_total", aborted + 1)
    status, _ = victim.request("GET", path)
    expect(status == 404, f"a cancelled upload is absent, and not {status}")
    return "half of 1 MiB was uploaded, then the connection closed: GET answers 404"


def vanishing_download(victim):
    path = f"/cache/torture-{uuid.uuid4().hex}"
    status, _ = victim.request("PUT", path, b"x" * (32 * MIB))
    expect(status == 201, f"PUT of 32 MiB is stored, and not {status}")
    aborted = victim.metric("downloads_aborted_total")
    connection = victim.connect(f"GET {path} HTTP/1.1\r\nHost: torture\r\n\r\n".encode())
    taken = len(connection.recv(4096))
    connection.close()
    victim.wait_for("downloads_aborted_total", aborted + 1)
    status, _ = victim.request("DELETE", path)
    expect(status == 204, f"DELETE after a broken download answers 204, and not {status}")
    return f"{taken} bytes of 32 MiB were downloaded, then the connection closed"


def malformed_request(victim):
    with victim.connect(b"\0\xff this is no HTTP\r\n\r\n") as connection:
        answer = connection.makefile("rb").readline()
    expect(b" 400 " in answer, f"a malformed request is answered 400, and not {answer!r}")
    return f"a malformed request was sent: {answer.decode().strip()}"


def impossible_key(victim):
    status, body = victim.request("PUT", "/cache/%2e%2e/%2e%2e/etc/passwd", b"x")
    expect(status == 400, f"a key out of the cache is answered 400, and not {status}")
    return f"a key that leaves the cache was written: 400 {body.decode().strip()}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    victim = Victim(sys.argv[1])
    for torture in (cancelled_upload, vanishing_download, malformed_request, impossible_key):
        print(torture(victim), flush=True)
        status, body = victim.request("GET", "/healthz")
        expect((status, body) == (200, b"ok\n"), f"/healthz is ok, and not {status} {body!r}")
        print("  /healthz is still ok", flush=True)


if __name__ == "__main__":
    main()
