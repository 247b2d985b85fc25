"""Which color a group has, in chart, legend, ranking and table alike."""

from zlib import crc32

from analytics.reporting.reports import COLOR_OWNERS, Report

SLOTS = COLOR_OWNERS  # --series-1 … --series-10; 0 is the grey of Other


def color_slots(report: Report) -> dict[str | None, int]:
    """The color of every group that is drawn by name: the one it owns, else the one its key falls on, or the next free.

    Window, filters, metric, order and legend do not enter, so that a group keeps its color while they change: one that
    owns a color always, another one unless two fall on the same.
    """
    owned = {key: slot for slot, key in enumerate(report.color_owners[:SLOTS], start=1)}
    drawn = [series.group.key for series in report.series]
    found = {key: owned[key] for key in drawn if key in owned}
    for key in sorted((key for key in drawn if key not in owned), key=lambda key: key or ""):
        place = crc32((key or "").encode())
        slots_from_there = ((place + step) % SLOTS + 1 for step in range(SLOTS))
        found[key] = next(slot for slot in slots_from_there if slot not in found.values())
    return found
