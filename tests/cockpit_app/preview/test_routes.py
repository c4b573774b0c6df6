"""Host and path lead to a service's socket, and never out of the socket folder."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit_app.preview.domains import Domain, Domains
from cockpit_app.preview.home import Home, open_home
from cockpit_app.preview.routes import Moved, Route, find_route, host_name, is_local_path

HERE = "127.0.0.1"
SOMEWHERE = Home(Path("/h"))


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("127.0.0.1:8080", "127.0.0.1"),
        ("localhost:8080", "localhost"),
        ("LOCALHOST:8080", "localhost"),
        ("cockpit.localhost:8080", "cockpit.localhost"),
        ("a.b.localhost:8080", "a.b.localhost"),
        ("127.0.0.1", None),
        ("127.0.0.1:80", None),
        ("127.0.0.1:8080:8080", None),
        ("127.0.0.2:8080", None),
        ("evil.example:8080", None),
        ("127.0.0.1.evil.example:8080", None),
        ("localhost.evil.example:8080", None),
        ("evillocalhost:8080", None),
        ("cockpit.localhost.:8080", None),
        (".localhost:8080", None),
        ("-a.localhost:8080", None),
        ("user@localhost:8080", None),
        ("[::1]:8080", None),
        ("", None),
    ],
)
def test_only_names_of_this_machine_are_answered_to(host: str, name: str | None) -> None:
    assert host_name(host, 8080) == name


def test_port_80_may_be_left_out() -> None:
    assert host_name("localhost", 80) == "localhost"


@pytest.mark.parametrize(
    ("target", "socket", "rest", "prefix"),
    [
        ("/hero_books/web/", "hero_books/web.sock", "/", "/hero_books/web"),
        ("/hero_books/web/a/b?c=/d", "hero_books/web.sock", "/a/b?c=/d", "/hero_books/web"),
        ("/hero_books/rpc/rpc", "hero_books/rpc.sock", "/rpc", "/hero_books/rpc"),
        ("/hero_proc/rpc/health", "hero_proc/rpc.sock", "/health", "/hero_proc/rpc"),
        ("/a/web_x1//b", "a/web_x1.sock", "//b", "/a/web_x1"),
        ("/a/b/%2e%2e/c", "a/b.sock", "/%2e%2e/c", "/a/b"),
    ],
)
def test_a_path_names_service_and_socket(target: str, socket: str, rest: str, prefix: str) -> None:
    route = find_route(SOMEWHERE, Domains(SOMEWHERE), HERE, target)
    assert isinstance(route, Route)
    assert (route.socket, route.target, route.prefix) == (SOMEWHERE.socket(socket), rest, prefix)


@pytest.mark.parametrize(
    "target",
    ["/x", "/../a/b", "/a/../b/", "//a/b/", "/a/.sock/", "/A/b/", "/a-b/c/", "/%61/b/", "*", ""],
)
def test_other_paths_lead_nowhere(target: str) -> None:
    assert find_route(SOMEWHERE, Domains(SOMEWHERE), HERE, target) is None


@given(st.text(alphabet="/.ab%2e\\\x00_?", max_size=20))
def test_no_path_leads_out_of_the_socket_folder(text: str) -> None:
    route = find_route(SOMEWHERE, Domains(SOMEWHERE), HERE, "/" + text)
    if isinstance(route, Route):
        assert route.socket.parent.parent == SOMEWHERE.sockets
        assert ".." not in route.socket.parts
        assert route.target.startswith("/")


def test_the_root_leads_to_the_cockpit_and_a_service_to_its_folder() -> None:
    domains = Domains(SOMEWHERE)
    assert find_route(SOMEWHERE, domains, HERE, "/") == Moved("/hero_cockpit/web/")
    assert find_route(SOMEWHERE, domains, HERE, "/?x") == Moved("/hero_cockpit/web/")
    assert find_route(SOMEWHERE, domains, HERE, "/a/web?x=1") == Moved("/a/web/?x=1", True)


def test_names_lead_to_the_root_of_their_service(folder: Path) -> None:
    home = open_home(folder)
    domains = Domains(home)
    domain = Domain(id=1, domain="b.localhost", target=str(home.socket("hero_books/web.sock")))
    domains.add(domain)
    route = find_route(home, Domains(home), "b.localhost", "/a/b?c")
    assert route == Route("hero_books", home.socket("hero_books/web.sock"), "/a/b?c", "", domain)
    cockpit = find_route(home, domains, "cockpit.localhost", "/a")
    assert cockpit == Route("hero_cockpit", home.socket("hero_cockpit/web.sock"), "/a")
    assert find_route(home, domains, "c.localhost", "/") is None


@pytest.mark.parametrize(
    ("path", "local"),
    [
        ("/", True),
        ("/hero_cockpit/web/?a=b", True),
        ("", False),
        ("//evil.example/", False),
        ("/\\evil.example", False),
        ("/a\\b", False),
        ("http://evil.example/", False),
        ("/a\r\nSet-Cookie: x=y", False),
        ("/a b", False),
    ],
)
def test_one_is_sent_on_only_within_the_host(path: str, local: bool) -> None:
    assert is_local_path(path) is local
