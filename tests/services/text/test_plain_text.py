from services.text.plain_text import MAX_LINE_CHARS, plain_line


def test_escape_sequences_and_endless_lines_do_not_reach_a_page() -> None:
    assert plain_line("\x1b[31mred\x1b[0m\x07 end  ") == "red end"
    assert len(plain_line("x" * 100_000)) == MAX_LINE_CHARS
