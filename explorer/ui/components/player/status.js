/** The line under the stage: what is pointed at, and whether PyTorch agrees with what is shown. */

const grouped = new Intl.NumberFormat("en");

/** "2.4e−7", and "0" where there is no difference at all. */
const small = (value) => (value === 0 ? "0" : value.toExponential(1).replace("-", "\u2212"));

/** How far PyTorch's values and ours are apart; for large values also as a share of the largest. */
function agreementText(output, difference) {
  if (!output) return "Agrees with PyTorch";
  const finite = (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most);
  const largest = output.values.reduce(finite, 0);
  const share = difference && largest > 10 ? `, ${small(difference / largest)} of the largest` : "";
  const count = grouped.format(output.values.length);
  return `Agrees with PyTorch: of ${count} values the largest difference is ${small(difference)}${share}`;
}

/** `unpin` is called by the button that lets a pinned cell go. */
export function createStatus({ unpin }) {
  const element = document.createElement("div");
  element.className = "status";
  const note = document.createElement("p");
  note.className = "note";
  const release = document.createElement("button");
  release.type = "button";
  release.className = "unpin";
  release.textContent = "Let go";
  release.addEventListener("click", unpin);
  const agreement = document.createElement("p");
  agreement.className = "agreement";
  element.append(note, release, agreement);
  /** Texts are put in only when they differ, to spare the browser. */
  function show({ note: text, hint, pinned, confirmed, difference, cells: output }) {
    const said = text || hint;
    if (note.textContent !== said) note.textContent = said;
    note.classList.toggle("hint", !text);
    release.style.visibility = pinned ? "" : "hidden"; // its room is kept: nothing jumps
    const agrees = !confirmed
      ? "Computed in your browser; PyTorch confirms it when you let go"
      : difference === null
        ? "PyTorch’s result; being checked"
        : agreementText(output, difference);
    if (agreement.textContent !== agrees) agreement.textContent = agrees;
    agreement.dataset.state = !confirmed ? "live" : difference === null ? "checking" : "agrees";
  }
  return { element, show };
}
