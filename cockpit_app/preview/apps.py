"""The catalog of stand-in services that a new preview is filled with, and can be filled with more.

Names, sockets and granularity follow what a member's machine may run: mostly one supervised service
for an app, and for some one for each binary, as newer installs have it.
Source: hero_proc reference, section 4.
"""

from itertools import groupby

from cockpit_app.preview.programs import Program

VERSION = "0.4.2"
"""What a new home has installed."""


def _part(
    name: str,
    title: str,
    description: str,
    *kinds: str,
    app: str = "",
    wanted: bool = True,
    installed: bool = True,
) -> Program:
    return Program(
        name=name,
        title=title,
        description=description,
        version=VERSION,
        # Run from its file in the home, which is the working folder of everything there.
        command=(f"./bin/{name}",),
        sockets=tuple(f"{app or name}/{kind}.sock" for kind in kinds),
        wanted=wanted and installed,
        tags=("app",),
        app=app or name,
        installed=installed,
    )


def catalog() -> list[Program]:
    """Return all stand-ins; those of one app stand together."""
    return [*_at_first(), *_to_install()]


def _at_first() -> list[Program]:
    return [
        _part("hero_aibroker", "AI broker", "The one that talks to AI providers", "rpc", "admin"),
        _part("hero_biz", "Business", "Contacts, companies and deals", "rpc", "web"),
        _part("hero_books", "Books", "Libraries, books and a librarian", "rpc", "web", "admin"),
        _part("hero_collab", "Collab", "Team chat with threads and huddles", "rpc", "web"),
        _part("hero_db", "Database", "Base store with a Redis-like socket", "rpc", "resp"),
        _part("hero_embedder", "Embedder", "Local embeddings and reranking", "rpc"),
        _part("hero_foundry", "Foundry", "Files and repositories", "rpc", "admin", wanted=False),
        _part("hero_memory", "Memory", "Documents, vectors and answers", "rpc"),
        _part("hero_os", "Hero OS", "The desktop that shows all apps", "rpc", "web"),
        _part("hero_osis", "OSIS", "Identity, calendar and other data domains", "rpc"),
        _part("hero_router", "Router", "Finds services and leads to them", "rpc", "admin"),
        _part("hero_slides", "Slides", "Slide decks made with AI", "rpc", "admin"),
        _part("hero_voice", "Voice", "Speech to text and back", "rpc", "web", wanted=False),
        *_whiteboard(),
    ]


def _whiteboard() -> list[Program]:
    app = "hero_whiteboard"
    return [
        _part(f"{app}_admin", "Whiteboard admin", "Looks after the boards", "admin", app=app),
        _part(f"{app}_server", "Whiteboard server", "Keeps boards and strokes", "rpc", app=app),
        _part(f"{app}_web", "Whiteboard", "An infinite canvas for many hands", "web", app=app),
    ]


def _to_install() -> list[Program]:
    return [
        _part(
            "hero_agent_server",
            "Agent server",
            "An assistant that uses broker, embedder and books",
            "rpc",
            app="hero_agent",
            installed=False,
        ),
        _part(
            "hero_agent_web",
            "Agent",
            "Where one talks to the assistant",
            "web",
            app="hero_agent",
            installed=False,
        ),
        _part("hero_browser", "Browser", "Renders pages", "rpc", "admin", installed=False),
        _part("hero_office", "Office", "Texts and tables", "rpc", "web", installed=False),
        _part("hero_shrimp", "Shrimp", "An agent that acts alone", "rpc", "web", installed=False),
    ]


def by_app(programs: list[Program]) -> dict[str, tuple[Program, ...]]:
    """Return what `lab` can build of `programs`: the services of each app by its name."""
    buildable = sorted((p for p in programs if p.app), key=lambda program: program.app)
    return {app: tuple(parts) for app, parts in groupby(buildable, key=lambda part: part.app)}
