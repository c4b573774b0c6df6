import pytest

from services.defaults import DEFAULTS
from services.errors import Invalid
from services.keys.providers import providers
from services.wire.outside_address import read_address
from tests.services.keyed import FEEDBACK, table

FORGE = "https://forge.ourworld.tf"


def test_real_addresses_are_asked_over_tls_unless_settings_say_otherwise() -> None:
    real = providers(DEFAULTS, forge=FORGE, feedback=FEEDBACK)
    assert all(p.address.startswith("https://") for p in real)
    assert [p.asked for p in real] == [
        "openrouter.ai",
        "api.groq.com",
        "api.openai.com",
        "api.anthropic.com",
        "api.sambanova.ai",
        "api.moonshot.ai",
        "dashscope-intl.aliyuncs.com",
        "forge.ourworld.tf",
    ]
    assert all(p.page.startswith("https://") and p.purpose for p in real)


def test_every_question_has_an_address_of_its_own_provider() -> None:
    for provider in providers(DEFAULTS, forge=FORGE, feedback=FEEDBACK):
        for question in filter(None, (provider.ask, provider.then)):
            assert read_address(provider.address, question.path).host == provider.asked


def test_names_of_secrets_are_defaults_and_can_be_overridden() -> None:
    names = DEFAULTS.overridden({"groq_key": "GROQ_TOKEN", "key_context": "ai"})
    groq = next(p for p in providers(names, forge=FORGE, feedback=FEEDBACK) if p.slug == "groq")
    assert (groq.key, groq.context) == ("GROQ_TOKEN", "ai")


def test_an_address_that_is_none_is_found_at_the_start() -> None:
    with pytest.raises(Invalid):
        providers(DEFAULTS, {"groq": "groq.com"}, forge=FORGE, feedback=FEEDBACK)


def test_each_key_travels_as_its_provider_wants_it() -> None:
    headers = {p.slug: p.headers("K") for p in table()}
    assert headers["groq"] == {"Authorization": "Bearer K"}
    assert headers["anthropic"] == {"x-api-key": "K", "anthropic-version": "2023-06-01"}
    assert headers["forge"] == {"Authorization": "token K"}
