"""GET, HEAD, PUT and DELETE, as ccache and Bazel use them."""

from harness import ServiceTest, Settings


class Verbs(ServiceTest):
    def test_get_of_nothing_is_404(self):
        self.assert_absent("nothing")

    def test_put_then_get(self):
        body = bytes(range(256)) * 300
        self.put("a", body)
        self.assert_holds("a", body)

    def test_put_replaces(self):
        self.put("a", b"a long first value")
        self.put("a", b"second")
        self.assert_holds("a", b"second")

    def test_empty_body(self):
        self.put("empty", b"")
        self.assert_holds("empty", b"")

    def test_one_byte(self):
        self.put("one", b"\0")
        self.assert_holds("one", b"\0")

    def test_sizes_around_a_part(self):
        for size in (65535, 65536, 65537, 131072):
            with self.subTest(size=size):
                self.put(f"sized-{size}", b"x" * size)
                self.assert_holds(f"sized-{size}", b"x" * size)

    def test_head_tells_the_length_without_a_body(self):
        self.put("a", b"x" * 1000)
        with self.service.connect() as connection:
            connection.head("HEAD", f"{self.root}/a")
            status, fields, _ = connection.read_response(has_body=False)
            self.assertEqual((status, fields["content-length"]), (200, "1000"))
            # What follows is the next response, so there was no body.
            connection.head("HEAD", f"{self.root}/missing")
            self.assertEqual(connection.read_response(has_body=False)[0], 404)

    def test_delete(self):
        self.put("a", b"value")
        self.assertEqual(self.service.status("DELETE", f"{self.root}/a"), 204)
        self.assert_absent("a")
        self.assertEqual(self.service.status("DELETE", f"{self.root}/a"), 404)

    def test_metrics_have_those_of_the_store(self):
        self.put("a", b"value")
        self.assertGreater(self.service.metrics()['requests_total{method="PUT",status="201"}'], 0)
        of_tombolo = self.service.metrics("tombolo_operations_total")
        self.assertEqual(bool(of_tombolo), Settings.store.startswith("tombolo:"), of_tombolo)

    def test_roots_are_apart(self):
        digest = self.root.rsplit("/", 1)[1] * 2
        for root in ("cache", "ac", "cas"):
            path = f"/{root}/{digest}"
            self.assertEqual(self.service.status("GET", path), 404)
            self.assertEqual(self.service.status("PUT", path, root.encode()), 201)
            self.assertEqual(self.service.request("GET", path)[2], root.encode())

    def test_prefix_before_bazels_paths(self):
        self.put("ac/0123", b"action")
        self.put("cas/0123", b"content")
        self.assert_holds("ac/0123", b"action")
        self.assert_holds("cas/0123", b"content")


class Protocol(ServiceTest):
    def test_health(self):
        self.assert_healthy()
        self.assertEqual(self.service.request("HEAD", "/healthz")[::2], (200, b""))

    def test_other_methods(self):
        status, headers, _ = self.service.request("POST", f"{self.root}/a", b"x")
        self.assertEqual(status, 405)
        self.assertEqual(headers["Allow"], "GET, HEAD, PUT, DELETE")
        self.assertEqual(self.service.status("PUT", "/healthz", b"x"), 405)
        self.assertEqual(self.service.status("BREW", f"{self.root}/a"), 501)

    def test_other_paths(self):
        for path in ("/", "/cach", "/cache", "/other/a", "*"):
            self.assertEqual(self.service.status("GET", path), 404, path)

    def test_body_where_none_belongs(self):
        status, _, body = self.service.request("GET", f"{self.root}/a", b"x")
        self.assertEqual((status, body), (400, b"only PUT may have a body\n"))

    def test_expect_continue(self):
        with self.service.connect() as connection:
            fields = ("Content-Length: 5", "Expect: 100-continue")
            connection.head("PUT", f"{self.root}/a", *fields)
            self.assertEqual(connection.read_head()[0], 100)
            connection.send("hello")
            self.assertEqual(connection.read_response()[0], 201)
        self.assert_holds("a", b"hello")

    def test_http_1_0(self):
        self.put("a", b"old client")
        with self.service.connect() as connection:
            connection.send(f"GET {self.root}/a HTTP/1.0\r\n\r\n")
            self.assertEqual(connection.read_response()[::2], (200, b"old client"))
            self.assertTrue(connection.is_closed())

    def test_absolute_target(self):
        self.put("a", b"by a proxy")
        self.assertEqual(
            self.service.request("GET", f"http://localhost{self.root}/a")[2], b"by a proxy"
        )

    def test_malformed_requests(self):
        for request in (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET /healthz HTTP/9.9\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
            b"GET /cache/a HTTP/1.1\r\n\r\n",
            b"GET /cache/a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            b"PUT /cache/a HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
            b"PUT /cache/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            b"PUT /cache/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n",
            b"PUT /cache/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"PUT /cache/a HTTP/1.0\r\nConnection: keep-alive\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ):
            with self.subTest(request=request), self.service.connect() as connection:
                connection.send(request)
                status, fields, _ = connection.read_response()
                self.assertEqual((status, fields["connection"]), (400, "close"))
                self.assertTrue(connection.is_closed())
        self.assert_healthy()

    def test_unknown_transfer_coding(self):
        for coding in ("gzip", "gzip, chunked"):
            with self.service.connect() as connection:
                connection.head("PUT", f"{self.root}/a", f"Transfer-Encoding: {coding}")
                self.assertEqual(connection.read_response()[0], 501)
        self.assert_absent("a")
