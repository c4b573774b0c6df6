import pytest

from services.contract.manifest import Profile
from services.errors import Refused
from services.manifest.edit import with_app, with_profile
from services.manifest.text import Unreadable, read_text

USUAL = ("hero_books", "hero_db")

VARIANTS = [
    'enabled = ["hero_books", "hero_osis"]',
    "enabled = [\n  'hero_books', # reads\n  'hero_osis',\n]",
    '[enabled]\nservices = ["hero_books", "hero_osis"]',
    '[enabled]\napps = ["hero_books", "hero_osis"]',
    '[enabled]\nlist = ["hero_books", "hero_osis"]',
    '[services]\nenabled = ["hero_books", "hero_osis"]',
    '[apps]\nenabled = ["hero_books", "hero_osis"]',
    'services = { enabled = ["hero_books", "hero_osis"] }',
    "[enabled]\nhero_db = false\nhero_osis = true",
    "[services.enabled]\nhero_db = false\nhero_osis = true",
    "[enabled.services]\nhero_db = false\nhero_osis = true",
    "enabled = { hero_db = false, hero_osis = true }",
    "enabled.hero_db = false\nenabled.hero_osis = true",
    "[services]\nenabled.hero_db = false\nenabled.'hero_osis' = true",
]


@pytest.mark.parametrize("text", VARIANTS)
def test_every_likely_variant_is_read_and_edited_in_its_own_form(text: str) -> None:
    content = f"# top\n{text}\n# end\n".encode()
    choice = read_text(content).enabled
    assert choice is not None
    assert set(choice.over(USUAL)) == {"hero_books", "hero_osis"}
    content = with_app(content, "hero_voice", kept=True, present=USUAL)
    content = with_app(content, "hero_osis", kept=False, present=USUAL)
    content = with_app(content, "hero_db", kept=True, present=USUAL)
    content = with_profile(content, Profile.LIGHTWEIGHT, apps=["hero_books", "hero_voice"])
    changed = read_text(content)
    assert changed.enabled is not None
    assert changed.enabled.whole == choice.whole
    assert changed.enabled.place == choice.place
    assert set(changed.enabled.over(())) == {"hero_books", "hero_voice"}
    assert changed.profile is Profile.LIGHTWEIGHT
    assert content.startswith(b"# top\n")
    assert content.endswith(b"# end\n")


def test_always_on_is_read_in_the_same_variants() -> None:
    for text in ("always_on = ['a']", "[always_on]\nservices = ['a']", "[always-on]\na = true"):
        choice = read_text(text.encode()).always_on
        assert choice is not None
        assert choice.on == ("a",)


@pytest.mark.parametrize(
    ("text", "profile", "owner"),
    [
        ("", None, ""),
        ("profile = 'books'\nowner = 'alice'", Profile.BOOKS, "alice"),
        ("[manifest]\nprofile = 'Demo'\nowner = ' bob '", Profile.DEMO, "bob"),
        ("[owner]\nname = 'alice'\n[profile]\nname = 'custom'", Profile.CUSTOM, "alice"),
        ("[owner]\nuser = 'alice'", None, "alice"),
        ("profile = 'admin_of_the_future'", Profile.CUSTOM, ""),
        ("[owner]\nmail = 'x'", None, ""),
    ],
)
def test_profile_and_owner_are_read_where_they_may_stand(
    text: str, profile: Profile | None, owner: str
) -> None:
    said = read_text(text.encode())
    assert (said.profile, said.owner) == (profile, owner)


PROBLEMS = [
    # content, line, column, words of the sentence, excerpt
    (b"a = 1\nb = = 2\n", 2, 5, "not valid TOML at line 2: invalid value", "b = = 2"),
    (b"a = 1\na = 2\n", 2, 6, "at line 2: cannot overwrite a value", "a = 2"),
    (b'enabled = [\n  "x",\n', 2, None, "not valid TOML at line 2", '"x",'),
    (b"x = 1\n\xff\xfe\n", 2, None, "It is not UTF-8 at line 2.", ""),
    (b"# x\nenabled = 3\n", 2, None, "`enabled` must be a list of names", "enabled = 3"),
    (b"[enabled]\nservices = [1]\n", 2, None, "`services` must be a list", "services = [1]"),
    (b"[enabled]\na = true\nb = 'x'\n", 1, None, "`enabled` must be", "[enabled]"),
    (b"always_on = ['']\n", 1, None, "`always_on` must be", "always_on = ['']"),
    (b"\n  owner = 3\n", 2, None, "`owner` must be a text", "owner = 3"),
    (b"[profile]\nname = 3\n", 1, None, "`profile` must be a text", "[profile]"),
    (b"x = " + b"[" * 5000, None, None, "", ""),
    (b"x" * (1024 * 1024 + 1), None, None, "larger than 1 MiB", ""),
    (b"x = 2026-99-99\n", 1, 9, "at line 1", "x = 2026-99-99"),
]


