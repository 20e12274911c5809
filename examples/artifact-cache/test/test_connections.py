"""Keep-alive, pipelining, and many connections."""

from concurrent.futures import ThreadPoolExecutor

from harness import CHUNK, MIB, PROMPTLY, ServiceTest, eventually


class KeepAlive(ServiceTest):
    def test_many_requests_on_one_connection(self):
        with self.service.connect() as connection:
            for i in range(50):
                body = str(i) * i
                connection.head("PUT", f"{self.root}/{i}", f"Content-Length: {len(body)}")
                connection.send(body)
                self.assertEqual(connection.read_response()[0], 201)
                connection.head("GET", f"{self.root}/{i}")
                self.assertEqual(connection.read_response()[::2], (200, body.encode()))
                connection.head("DELETE", f"{self.root}/{i}")
                self.assertEqual(connection.read_response()[0], 204)
                connection.head("GET", f"{self.root}/{i}")
                self.assertEqual(connection.read_response()[0], 404)
            self.assertEqual(self.service.metrics()["connections"], 2)

    def test_close_when_asked(self):
        with self.service.connect() as connection:
            connection.head("GET", f"{self.root}/a", "Connection: close")
            status, fields, _ = connection.read_response()
            self.assertEqual((status, fields["connection"]), (404, "close"))
            self.assertTrue(connection.is_closed())

    def test_bad_key_keeps_the_connection(self):
        with self.service.connect() as connection:
            connection.head("GET", "/cache/%zz")
            self.assertEqual(connection.read_response()[0], 400)
            connection.head("GET", "/healthz")
            self.assertEqual(connection.read_response()[0], 200)


class Pipelining(ServiceTest):
    def test_answers_come_in_order(self):
        count = 40
        requests = b""
        for i in range(count):
            body = f"value {i}".encode() * 10
            head = f"PUT {self.root}/{i} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n"
            requests += head.encode() + body
            requests += f"GET {self.root}/{i} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
        with self.service.connect() as connection:
            connection.send(requests)
            for i in range(count):
                self.assertEqual(connection.read_response()[0], 201)
                expected = (200, f"value {i}".encode() * 10)
                self.assertEqual(connection.read_response()[::2], expected)

    def test_request_behind_a_large_body(self):
        body = b"z" * (10 * CHUNK + 3)
        with self.service.connect() as connection:
            connection.head("PUT", f"{self.root}/a", f"Content-Length: {len(body)}")
            connection.send(body + f"GET {self.root}/a HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            self.assertEqual(connection.read_response()[0], 201)
            self.assertEqual(connection.read_response()[::2], (200, body))

    def test_request_in_single_bytes(self):
        with self.service.connect() as connection:
            for byte in f"PUT {self.root}/a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi":
                connection.send(byte)
            self.assertEqual(connection.read_response()[0], 201)
        self.assert_holds("a", b"hi")

    def test_requests_behind_a_refused_body_are_dropped(self):
        with self.service.connect() as connection:
            connection.head("PUT", "/cache/%zz", "Content-Length: 100")
            connection.send(f"PUT {self.root}/smuggled HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
            self.assertEqual(connection.read_response()[0], 400)
            connection.socket.shutdown(1)
            self.assertTrue(connection.is_closed())
        self.assert_absent("smuggled")


class ManyConnections(ServiceTest):
    options = ("--max-connections", "300")

    def test_many_at_once(self):
        connections = [self.service.connect() for _ in range(250)]
        for i, connection in enumerate(connections):
            connection.head("PUT", f"{self.root}/{i}", "Content-Length: 5")
        for i, connection in enumerate(connections):
            connection.send(f"{i:05}")
        for connection in connections:
            self.assertEqual(connection.read_response()[0], 201)
            connection.close()
        self.assert_holds("249", b"00249")

    def test_over_the_limit_is_503(self):
        connections = [self.service.connect() for _ in range(300)]
        for connection in connections:
            connection.head("GET", f"{self.root}/a")
            self.assertEqual(connection.read_response()[0], 404)
        with self.service.connect() as extra:
            status, fields, body = extra.read_response()
            self.assertEqual((status, fields["connection"]), (503, "close"))
            self.assertEqual(body, b"too many connections\n")
        for connection in connections:
            connection.close()
        eventually(lambda: self.service.status("GET", "/healthz") == 200, "room again")
        self.assertGreaterEqual(self.service.metrics()["connections_refused_total"], 1)

    def test_a_resting_connection_holds_little(self):
        count = 250
        connections = [self.service.connect() for _ in range(count)]
        before = self.service.memory_mib("VmRSS")
        for connection in connections:
            connection.head("PUT", f"{self.root}/a", f"Content-Length: {CHUNK}")
            connection.send(b"x" * CHUNK)
            self.assertEqual(connection.read_response()[0], 201)
        # Half of what they would hold if each kept a part.
        grown = self.service.memory_mib("VmRSS") - before
        self.assertLess(grown, count * CHUNK // MIB // 2)
        for connection in connections:
            connection.close()

    def test_load_from_many_threads(self):
        def work(worker):
            for i in range(20):
                body = f"{worker}/{i}/".encode() * 200
                self.put(f"{worker}/{i}", body)
                self.assert_holds(f"{worker}/{i}", body)

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(work, range(16)))
        self.assertEqual(self.service.metrics()["hits_total"], 16 * 20)


class Descriptors(ServiceTest):
    turned_away_at_once = 64

    def greet(self, connection):
        connection.head("GET", "/healthz")
        return connection.read_response()[0]

    def connect_all(self, service, count):
        connections = [service.connect() for _ in range(count)]
        for connection in connections:
            self.addCleanup(connection.close)
        return connections

    def test_the_soft_limit_is_raised(self):
        service = self.start(descriptors=(64, 4096))
        for connection in self.connect_all(service, 200):
            self.assertEqual(self.greet(connection), 200)

    def test_the_hard_limit_lowers_that_of_connections(self):
        service = self.start(descriptors=(200, 200))
        allowed = int(service.error_text().split("--max-connections: ")[1].split(",")[0])
        for connection in self.connect_all(service, allowed):
            self.assertEqual(self.greet(connection), 200)
        with service.connect() as extra:
            self.assertEqual(extra.read_response()[0], 503)

    def test_a_flood_turned_away_leaves_descriptors(self):
        service = self.start("--max-connections", "1")
        inside = self.connect_all(service, 1)[0]
        self.assertEqual(self.greet(inside), 200)
        before = service.open_descriptors()
        self.connect_all(service, 4 * self.turned_away_at_once)

        def turned_away():
            inside.head("GET", "/metrics")
            text = inside.read_response()[2].decode()
            return int(text.split("\nartifact_cache_connections_refused_total ")[1].split("\n")[0])

        eventually(lambda: turned_away() == 4 * self.turned_away_at_once, "all are turned away")
        self.assertLessEqual(service.open_descriptors(), before + self.turned_away_at_once + 1)
        # They do not delay the end.
        inside.close()
        service.signal()
        self.assertEqual(service.wait(PROMPTLY), 0)
