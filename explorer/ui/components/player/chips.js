/** A row of small pictures to choose from: the maps of an output, or the channels of an input. */

const SIDE = 52;
const LOWEST = 16; // of a single row of cells

/** `choose(index)` is called with the chosen entry's index. */
export function createChips(name, choose) {
  const element = document.createElement("div");
  element.className = `chips ${name}`;
  element.setAttribute("role", "group");

  /**
   * @param {{label: string, image: ImageData}[]} entries
   * @param {number} chosen index of the entry in use
   */
  function show(entries, chosen, label) {
    element.hidden = entries.length < 2;
    element.setAttribute("aria-label", label);
    while (element.childElementCount > entries.length) element.lastChild.remove();
    while (element.childElementCount < entries.length) element.append(makeChip(element));
    entries.forEach(({ label: text, image }, index) => {
      const chip = element.children[index];
      chip.setAttribute("aria-pressed", String(index === chosen));
      const [canvas, span] = chip.children;
      if (span.textContent !== text) span.textContent = text;
      const scale = SIDE / Math.max(image.width, image.height);
      canvas.width = image.width;
      canvas.height = image.height;
      canvas.style.width = `${Math.max(4, image.width * scale)}px`;
      canvas.style.height = `${Math.max(LOWEST, image.height * scale)}px`;
      canvas.getContext("2d").putImageData(image, 0, 0);
    });
  }

  function makeChip(parent) {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.className = "chip";
    const canvas = document.createElement("canvas");
    canvas.setAttribute("aria-hidden", "true");
    chip.append(canvas, document.createElement("span"));
    chip.addEventListener("click", () => choose([...parent.children].indexOf(chip)));
    return chip;
  }
  return { element, show };
}
