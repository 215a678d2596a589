"""The one kind of error that is shown to people."""


class ExplorerError(Exception):
    """Something a person can mend.

    Args:
        problem: What is wrong, with the values, as one or more full sentences.
        remedy: What would work instead; empty when the problem says it already.

    `str(error)` is both, ready to be shown.
    """

    def __init__(self, problem: str, remedy: str = "") -> None:
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{problem} {remedy}".strip())
