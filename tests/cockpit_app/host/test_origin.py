"""Which Origin counts as our own page."""

import pytest

from cockpit_app.host.origin import is_same_origin

SAME = [
    ("http://localhost:8080", "localhost:8080"),
    ("http://localhost", "localhost"),
    ("http://localhost", "localhost:80"),
    ("http://localhost:80", "localhost"),
    ("https://vm.example.org", "vm.example.org"),
    ("https://vm.example.org", "vm.example.org:443"),
    ("https://vm.example.org:443", "vm.example.org"),
    ("https://vm.example.org:8443", "vm.example.org:8443"),
    ("https://VM.Example.ORG", "vm.example.org"),
    ("HTTPS://vm.example.org", "VM.EXAMPLE.ORG"),
    ("http://127.0.0.1:9998", "127.0.0.1:9998"),
    ("http://192.168.1.7", "192.168.1.7"),
    ("http://[::1]:8080", "[::1]:8080"),
    ("http://[400:1:2::3]", "[400:1:2::3]"),
    ("http://[400:AB::3]:80", "[400:ab::3]"),
    ("http://my_host", "my_host"),
]

OTHER = [
    (None, "localhost"),
    ("", "localhost"),
    ("null", "localhost"),
    ("null", "null"),
    ("http://localhost", None),
    ("http://localhost", ""),
    ("localhost:8080", "localhost:8080"),
    ("//localhost", "localhost"),
    ("http://", "localhost"),
    ("http://evil.example", "vm.example.org"),
    ("http://localhost:8081", "localhost:8080"),
    ("http://localhost", "localhost:8080"),
    ("http://localhost:8080", "localhost"),
    ("https://vm.example.org:80", "vm.example.org"),
    ("https://vm.example.org", "vm.example.org:80"),
    ("http://vm.example.org.evil.example", "vm.example.org"),
    ("http://evilvm.example.org", "vm.example.org"),
    ("http://vm.example.orgx", "vm.example.org"),
    ("http://sub.vm.example.org", "vm.example.org"),
    ("http://example.org", "vm.example.org"),
    ("http://vm.example.org@evil.example", "vm.example.org"),
    ("http://evil.example#vm.example.org", "vm.example.org"),
    ("http://vm.example.org/", "vm.example.org"),
    ("http://vm.example.org/path", "vm.example.org"),
    ("http://vm.example.org ", "vm.example.org"),
    ("http://vm.example.org, http://evil.example", "vm.example.org"),
    ("file://localhost", "localhost"),
    ("ws://localhost", "localhost"),
    ("chrome-extension://localhost", "localhost"),
    ("http://127.0.0.1", "localhost"),
    ("http://[::1]", "127.0.0.1"),
    ("http://[::1]", "[::2]"),
    ("http://::1", "::1"),
    ("http://[::1", "[::1"),
    ("http://localhost:", "localhost:"),
    ("http://localhost:999999", "localhost:999999"),
    ("http://localhost:-1", "localhost:-1"),
    ("http://.", "."),
]


@pytest.mark.parametrize(("origin", "host"), SAME)
def test_our_own_page_is_recognised(origin: str, host: str) -> None:
    assert is_same_origin(origin, host)


@pytest.mark.parametrize(("origin", "host"), OTHER)
def test_any_other_page_is_not(origin: str | None, host: str | None) -> None:
    assert not is_same_origin(origin, host)
