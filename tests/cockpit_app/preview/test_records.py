"""The preview's small files: whole at every moment, whoever writes."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cockpit_app.preview.records import read_json, write_private


def test_writers_at_the_same_time_leave_a_whole_file_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "wanted.json"

    def write(number: int) -> None:
        write_private(path, json.dumps({"by": number, "long": "x" * 4096}).encode())
        assert len(read_json(path, {})["long"]) == 4096

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(200)))
    assert [entry.name for entry in tmp_path.iterdir()] == ["wanted.json"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_damaged_file_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "wanted.json"
    path.write_bytes(b'{"half')
    assert read_json(path, {"default": True}) == {"default": True}
