/** The scale under a panel: which colour means which value, and where the current value lies. */

import { TINTS, tinted } from "./colour.js";
import { plain } from "./format.js";

export function createLegend() {
  const element = document.createElement("div");
  element.className = "legend";
  const low = document.createElement("span");
  const high = document.createElement("span");
  const bar = document.createElement("div");
  bar.className = "bar";
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  const zero = document.createElement("i");
  zero.className = "zero";
  zero.textContent = "0";
  const pointer = document.createElement("i");
  pointer.className = "pointer";
  bar.append(canvas, zero, pointer);
  element.append(low, bar, high);
  let scale = null;

  /** Show a scale, or for colour pictures those of red, green and blue. */
  function show(next, inColour) {
    scale = next;
    const levels = scale.table.length;
    const colours = inColour
      ? Object.values(TINTS).flatMap((tint) =>
          scale.table.map((_, level) => tinted(tint, level / (levels - 1))),
        )
      : scale.table;
    canvas.width = levels;
    canvas.height = colours.length / levels;
    const pen = canvas.getContext("2d");
    const pixels = pen.createImageData(canvas.width, canvas.height);
    colours.forEach((colour, index) => pixels.data.set([...colour, 255], 4 * index));
    pen.putImageData(pixels, 0, 0);
    low.textContent = plain(scale.low);
    high.textContent = plain(scale.high);
    zero.hidden = scale.kind !== "signed";
    pointer.hidden = inColour; // three values at once have no one place
  }

  function point(value) {
    const place = (value - scale.low) / (scale.high - scale.low);
    pointer.style.left = `${100 * Math.max(0, Math.min(1, place))}%`;
  }
  return { element, show, point };
}