@pytest.mark.parametrize(("content", "line", "column", "words", "excerpt"), PROBLEMS)
def test_what_cannot_be_used_is_told_with_its_line(
    content: bytes, line: int | None, column: int | None, words: str, excerpt: str
) -> None:
    with pytest.raises(Unreadable) as caught:
        read_text(content)
    problem = caught.value.problem
    assert (problem.line, problem.column, problem.excerpt) == (line, column, excerpt)
    assert words in problem.sentence
    assert problem.sentence.endswith(".")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1", 'x = 1\n\n[enabled]\nservices = [\n    "a",\n    "b",\n]\n'),
        ("", '\n[enabled]\nservices = [\n    "a",\n    "b",\n]\n'),
        ("x = 1\r\n", 'x = 1\r\n\r\n[enabled]\r\nservices = [\r\n    "a",\r\n    "b",\r\n]\r\n'),
        ('enabled = ["a"]', 'enabled = ["a", "b"]'),
        ("enabled = []", 'enabled = ["b"]'),
        ('enabled = ["a",] # x', 'enabled = ["a", "b",] # x'),
        ("enabled = [\n# x\n]", 'enabled = [\n# x\n    "b",\n]'),
        ("enabled = [\n  # x\n]", 'enabled = [\n  # x\n  "b",\n]'),
        ('enabled = [\n\t"a" # x\n\t# y\n]', 'enabled = [\n\t"a", # x\n\t# y\n\t"b"\n]'),
        ('enabled = [ # x\n "a", "c", # y\n]', 'enabled = [ # x\n "a", "c", # y\n "b",\n]'),
        ('enabled = [\n  "a" # x\n  ,\n]', 'enabled = [\n  "b",\n  "a" # x\n  ,\n]'),
        ('enabled = ["a", "a"]', 'enabled = ["a", "a", "b"]'),
        ('enabled = ["a",\r\n "c"]', 'enabled = ["a",\r\n "c",\r\n "b"]'),
        ("[enabled]\n  a = true # x\n\n[o]", "[enabled]\n  a = true # x\n  b = true\n\n[o]"),
        ("[enabled]\n# x\n[o]", "[enabled]\nb = true\n# x\n[o]"),
        ("[enabled]\na = true", "[enabled]\na = true\nb = true"),
        ("enabled = { a = true }", "enabled = { a = true, b = true }"),
        ("enabled = {}", "enabled = { b = true }"),
        ("enabled.a = true # x\ny = 1", "enabled.a = true # x\nenabled.b = true\ny = 1"),
        ("[enabled]\nb = false # x", "[enabled]\nb = true # x"),
    ],
)
def test_a_new_app_is_written_like_its_neighbours(before: str, after: str) -> None:
    assert with_app(before.encode(), "b", kept=True, present=("a",)).decode() == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('enabled = ["b"]', "enabled = []"),
        ('enabled = ["a", "b"] # x', 'enabled = ["a"] # x'),
        ('enabled = ["b", "a"]', 'enabled = ["a"]'),
        ('enabled = ["b", "a", "b"]', 'enabled = ["a"]'),
        ('enabled = [\n "a", # x\n "b", # y\n "c"\n]', 'enabled = [\n "a", # x\n "c"\n]'),
        ('enabled = [\n "a", # x\n "b" # y\n]', 'enabled = [\n "a", # x\n]'),
        ("enabled = [\n '''b''',\n]", "enabled = [\n]"),
        ('enabled = [\n "\\u0062",\n]', "enabled = [\n]"),
        ('enabled = [ "b"\n , "a" ]', 'enabled = ["a" ]'),
        ("[enabled]\nb = true # x", "[enabled]\nb = false # x"),
        ("[enabled]\na = true", "[enabled]\na = true\nb = false"),
    ],
)
def test_an_app_is_taken_out_with_its_own_line(before: str, after: str) -> None:
    assert with_app(before.encode(), "b", kept=False, present=("a", "b")).decode() == after


def test_a_profile_is_written_above_the_first_key_below_the_opening_comments() -> None:
    made = with_profile(b"# why\n\n# x\nowner = 'a'\n", Profile.BOOKS, apps=())
    assert made == b"# why\n\n# x\nprofile = \"books\"\nowner = 'a'\n"
    assert with_profile(b"# why", Profile.BOOKS, apps=()) == b'# why\nprofile = "books"\n'
    made = with_profile(b"[profile]\nname = 'demo' # x\n", Profile.BOOKS, apps=())
    assert made == b'[profile]\nname = "books" # x\n'


def test_a_list_is_added_with_a_profile_only_when_asked_for() -> None:
    content = b"profile = 'demo'\n"
    assert b"enabled" not in with_profile(content, Profile.BOOKS, apps=("a",))
    made = with_profile(content, Profile.CUSTOM, apps=("a",), listed=True)
    assert made == b'profile = "custom"\n\n[enabled]\nservices = [\n    "a",\n]\n'


def test_a_form_that_cannot_be_edited_is_refused_and_not_guessed_at() -> None:
    scattered = b"[profile]\nword = 'demo'\n"
    with pytest.raises(Refused, match="cannot be changed from here"):
        with_profile(scattered, Profile.BOOKS, apps=())
    split = b"[enabled.a]\n[enabled]\n"
    with pytest.raises(Unreadable):
        with_app(split, "b", kept=True, present=())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# x\nday = { is = 2026-11-20 }\nenabled = ['a', 'b']\n", 2),
        ("enabled = ['a', 'b']\ndays = [2026-11-20 , 2026-11-21]\n", 2),
        ("enabled = ['a', 'b']\n[[x]]\n[y]\n[[x]]\n", 3),
        ("enabled = [\n 'a',\n # x\n 'b' \n]\n", 3),
    ],
)
def test_what_tomlkit_would_write_in_another_way_is_refused_with_its_line(
    text: str, line: int
) -> None:
    told = pytest.raises(Refused, match=rf"other parts of the file \(near line {line}\)\. Edit it")
    for content in (text.encode(), text.replace("\n", "\r\n").encode()):
        with told:
            with_app(content, "b", kept=False, present=("a", "b"))


def test_what_is_only_added_in_front_or_behind_needs_no_tomlkit() -> None:
    content = b"day = { is = 2026-11-20 }\n"
    made = with_profile(content, Profile.CUSTOM, apps=("a",), listed=True)
    assert made == b'profile = "custom"\n' + content + b'\n[enabled]\nservices = [\n    "a",\n]\n'
