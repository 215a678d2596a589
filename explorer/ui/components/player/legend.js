/** The scale under a panel: which colour means which value, and where the current value lies. */

import { TINTS, tinted } from "./colour.js";
import { plain } from "./format.js";

const grouped = new Intl.NumberFormat("en");

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
  const clipped = document.createElement("span");
  clipped.className = "clipped";
  element.append(low, bar, high, clipped);
  let scale = null;

  /** Show a scale, or for colour pictures those of red, green and blue, which end at 0 and 1. */
  function show(next, inColour, values) {
    scale = inColour ? { ...next, low: 0, high: 1 } : next;
    const beyond = inColour ? values.reduce((count, value) => count + (value < 0 || value > 1), 0) : 0;
    clipped.textContent = beyond ? `${grouped.format(beyond)} values beyond 0 to 1 are clipped` : "";
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
    zero.hidden = inColour || scale.kind !== "signed";
    pointer.hidden = inColour; // three values at once have no one place
  }

  /** Where a value lies, or with null nowhere. */
  function point(value) {
    pointer.style.visibility = value === null ? "hidden" : "";
    const place = (value - scale.low) / (scale.high - scale.low);
    pointer.style.left = `${100 * Math.max(0, Math.min(1, place))}%`;
  }

  /** The scale with another pen, where the element lies. */
  function draw(pen, { x, y, width }, theme) {
    const bar = Math.min(200, width - 120);
    const left = x + (width - bar) / 2;
    pen.imageSmoothingEnabled = false;
    pen.drawImage(canvas, left, y + 3, bar, 10);
    pen.font = `13px ${theme.font}`;
    pen.fillStyle = theme.text;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    pen.fillText(low.textContent, left - 8, y + 8);
    pen.textAlign = "left";
    pen.fillText(high.textContent, left + bar + 8, y + 8);
    pen.textAlign = "center";
    if (!zero.hidden) pen.fillText("0", left + bar / 2, y + 21);
  }
  return { element, show, point, draw };
}
