"""The visual language: one colour for each role, on every page and in both themes.

Okabe and Ito's palette (https://jfly.uni-koeln.de/color/), made for colour-blind readers: blue,
orange and bluish green stay apart under protanopia, deuteranopia and tritanopia.
"""

INPUT = "#0072B2"
KERNEL = "#E69F00"
OUTPUT = "#009E73"
ERROR = "#D55E00"
PADDING = "#8C8C8C"

ROLES = {"input": INPUT, "kernel": KERNEL, "output": OUTPUT, "error": ERROR, "padding": PADDING}

# The contenders of a comparison, in their order: the network, its fully connected baseline, more.
CONTENDERS = (INPUT, KERNEL, OUTPUT, "#CC79A7", "#56B4E9", "#D55E00")


def css_variables() -> str:
    """The roles as CSS custom properties, `--explorer-input` and so on, for components."""
    return (
        ":host{" + "".join(f"--explorer-{role}:{colour};" for role, colour in ROLES.items()) + "}"
    )
