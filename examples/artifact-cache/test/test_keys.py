"""Which keys are taken, and what is said of those that are not."""

from harness import ServiceTest

BAD = {
    "/cache/": "empty key",
    "/ac/": "empty key",
    "/cache//a": "empty segment",
    "/cache/a//b": "empty segment",
    "/cache/a/": "empty segment",
    "/cache/..": "'..'",
    "/cache/a/../../../etc/passwd": "'..'",
    "/cache/%2e%2e/a": "'..'",
    "/cache/..%2fa": "'..'",
    "/cache/./a": "'.'",
    "/cache/a%": "'%'",
    "/cache/a%4": "'%4'",
    "/cache/a%zz": "'%zz'",
    "/cache/a%-1": "'%-1'",
    "/cache/a%00b": "control character",
    "/cache/a%0ab": "control character",
    "/cache/%ff": "not UTF-8",
    "/cache/%c0%ae": "not UTF-8",
    "/cache/%ed%a0%80": "not UTF-8",
    "/cache/%f4%90%80%80": "not UTF-8",
    "/cache/a?b": "query",
}


def long_path(size):
    """A path whose key has `size` bytes, in segments that a file system takes."""
    key = "cache"
    while len(key) < size:
        key += "/" + "k" * min(200, size - len(key) - 1)
    return "/" + key


class Keys(ServiceTest):
    def test_bad_keys_are_named(self):
        for path, reason in BAD.items():
            for method in ("GET", "PUT", "DELETE"):
                with self.subTest(path=path, method=method):
                    status, _, body = self.service.request(method, path)
                    self.assertEqual(status, 400)
                    self.assertIn(reason, body.decode())

    def test_longest_key(self):
        path = long_path(1024)
        self.assertEqual(self.service.status("PUT", path, b"x"), 201)
        self.assertEqual(self.service.request("GET", path)[2], b"x")
        self.assertEqual(self.service.status("DELETE", path), 204)

    def test_too_long_key(self):
        status, _, body = self.service.request("PUT", long_path(1025), b"x")
        self.assertEqual(status, 400)
        self.assertIn(b"1025 bytes; at most 1024", body)

    def test_length_counts_decoded_bytes(self):
        path = long_path(1000) + "%6b" * 24
        self.assertEqual(self.service.status("PUT", path, b"x"), 201)
        self.assertEqual(self.service.status("DELETE", long_path(1000) + "k" * 24), 204)

    def test_encodings_of_one_key(self):
        self.put("a%20b/%C3%A9%41", b"same")
        self.assert_holds("a%20b/%c3%a9A", b"same")
        self.assert_holds("%61%20b%2F%C3%A9A", b"same")

    def test_odd_but_good_keys(self):
        for name in ("%25", "...", ".hidden", "a:b", "~", "%F0%9F%8F%9D", "a+b", "-"):
            with self.subTest(name=name):
                self.put(name, name.encode())
                self.assert_holds(name, name.encode())

    def test_key_below_another(self):
        # Files cannot be folders too: a store may refuse the second key, but must keep the first.
        self.put("a", b"first")
        status = self.service.status("PUT", f"{self.root}/a/b", b"second")
        self.assertIn(status, (201, 409))
        self.assert_holds("a", b"first")
        expected = 200 if status == 201 else 404
        self.assertEqual(self.service.status("GET", f"{self.root}/a/b"), expected)

    def test_key_above_another(self):
        self.put("a/b", b"first")
        self.assertEqual(self.service.status("GET", f"{self.root}/a"), 404)
        self.assertEqual(self.service.status("DELETE", f"{self.root}/a"), 404)
        status = self.service.status("PUT", f"{self.root}/a", b"second")
        self.assertIn(status, (201, 409))
        self.assert_holds("a/b", b"first")

    def test_key_above_one_that_was_deleted(self):
        self.put("a/b/c", b"first")
        self.assertEqual(self.service.status("DELETE", f"{self.root}/a/b/c"), 204)
        self.put("a", b"second")
        self.assert_holds("a", b"second")
