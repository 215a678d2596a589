"""Names of the source and what they stand for."""

from typing import Any


class Scope:
    """Names and what they stand for; those not here are looked up around it."""

    def __init__(self, around: "Scope | None" = None, method_of: Any = None) -> None:
        self.names: dict[str, Any] = {}
        self.around, self.method_of = around, method_of

    def find(self, name: str) -> Any:
        """The value of a name; KeyError if there is none."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.around
        raise KeyError(name)

    def known(self) -> set[str]:
        """All names that can be used here."""
        return set(self.names) | (self.around.known() if self.around else set())

    def outermost(self) -> "Scope":
        """The names of the source itself, outside of functions."""
        return self.around.outermost() if self.around else self
