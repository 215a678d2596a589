/** The panel of a field: its caption, picture, scale, slices, and a row of maps or channels. */

import { createChips } from "./chips.js";
import { createLegend } from "./legend.js";
import { createPanel } from "./panel.js";
import { fit, fitRow } from "./plan.js";
import { createSlices } from "./slices.js";
import { createView, resizeView } from "./surface.js";

const LARGEST_CELL = 72; // CSS pixels

/** How high a picture of so many rows may become. */
export const tallest = (rows) => rows * LARGEST_CELL;

/** Rows and columns of cells per axis, without the depth. */
export const flat = (cells) => cells.slice(1);

/** The cell in the middle of those along an axis; `otherwise` where there are none. */
export const middle = (along, otherwise) => along[Math.floor(along.length / 2)] ?? otherwise;

export class Side {
  /** `name` is "input" or "output"; `choose(index)` is called with the chosen map or channel. */
  constructor(name, title, choose) {
    this.name = name;
    Object.assign(this, createPanel(name, title));
    this.view = createView(name);
    this.legend = createLegend();
    this.slices = createSlices(name);
    this.chips = createChips(name === "input" ? "channels" : "maps", choose);
    this.box = document.createElement("div");
    this.box.className = "box";
    this.box.append(this.view.element);
    this.element.append(
      this.box,
      this.legend.element,
      this.slices.element,
      this.chips.element,
    );
    this.images = new Map();
    this.slice = 0;
  }

  /** Forget what was painted: colours or the scene are others. */
  forget() {
    this.images.clear();
    this.painted = null;
  }

  /** Made once for a key, until `forget`. */
  image(key, make) {
    if (!this.images.has(key)) this.images.set(key, make());
    return this.images.get(key);
  }

  /**
   * Give view and slices their size in a box.
   * @param {number[][]} range [low, high) per axis of what is shown
   * @param {{columns: number, picture: {width: number, height: number}}} plan
   */
  resize(range, { columns, picture }) {
    const [rows, across] = flat(range).map(([low, high]) => high - low);
    const width = Math.min(picture.width, across * LARGEST_CELL);
    const height = Math.min(picture.height, rows * LARGEST_CELL);
    const alone = rows === 1 && columns === 1;
    const size = alone ? fitRow(across, width) : fit(across, rows, width, height);
    resizeView(this.view, size, flat(range));
    this.slices.layout(picture.width, range[0], rows, across);
    this.element.style.width = `${picture.width}px`; // also when chips or legend would need more
    this.box.style.width = `${picture.width}px`;
    this.box.style.height = `${Math.max(size.height, picture.height)}px`;
    this.painted = null;
  }

  /** A clean layer of the view to paint on. */
  cleared(pen) {
    pen.clearRect(0, 0, this.view.width, this.view.height);
    return pen;
  }

  /**
   * Draw the picture, its scale and its slices with another pen, in the stage's pixels.
   * @param {Function} placeOf an element's rectangle there
   * @param {Function} paintMarks what lies over the pixels, in the view's own
   */
  draw(pen, placeOf, theme, paintMarks) {
    const { view } = this;
    const { x, y } = placeOf(view.element);
    pen.save();
    pen.translate(x, y);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(view.pixels, 0, 0, view.width, view.height);
    pen.strokeStyle = theme[this.name];
    pen.lineWidth = 2;
    pen.strokeRect(-1, -1, view.width + 2, view.height + 2);
    paintMarks(pen);
    pen.restore();
    this.legend.draw(pen, placeOf(this.legend.element), theme);
    if (this.slices.element.hidden) return;
    const canvas = this.slices.element.querySelector("canvas");
    const place = placeOf(canvas);
    pen.drawImage(canvas, place.x, place.y, place.width, place.height);
  }
}
