"""What a watch ends, and what it lets pass."""

from __future__ import annotations

import pytest

from oas.kernel.http.connection_watch import SlowHost, Watch, watched, watches_of


def test_a_host_below_the_least_speed_is_given_up_after_a_window() -> None:
    watch = Watch(seconds=60, least_speed=100, window=10)
    watch.note(500, 9.9)
    with pytest.raises(SlowHost, match="fewer than 100 bytes a second"):
        watch.note(1, 0.2)


def test_a_host_at_the_least_speed_is_waited_for_from_window_to_window() -> None:
    watch = Watch(seconds=60, least_speed=100, window=10)
    for _ in range(10):
        watch.note(1010, 10.0)


def test_one_fast_window_does_not_pay_for_a_slow_one() -> None:
    watch = Watch(seconds=60, least_speed=100, window=10)
    watch.note(10**9, 10.0)
    with pytest.raises(SlowHost):
        watch.note(0, 10.0)


def test_time_spent_on_the_bytes_is_no_waiting() -> None:
    """Only what is noted counts: a slow object store does not make its source a slow host."""
    watch = Watch(seconds=3600, least_speed=10**6, window=1)
    for _ in range(100):
        watch.note(10_000, 0.001)


def test_the_whole_time_is_limited_however_fast_the_host_is(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("oas.kernel.http.connection_watch.time.monotonic", lambda: now[0])
    watch = Watch(seconds=60)
    now[0] += 60
    watch.check()
    now[0] += 1
    with pytest.raises(SlowHost, match="longer than 60 seconds"):
        watch.check()


def test_a_request_is_seen_by_the_watch_of_the_work_that_it_is_part_of() -> None:
    own, around = Watch(1), Watch(2)
    assert watches_of(own) == (own,)
    with watched(around):
        assert watches_of(own) == (own, around)
    assert watches_of(own) == (own,)
