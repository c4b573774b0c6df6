"""What is known of a program, whatever its receipt holds."""

import pytest

from tests.cockpit_app.preview.homes import APPS, furnished
from tests.preview_node import short_folder


@pytest.mark.parametrize("content", ["[]", "7", "null", '"0.4.0"', "{}", '{"version": 4}', "{"])
def test_an_odd_receipt_leaves_the_version_that_the_program_has_by_nature(
    content: str,
) -> None:
    program = APPS["hero_books"][0]
    with short_folder() as folder:
        home = furnished(folder / "h", "hero_books")
        home.receipt_of("hero_books").write_text(content)
        assert program.installed_version(home) == program.version
