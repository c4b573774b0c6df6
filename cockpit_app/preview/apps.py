"""The catalog of stand-in services that a new preview is filled with.

Names, sockets and granularity follow what a member's machine may run: mostly one supervised service
for an app, and for the whiteboard one for each binary, as newer installs have it.
Source: hero_proc reference, section 4.
"""

import sys
from pathlib import Path

from cockpit_app.preview.programs import Program

SCRIPT = Path(__file__).with_name("app.py")

VERSION = "0.4.2"


def _app(
    name: str,
    title: str,
    description: str,
    *kinds: str,
    folder: str = "",
    wanted: bool = True,
) -> Program:
    return Program(
        name=name,
        title=title,
        description=description,
        version=VERSION,
        command=(sys.executable, "-I", "-S", "-E", str(SCRIPT), name),
        sockets=tuple(f"{folder or name}/{kind}.sock" for kind in kinds),
        wanted=wanted,
        tags=("app",),
    )


def catalog() -> list[Program]:
    """Return the stand-ins as a first start has them."""
    return [
        _app("hero_aibroker", "AI broker", "The one that talks to AI providers", "rpc", "admin"),
        _app("hero_biz", "Business", "Contacts, companies and deals", "rpc", "web"),
        _app("hero_books", "Books", "Libraries, books and a librarian", "rpc", "web", "admin"),
        _app("hero_collab", "Collab", "Team chat with threads and huddles", "rpc", "web"),
        _app("hero_db", "Database", "Base store with a Redis-like socket", "rpc", "resp"),
        _app("hero_embedder", "Embedder", "Local embeddings and reranking", "rpc"),
        _app("hero_foundry", "Foundry", "Files and repositories", "rpc", "admin", wanted=False),
        _app("hero_memory", "Memory", "Documents, vectors and answers", "rpc"),
        _app("hero_os", "Hero OS", "The desktop that shows all apps", "rpc", "web"),
        _app("hero_osis", "OSIS", "Identity, calendar and other data domains", "rpc"),
        _app("hero_router", "Router", "Finds services and leads to them", "rpc", "admin"),
        _app("hero_slides", "Slides", "Slide decks made with AI", "rpc", "admin"),
        _app("hero_voice", "Voice", "Speech to text and back", "rpc", "web", wanted=False),
        _app(
            "hero_whiteboard_admin",
            "Whiteboard admin",
            "Looks after the boards",
            "admin",
            folder="hero_whiteboard",
        ),
        _app(
            "hero_whiteboard_server",
            "Whiteboard server",
            "Keeps the boards and their strokes",
            "rpc",
            folder="hero_whiteboard",
        ),
        _app(
            "hero_whiteboard_web",
            "Whiteboard",
            "An infinite canvas for many hands",
            "web",
            folder="hero_whiteboard",
        ),
    ]
