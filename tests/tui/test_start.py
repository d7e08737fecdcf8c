import pytest

from roomdeck.tui.start import records_here


@pytest.mark.parametrize(
    ("words", "terminal", "expected"),
    [
        (["record", "lab"], False, True),
        (["record", "lab"], True, False),
        (["record", "lab", "--headless"], True, True),
        (["record", "--help"], False, False),
        (["publish", "lab", "record"], False, False),
        (["--version"], False, False),
        ([], False, False),
    ],
)
def test_a_worker_is_started_early_only_where_this_process_records(
    words: list[str], terminal: bool, expected: bool
) -> None:
    assert records_here(words, terminal) is expected
