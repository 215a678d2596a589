"""What came of training a receipt's run again, in words."""

from explorer.training.export.agreement import Agreement, Number
from explorer.training.export.receipt import Receipt

_VERDICTS = {
    "same": "SAME: every loss, every result and every weight came out the same, to the last bit.",
    "close": "CLOSE: not the same to the last bit, but the tests differ by no more than two tests "
    "of equally good networks do by chance.",
    "different": "DIFFERENT: the tests differ by more than chance explains.",
}


def verdict_text(receipt: Receipt, found: Agreement) -> str:
    """The whole comparison, a line for each thing compared, the verdict last."""
    lines = ["", f"Compared with the receipt of {receipt.name}, made {receipt.made:%d %B %Y}:"]
    lines.append(f"  data          {_data(receipt, found)}")
    others = found.surroundings or (_AS_THEN if receipt.started.machine else _UNKNOWN,)
    lines += [f"  {'surroundings' if not n else '':<13} {it}" for n, it in enumerate(others)]
    if found.data is not False:
        lines.append(f"  epochs        {_epochs(receipt, found)}")
        lines += [f"  {_number(number)}" for number in found.results]
        if receipt.finished.untested:
            lines.append("  test          not read, then and now: this run was part of a series")
        lines += [f"  weights of {name}: {_weights(it)}" for name, it in found.weights.items()]
    verdict = _VERDICTS[found.verdict] if found.data is not False else _OTHER_DATA
    if receipt.finished.untested:
        verdict = verdict.replace("the tests differ", "the validation results differ")
    lines += ["", verdict, ""]
    return "\n".join("".join(c if c.isprintable() else "�" for c in line) for line in lines)


_AS_THEN = "machine, versions and precision as then"
_UNKNOWN = "the receipt does not say on which machine it was trained"
_OTHER_DATA = "DIFFERENT DATA: nothing was trained, for the results could not be compared."


def _data(receipt: Receipt, found: Agreement) -> str:
    match found.data:
        case True:
            return f"the same ({receipt.started.dataset.hash[:12]}…)"
        case False:
            return f"other pictures, labels or parts than {receipt.started.dataset.name} then"
    return "perhaps the same: the receipt does not say"


def _epochs(receipt: Receipt, found: Agreement) -> str:
    compared = f"{found.epochs:,} of {len(receipt.epochs):,}"
    if found.first is None:
        return f"{compared} compared, all losses and accuracies the same to the last bit"
    return f"{compared} compared; the first that differs: {_number(found.first)}"


def _number(number: Number) -> str:
    if number.same:
        return f"{number.what}: {number.now:.6g}, the same to the last bit"
    return f"{number.what}: {number.then:.9g} then, {number.now:.9g} now"


def _weights(largest: float) -> str:
    return f"differ by up to {largest:.2g}" if largest else "the same to the last bit"
