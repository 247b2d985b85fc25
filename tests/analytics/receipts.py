"""The receipt of every endpoint of usage, as it must be: what is not named is none."""

COUNTS = ("recorded", "updated", "merged", "repeated", "outdated", "ignored")


def receipt(**expected: object) -> dict[str, object]:
    return dict.fromkeys(COUNTS, 0) | {"conflicting": [], "mended": [], "refused": []} | expected


def header(**expected: int) -> str:
    counts = receipt(**expected)
    return ", ".join(f"{name}={count or 0}" for name, count in counts.items())
