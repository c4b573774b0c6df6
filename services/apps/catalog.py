"""The catalog: every app that may be installed here, in the order in which apps are upgraded.

Only names from it ever reach `lab`. hero_proc is not in it: it carries the installs out, and is
renewed by whoever set the machine up.
Source: hero_proc reference 4 (apps, programs, keys), hero_platform reference 2.4 (unit of install).
"""

from dataclasses import dataclass
from typing import Final

from services.errors import NotFound
from services.hero.socket_names import split_name
from services.params import did_you_mean

SUFFIXES: Final = ("_server", "_web", "_admin", "_ui")


@dataclass(frozen=True, slots=True)
class App:
    """One app: the unit of install."""

    name: str
    """Also the name of its repository, which is what `lab` is given."""
    title: str
    description: str
    category: str
    """A category of `service.toml`: core, storage, ai, network, ui, tool."""
    parts: tuple[str, ...] = ()
    """Ends of its programs' names where each is a service of its own: `_server`, `_web`."""
    uses_keys: tuple[str, ...] = ()
    """Secrets that it reads."""
    always_on: bool = False

    @property
    def programs(self) -> tuple[str, ...]:
        """Every name that a program of it may have: newer installs have one for each part."""
        return (self.name, *(self.name + suffix for suffix in SUFFIXES))

    @property
    def separate_programs(self) -> tuple[str, ...]:
        """The names of its programs where each part is a service of its own."""
        return tuple(self.name + part for part in self.parts)

    def owns(self, program: str) -> bool:
        """Tell whether a program or service of that name is a part of this app."""
        return split_name(program)[0] == self.name


_SERVER, _WEB, _ADMIN = "_server", "_web", "_admin"
_AI_KEYS = (
    "OPENROUTER_API_KEY",
    "GROQ_API_KEY",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "SAMBANOVA_API_KEY",
    "MOONSHOT_API_KEY",
    "ALIBABA_API_KEY",
)

CATALOG: Final = (
    App("hero_db", "Database", "Base store with a Redis-like socket", "storage", always_on=True),
    App("hero_osis", "OSIS", "Identity, calendar and other data domains", "storage"),
    App(
        "hero_aibroker", "AI broker", "The one that talks to AI providers", "ai",
        (_SERVER, _ADMIN), _AI_KEYS, always_on=True,
    ),
    App("hero_embedder", "Embedder", "Local embeddings and reranking", "ai", always_on=True),
    App("hero_embedder_provider", "Embedding models", "Runs the embedding models", "ai"),
    App("hero_memory", "Memory", "Documents, vectors and answers", "ai", (_SERVER, _ADMIN)),
    App("hero_foundry", "Foundry", "Files and repositories", "storage", (_SERVER, _ADMIN)),
    App("hero_browser", "Browser engine", "Renders pages for slides and exports", "tool"),
    App(
        "hero_books", "Books", "Libraries, books and a librarian", "ui",
        (_SERVER, _WEB, _ADMIN),
    ),
    App(
        "hero_slides", "Slides", "Slide decks made with AI", "ui", (_SERVER, _ADMIN),
        ("OPENROUTER_API_KEY",),
    ),
    App(
        "hero_whiteboard", "Whiteboard", "An infinite canvas for many hands", "ui",
        (_SERVER, _WEB, _ADMIN),
    ),
    App("hero_biz", "Business", "Contacts, companies and deals", "ui"),
    App("hero_collab", "Collab", "Team chat with threads and huddles", "ui", (_SERVER, _WEB)),
    App(
        "hero_voice", "Voice", "Speech to text and back", "ui", (_SERVER, _WEB),
        ("GROQ_API_KEY",),
    ),
    App("hero_agent", "Agent", "An assistant that uses your books", "ai", (_SERVER, _WEB)),
    App("hero_shrimp", "Shrimp", "An agent that acts by itself", "ai", (_SERVER, _WEB)),
    App("hero_office", "Office", "Documents, sheets and presentations", "ui", (_SERVER, _WEB)),
    App("hero_os", "Hero OS", "The desktop that shows all apps", "ui", (_SERVER, _WEB)),
    App("hero_router", "Router", "Finds services and leads to them", "network", always_on=True),
    App("hero_proxy", "Proxy", "The front door: names, sign-in", "network", always_on=True),
    App("hero_cockpit", "Cockpit", "The control surface of this machine", "ui", always_on=True),
)  # fmt: skip
"""What others lean on comes first, so that it is new before they are; what carries us is last."""

_BY_NAME: Final = {app.name: app for app in CATALOG}


def find_app(name: str) -> App:
    """Return the app of exactly this name; raises NotFound with names that look alike."""
    app = _BY_NAME.get(name)
    if app is None:
        near = did_you_mean(name, list(_BY_NAME))
        raise NotFound(f"There is no app {name!r} in the catalog.{near}")
    return app


def in_order(names: tuple[str, ...]) -> tuple[App, ...]:
    """Return the named apps in the order of upgrading; names that no app has are left out."""
    return tuple(app for app in CATALOG if app.name in names)
