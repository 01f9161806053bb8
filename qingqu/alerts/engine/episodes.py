"""Windows that share rows are one finding."""

from collections.abc import Iterable


def joined_stretches(ends: Iterable[int], days: int) -> list[tuple[int, int]]:
    """First and last window end of each episode: ends, given in ascending order, that lie less than `days` apart."""
    stretches: list[tuple[int, int]] = []
    for end in ends:
        if stretches and end - stretches[-1][1] < days:
            stretches[-1] = (stretches[-1][0], end)
        else:
            stretches.append((end, end))
    return stretches
