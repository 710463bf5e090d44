from __future__ import annotations

from collections.abc import Iterator

from oas.kernel.intake.encodings.sample import LONGEST_NAME, MOST_LINES, MOST_NAMES, sample_of

NONE: frozenset[str] = frozenset()


def chunks(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def test_cells_with_bytes_above_127_are_kept_whole_wherever_chunks_end() -> None:
    content = "a;Björk;1\nb;Sigur Rós;2\nc;Enya;3\n".encode("cp1252")
    for size in (1, 2, 3, 7, 100):
        sample = sample_of(chunks(content, size), NONE)
        assert sample.names == {"Björk".encode("cp1252"), "Sigur Rós".encode("cp1252")}
        assert list(sample.lines) == ["a;Björk;1".encode("cp1252"), "b;Sigur Rós;2".encode("cp1252")]


def test_a_sample_does_not_grow_with_the_file_and_is_of_all_of_it() -> None:
    lines = "".join(f"2026-01;Künstler {n};{n}\n" for n in range(50_000)).encode("cp1252")
    sample = sample_of(chunks(lines, 100_000), NONE)
    numbers = sorted(int(name.split(b" ")[1]) for name in sample.names)
    assert (len(sample.names), len(sample.lines)) == (MOST_NAMES, MOST_LINES)
    assert (numbers[0] < 5_000, numbers[-1] > 45_000) == (True, True)
    assert sample.bytes[0xFC] == 50_000


def test_a_line_without_an_end_is_cut() -> None:
    sample = sample_of(chunks(b"\xe9" * 5_000_000, 1_000_000), NONE)
    assert max(map(len, sample.names)) <= LONGEST_NAME
    assert sample.bytes[0xE9] == 5_000_000


def test_countries_are_counted_by_code_and_name() -> None:
    content = b'a;TR;\xe9\nb;"Turkey";1\nc;US;2\nTR;tr;3\n'
    sample = sample_of([content], frozenset({"TR", "TURKEY"}))
    assert dict(sample.countries) == {"TR": 2, "TURKEY": 1}


def test_of_a_large_file_no_byte_is_overlooked() -> None:
    """Only some pieces are looked at closely, and each that has a byte which none before it has."""
    lines = b"2026-01;K\xfcnstler;1\n" * 700_000
    sample = sample_of(chunks(lines[:-40] + b"2026-01;Bj\xf6rk;1\n" + lines[-40:], 1_000_000), NONE)
    assert sample.names == {b"K\xfcnstler", b"Bj\xf6rk"}
