/** The pictures of one layer in a row, with their scale. */

import { scaleOf } from "../feature_maps/scale.js";
import { colourOf, colourPixels, css, mapPixels, signedScale } from "../player/colour.js";
import { colourOfWeights, shapeText, valuesOf } from "./moments.js";
import { element } from "./page.js";

const SIDE = 56; // pixels of a picture, or less: whole pixels a cell
const VALUES = { widest: 16, narrowest: 4, height: 18, room: 380 };
const STOPS = 9;

/** Width and height on screen of a picture of so many cells. */
export function sizeOf(rows, columns) {
  if (rows === 1 && columns > 1) {
    const cell = Math.max(VALUES.narrowest, Math.min(VALUES.widest, Math.floor(VALUES.room / columns)));
    return [columns * cell, VALUES.height];
  }
  const scale = SIDE / Math.max(rows, columns);
  const cell = scale >= 1 ? Math.floor(scale) : scale;
  return [Math.max(8, columns * cell), Math.max(8, rows * cell)];
}

const decimals = (limit) => Math.max(0, Math.min(4, 1 - Math.floor(Math.log10(limit || 1))));
const written = (value, limit) => value.toFixed(decimals(limit)).replace("-", "−");

export class PlanesView {
  /** `weights` are shown around 0 whatever they are; `noun` is what one picture is called. */
  constructor(planes, { noun, weights }) {
    this.weights = weights;
    const [count, channels, rows, columns] = planes.shape;
    this.colours = weights && channels === 3;
    const [width, height] = sizeOf(rows, columns);
    this.canvases = Array.from({ length: count }, () => {
      const canvas = document.createElement("canvas");
      canvas.width = columns;
      canvas.height = rows;
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
      return canvas;
    });
    this.bar = element("span", "bar");
    this.ends = [element("span", "end"), element("span", "end")];
    const name = element("b", "", planes.layer);
    const head = element("div", "layer", name, ` ${planes.kind} · ${shapeText(planes, noun)}`);
    const tiles = element("div", "tiles", ...this.canvases);
    tiles.setAttribute("role", "img");
    tiles.setAttribute("aria-label", `${planes.layer}: ${shapeText(planes, noun)}`);
    const scale = this.colours
      ? element("div", "scale", "grey is 0; brighter: above, darker: below, up to ±", this.ends[1])
      : element("div", "scale", this.ends[0], this.bar, this.ends[1]);
    this.element = element("div", "planes", head, tiles, scale);
  }

  /** Show planes on a scale from `low` to `high`. */
  paint(planes, [low, high], dark) {
    const scale = this.weights ? signedScale([low, high], dark) : scaleOf(low, high, dark);
    const [, , rows, columns] = planes.shape;
    this.canvases.forEach((canvas, picture) => {
      const values = valuesOf(planes, picture);
      const pixels = this.colours
        ? colourPixels(colourOfWeights(values, scale.high))
        : mapPixels(scale, values);
      canvas.getContext("2d").putImageData(new ImageData(pixels, columns, rows), 0, 0);
    });
    const stops = Array.from({ length: STOPS }, (_, stop) =>
      css(colourOf(scale, scale.low + (stop / (STOPS - 1)) * (scale.high - scale.low))),
    );
    this.bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    this.ends[0].textContent = written(scale.low, scale.high);
    this.ends[1].textContent = written(scale.high, scale.high);
  }
}
