"""Words and numbers for people."""

import re

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:$&^=])")
# Streamlit makes links of addresses, and icons of :material/names:, after escapes are resolved.
_REPLACED_LATER = re.compile(r"(:|@|www(?=\.))", re.IGNORECASE)
_WORD_JOINER = "\u2060"  # takes no room


def plain(text: str) -> str:
    """Text that people wrote, for places that read Markdown: it is shown as it was written."""
    broken = _REPLACED_LATER.sub(rf"\1{_WORD_JOINER}", " ".join(text.split()))
    return _MARKDOWN.sub(r"\\\1", broken)


def percent(fraction: float) -> str:
    """0.9312 -> "93.1 %", which does not break at the end of a line."""
    return f"{100 * fraction:.1f}\N{NO-BREAK SPACE}%"


def duration(seconds: float) -> str:
    """Seconds in the two largest units that matter: "8 s", "2 min 10 s", "1 h 5 min"."""
    if 0 < seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def times(ratio: float) -> str:
    """How many times as much: "1.08×", "73×", "0.0021×"."""
    if ratio >= 99.5:
        return f"{ratio:,.0f}×"
    return f"{ratio:.3g}×"


def count(number: int, thing: str) -> str:
    """A number with its noun: "1 epoch", "1,200 pictures"."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def memory(amount: int) -> str:
    """Bytes in the unit that people know: "310 MB", "2.4 GB"."""
    if amount < 999_500_000:
        return f"{amount / 1e6:,.0f} MB"
    return f"{amount / 1e9:,.1f} GB"
