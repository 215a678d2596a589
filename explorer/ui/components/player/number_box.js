/** A field that opens over a cell to type its number into. */

import { parseWeight } from "./weights.js";

/**
 * Open it.
 * @param {HTMLElement} layer it is put into
 * @param {{left: number, top: number, width: number, height: number}} place in the layer's pixels
 * @param {{text: string, label: string, take: Function, closed: Function, say: Function}} options
 *   `take(value)` gets what was typed; `closed(byKeyboard)` follows in any case
 */
export function openNumberBox(layer, place, { text, label, take, closed, say }) {
  const input = document.createElement("input");
  Object.assign(input, { type: "text", inputMode: "decimal", className: "number-box", value: text });
  input.setAttribute("aria-label", label);
  Object.assign(input.style, {
    left: `${place.left}px`,
    top: `${place.top}px`,
    width: `${Math.max(58, place.width)}px`,
    height: `${Math.max(26, place.height)}px`,
  });
  const complaint = document.createElement("span");
  complaint.className = "complaint";
  complaint.style.left = `${place.left}px`;
  complaint.style.top = `${place.top + Math.max(26, place.height) + 4}px`;
  let open = true;
  const close = (byKeyboard) => {
    if (!open) return; // removing the field blurs it, which would close it once more
    open = false;
    complaint.remove();
    input.remove();
    closed(byKeyboard);
  };
  /** Use what was typed; false, and the reason said, where it is no number. */
  function taken() {
    if (input.value === text) return true;
    const { value, problem } = parseWeight(input.value);
    if (problem) {
      say(problem);
      input.classList.add("wrong");
      complaint.textContent = problem;
      return false;
    }
    take(value);
    return true;
  }
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") close(true);
    if (event.key !== "Enter") return;
    if (taken()) close(true);
    else layer.append(complaint);
  });
  // A pointer on the field must not move what lies under it.
  for (const name of ["pointerdown", "pointermove", "click"]) {
    input.addEventListener(name, (event) => event.stopPropagation());
  }
  input.addEventListener("blur", () => {
    if (open) taken(); // a tap beside it is as good as Enter, which some keypads do not have
    close(false);
  });
  layer.append(input);
  input.focus();
  input.select();
}
