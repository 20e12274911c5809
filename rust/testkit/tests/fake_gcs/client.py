"""Google's own client against the server of the testkit, and against what a store has put there.

Usage: client.py <port> <key file> <bucket>
"""

import io
import sys
import urllib.request
from datetime import timedelta

from google.api_core.exceptions import NotFound, PreconditionFailed
from google.cloud import storage
from google.oauth2 import service_account

port, key_file, name = sys.argv[1:]
endpoint = f"http://127.0.0.1:{port}"
scope = "https://www.googleapis.com/auth/devstorage.read_write"
credentials = service_account.Credentials.from_service_account_file(key_file, scopes=[scope])
client = storage.Client(
    project="project", credentials=credentials, client_options={"api_endpoint": endpoint}
)
bucket = client.bucket(name)


def refused(error, call):
    try:
        call()
    except error:
        return
    raise AssertionError(f"{error.__name__} was to be raised")


# What the store has written.
blob = bucket.get_blob("from the store/ü?.txt")
assert blob.content_type == "text/x-store", blob.content_type
assert blob.metadata == {"one": "1"}, blob.metadata
assert blob.download_as_bytes() == b"by the store"
large = bucket.get_blob("large")
assert large.size == 12 * 1024 * 1024 + 5 and large.metadata["one"] == "1", large
assert len(large.download_as_bytes(checksum="crc32c")) == large.size

# Whole, in a body of two parts.
blob = bucket.blob("client/a")
blob.metadata = {"two": "2"}
blob.upload_from_string(b"first", content_type="text/plain", if_generation_match=0, checksum="crc32c")
first = blob.generation
refused(PreconditionFailed, lambda: blob.upload_from_string(b"x", if_generation_match=0))
refused(PreconditionFailed, lambda: blob.reload(if_generation_match=1))
blob.upload_from_string(b"second", content_type="text/plain", if_generation_match=first)
assert blob.generation > first
assert blob.download_as_bytes(start=1, end=3) == b"eco"

# In a session. In the smallest of parts, since this client cannot go on where a session has kept less
# than it was sent.
content = bytes(range(256)) * 4096 + b"and the last of it"
blob = bucket.blob("client/session", chunk_size=256 * 1024)
blob.upload_from_file(io.BytesIO(content), content_type="application/x-session")
assert blob.download_as_bytes(checksum="crc32c") == content
refused(
    PreconditionFailed,
    lambda: blob.upload_from_file(io.BytesIO(content), if_generation_match=1),
)

# Lists, in pages.
bucket.blob("client/folder/b").upload_from_string(b"")
pages = client.list_blobs(name, prefix="client/", delimiter="/", page_size=1)
assert [one.name for one in pages] == ["client/a", "client/session"]
assert pages.prefixes == {"client/folder/"}, pages.prefixes
after = client.list_blobs(name, prefix="client/", start_offset="client/b")
assert [one.name for one in after] == ["client/folder/b", "client/session"]

# Copies, in several requests.
copy = bucket.blob("client/copy")
token, _, _ = copy.rewrite(blob)
assert token is not None, "a copy of more than a request copies"
while token is not None:
    token, _, _ = copy.rewrite(blob, token=token)
assert copy.download_as_bytes() == content

# Signed URLs.
url = copy.generate_signed_url(
    version="v4", expiration=timedelta(minutes=1), api_access_endpoint=endpoint
)
with urllib.request.urlopen(url) as answer:
    assert answer.read() == content

refused(PreconditionFailed, lambda: copy.delete(if_generation_match=1))
copy.delete()
refused(NotFound, copy.delete)
assert bucket.get_blob("client/copy") is None
print("done")
