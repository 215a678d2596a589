/** The sample picture, and on it what a unit looks at; the part in the padding is hatched. */

import { atLeast, hatch, outline, sized } from "../player/surface.js";
import { reachAlong } from "./field.js";

const MOST_MARGIN = 0.45; // of a side: padding beyond it is not drawn
const THINNEST = 18; // pixels of a row of values
const TALLEST = 320;
const ZOOM = 120; // pixels of the enlarged part

function pixelsOf({ picture }, slice) {
  const [, rows, columns] = picture.shape;
  const image = new ImageData(columns, rows);
  const start = slice * rows * columns * 3;
  for (let index = 0; index < rows * columns; index++) {
    for (let channel = 0; channel < 3; channel++) {
      image.data[4 * index + channel] = picture.values[start + 3 * index + channel];
    }
    image.data[4 * index + 3] = 255;
  }
  const canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = rows;
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

export class PictureView {
  constructor() {
    this.element = document.createElement("figure");
    this.element.className = "sample";
    this.caption = document.createElement("figcaption");
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    this.zoomed = document.createElement("div");
    this.zoomed.className = "zoomed";
    this.zoomCanvas = document.createElement("canvas");
    this.zoomCanvas.setAttribute("aria-hidden", "true");
    const words = document.createElement("p");
    words.textContent = "What this unit sees";
    this.zoomed.append(words, this.zoomCanvas);
    this.element.append(this.caption, this.canvas);
    this.planes = new Map();
  }

  take(maps) {
    this.maps = maps;
    this.planes.clear();
    this.caption.textContent = maps.picture_title;
    this.canvas.setAttribute("aria-label", `The sample picture: ${maps.picture_title}`);
  }

  /** Sizes for a width in CSS pixels. */
  layout(width) {
    const [, rows, columns] = this.maps.picture_size;
    const cells = this.maps.cells;
    const margins = [1, 2].map((axis) => {
      const length = this.maps.picture_size[axis];
      const reach = reachAlong(this.maps.field?.[axis], cells[axis], length);
      const most = Math.ceil(MOST_MARGIN * length);
      return { before: Math.min(most, reach.before), after: Math.min(most, reach.after) };
    });
    const [high, wide] = [rows, columns].map((n, at) => n + margins[at].before + margins[at].after);
    const scale = Math.min(width / wide, TALLEST / high);
    this.scale = { x: scale, y: Math.max(scale, Math.min(THINNEST / high, THINNEST)) };
    this.origin = { x: margins[1].before * this.scale.x, y: margins[0].before * this.scale.y };
    this.size = { width: Math.round(wide * this.scale.x), height: Math.round(high * this.scale.y) };
    this.pen = sized(this.canvas, this.size.width, this.size.height);
  }

  plane(slice) {
    if (!this.planes.has(slice)) this.planes.set(slice, pixelsOf(this.maps, slice));
    return this.planes.get(slice);
  }

  rectangle([rows, columns], inside) {
    const [low, high] = inside ? ["from", "to"] : ["first", "stop"];
    return {
      x: this.origin.x + columns[low] * this.scale.x,
      y: this.origin.y + rows[low] * this.scale.y,
      width: (columns[high] - columns[low]) * this.scale.x,
      height: (rows[high] - rows[low]) * this.scale.y,
    };
  }

  /** Draw with the field `seen` ([slices, rows, columns] of fieldOf). */
  draw(seen, theme, pinned) {
    const { pen, size, maps } = this;
    const [, rows, columns] = maps.picture_size;
    const [slices, ...flat] = seen;
    const middle = Math.floor((slices.from + slices.to - 1) / 2);
    const slice = Math.max(0, Math.min(maps.picture.shape[0] - 1, Math.floor(middle / maps.picture_step)));
    const whole = { x: this.origin.x, y: this.origin.y, width: columns * this.scale.x, height: rows * this.scale.y };
    pen.clearRect(0, 0, size.width, size.height);
    pen.imageSmoothingEnabled = false;
    const image = this.plane(slice);
    pen.drawImage(image, whole.x, whole.y, whole.width, whole.height);
    const outer = this.rectangle(flat, false);
    const inner = this.rectangle(flat, true);
    if (maps.field) {
      // What is not looked at steps back.
      pen.save();
      pen.beginPath();
      pen.rect(whole.x, whole.y, whole.width, whole.height);
      pen.rect(inner.x, inner.y, inner.width, inner.height);
      pen.globalAlpha = 0.55;
      pen.fillStyle = theme.background;
      pen.fill("evenodd");
      pen.beginPath();
      pen.rect(outer.x, outer.y, outer.width, outer.height);
      pen.rect(whole.x, whole.y, whole.width, whole.height);
      pen.clip("evenodd");
      pen.globalAlpha = 1;
      pen.fillStyle = hatch(pen, theme.padding);
      pen.fillRect(outer.x, outer.y, outer.width, outer.height);
      pen.clearRect(whole.x, whole.y, 0, 0);
      pen.restore();
    }
    outline(pen, { x: whole.x + 1, y: whole.y + 1, width: whole.width - 2, height: whole.height - 2 }, theme.input, theme.background, 2);
    outline(pen, atLeast(outer, 3), theme.kernel, theme.background, pinned ? 3 : 2);
    this.drawZoom(image, flat, theme);
  }

  /** The part that is looked at, enlarged. */
  drawZoom(image, [rows, columns], theme) {
    const { maps } = this;
    const [, high, wide] = maps.picture_size;
    const cells = { rows: rows.stop - rows.first, columns: columns.stop - columns.first };
    const worth = maps.field && cells.rows * cells.columns > 1 && (cells.rows < high || cells.columns < wide) && high > 1;
    this.zoomed.hidden = !worth;
    if (!worth) return;
    const scale = ZOOM / Math.max(cells.rows, cells.columns);
    const pen = sized(this.zoomCanvas, cells.columns * scale, cells.rows * scale);
    pen.fillStyle = hatch(pen, theme.padding);
    pen.fillRect(0, 0, cells.columns * scale, cells.rows * scale);
    pen.imageSmoothingEnabled = false;
    const step = maps.picture_step;
    pen.drawImage(
      image,
      columns.from / step,
      rows.from / step,
      (columns.to - columns.from) / step,
      (rows.to - rows.from) / step,
      (columns.from - columns.first) * scale,
      (rows.from - rows.first) * scale,
      (columns.to - columns.from) * scale,
      (rows.to - rows.from) * scale,
    );
  }
}
