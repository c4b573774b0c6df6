import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import Invalid
from services.shares.names import (
    RESERVED,
    PublicDomain,
    read_label,
    read_people,
    refuse_own_name,
    skeleton,
)

LOOK_ALIKES = ("сосkріt", "соскріт", "ｃｏｃｋｐｉｔ")  # noqa: RUF001 # they are the subject


@pytest.mark.parametrize(
    ("wanted", "label"),
    [
        ("mik", "mik"),
        (" Mik ", "mik"),
        ("münchen", "xn--mnchen-3ya"),
        ("XN--MNCHEN-3YA", "xn--mnchen-3ya"),
        ("日本語テスト", "xn--zckzah9945czlbtz6h"),
        ("\uff4dik", "mik"),
        ("a" * 63, "a" * 63),
        ("web2", "web2"),
    ],
)
def test_a_name_becomes_a_label(wanted: str, label: str) -> None:
    assert read_label(wanted) == label


@pytest.mark.parametrize(
    "wanted",
    [
        *("", " ", "-mik", "mik-", "mi_k", "a.b", "mik.", "a b", "a" * 64, "ab--cd", "mik\n.x"),
        *("12", "1", "xn--a", "xn--", "xn--mik-", "a\0b", "ä" * 60, "/etc", "..", "%2e", "\ud800"),
    ],
)
def test_what_is_no_label_is_refused(wanted: str) -> None:
    with pytest.raises(Invalid):
        read_label(wanted)


@pytest.mark.parametrize(
    "wanted",
    [
        *("cockpit", "COCKPIT", "c0ckpit", "cockp1t", "cockplt", "my-cockpit", "cock-pit"),
        *LOOK_ALIKES,
        *("cöckpit", "heroproc", "hero-proxy", "herorouter"),
        *("admin", "adm1n", "www", "logln", "xn--j1ahhbbi3l", "rnail"),
    ],
)
def test_what_could_be_taken_for_the_machine_is_refused(wanted: str) -> None:
    with pytest.raises(Invalid):
        read_label(wanted)


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_reserved_words_are_refused_in_any_case(word: str) -> None:
    for spelled in (word, word.upper()):
        with pytest.raises(Invalid, match="kept for the machine"):
            read_label(spelled)


def test_the_machines_own_name_is_refused_also_when_it_only_looks_like_it() -> None:
    own = ["lab1.example.org"]
    for label, domain in (
        ("lab1", "lab1.example.org"),
        ("labl", "labl.example.org"),
        ("la-b1", "x.y"),
    ):
        with pytest.raises(Invalid, match="name of this machine"):
            refuse_own_name(label, domain, own)
    refuse_own_name("lab2", "lab2.example.org", own)


@given(st.text(max_size=80))
def test_every_text_becomes_a_label_that_stays_the_same_or_is_invalid(text: str) -> None:
    try:
        label = read_label(text)
    except Invalid:
        return
    assert read_label(label) == label
    assert label.isascii()
    assert len(label) <= 63
    assert "cockpit" not in label


@given(st.text(max_size=40))
def test_a_skeleton_is_its_own(text: str) -> None:
    once = skeleton(text)
    assert skeleton(skeleton(once)) == skeleton(once)


def test_a_domain_says_how_its_names_are_reached() -> None:
    local = PublicDomain.parse("localhost:8080")
    assert local.address(local.domain("mik")) == "http://mik.localhost:8080/"
    assert local.shown == "localhost:8080"
    public = PublicDomain.parse(" Lab.Example.org ")
    assert public.address(public.domain("mik")) == "https://mik.lab.example.org/"
    assert public.label("mik.lab.example.org") == "mik"
    assert public.label("mik.elsewhere.org") == "mik.elsewhere.org"
    assert PublicDomain.parse("http://lab.test:81").address("x") == "http://x:81/"


@pytest.mark.parametrize(
    "text", ["", "a b", "-a.org", "lab:0", "lab:99999", "lab:x", "ftp://lab", "lab/x", "*.lab"]
)
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="domain of shares"):
        PublicDomain.parse(text)


def test_people_are_user_names_or_addresses_each_once() -> None:
    users, emails = read_people(["ann", " ann ", "bob@example.org", "Q.x-1"])
    assert users == ("ann", "Q.x-1")
    assert emails == ("bob@example.org",)


@pytest.mark.parametrize("person", ["", "*", "a b", "a@", "@b", "a@b@c", "x\n", "ä", "a,b", "%"])
def test_who_is_nobody_is_refused(person: str) -> None:
    with pytest.raises(Invalid, match="neither a user name"):
        read_people([f"{person}\0" if person == "x\n" else person])
