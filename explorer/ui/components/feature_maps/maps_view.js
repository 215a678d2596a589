/** The maps of a layer as a grid of pictures, with a mark at the same unit in each. */

import { mapPixels } from "../player/colour.js";
import { planeOf } from "./blob.js";
import { scaleOf } from "./scale.js";

const GAP = 8;
const SIDES = [[1, 300], [2, 240], [4, 180], [9, 132], [16, 104], [36, 84], [Infinity, 68]];

/** How wide a tile is for so many maps of a shape in a width: whole pixels a cell where it can. */
export function tileSize(count, rows, columns, width) {
  const most = Math.min(width, SIDES.find(([upTo]) => count <= upTo)[1]);
  const scale = Math.min(most / columns, most / rows);
  const cell = scale >= 1 ? Math.floor(scale) : scale;
  return { width: Math.max(8, columns * cell), height: Math.max(rows === 1 ? 16 : 2, rows * cell) };
}

export class MapsView {
  /** `point(map, row, column)` and `pin(...)` are called with cells of the layer. */
  constructor({ point, pin }) {
    this.element = document.createElement("div");
    this.element.className = "grid";
    this.element.addEventListener("pointermove", (event) => this.at(event, point));
    this.element.addEventListener("pointerdown", (event) => event.pointerType !== "mouse" && this.at(event, point));
    this.element.addEventListener("click", (event) => this.at(event, pin));
  }

  at(event, tell) {
    const tile = event.target.closest?.(".tile");
    if (!tile) return;
    const box = tile.firstChild.getBoundingClientRect();
    const [, rows, columns] = this.maps.cells;
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows);
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    if (row < 0 || row >= rows || column < 0 || column >= columns) return;
    tell(Number(tile.dataset.map), row, column);
  }

  take(maps) {
    this.maps = maps;
    const [count] = maps.codes.shape;
    this.tiles = Array.from({ length: count }, (_, map) => {
      const tile = document.createElement("figure");
      tile.className = "tile";
      tile.dataset.map = String(map);
      const frame = document.createElement("div");
      const canvas = document.createElement("canvas");
      canvas.setAttribute("aria-hidden", "true"); // the unit is told in words
      const mark = document.createElement("i");
      frame.append(canvas, mark);
      const caption = document.createElement("figcaption");
      caption.textContent = String(map + 1);
      tile.append(frame, caption);
      return tile;
    });
    this.element.replaceChildren(...this.tiles);
  }

  layout(width) {
    const [count] = this.maps.codes.shape;
    const [, rows, columns] = this.maps.cells;
    const size = tileSize(count, rows, columns, width);
    this.element.style.gap = `${GAP}px`;
    for (const tile of this.tiles) {
      tile.firstChild.style.width = `${size.width}px`;
      tile.firstChild.style.height = `${size.height}px`;
    }
    this.element.style.setProperty("--cell-width", `${(100 * 1) / columns}%`);
    this.element.style.setProperty("--cell-height", `${(100 * 1) / rows}%`);
  }

  /** The scale of a map: the layer's, or its own. */
  scale(map, own, dark) {
    const { low, high, lows, highs } = this.maps;
    const signed = low < 0;
    if (!own) return scaleOf(low, high, dark);
    const [from, to] = [lows.values[map], highs.values[map]];
    return signed ? scaleOf(-Math.max(-from, to), Math.max(-from, to), dark) : scaleOf(0, to, dark);
  }

  paint(slice, own, dark) {
    const [, , rows, columns] = this.maps.codes.shape;
    const at = Math.floor(slice / this.maps.step);
    this.tiles.forEach((tile, map) => {
      const canvas = tile.querySelector("canvas");
      canvas.width = columns;
      canvas.height = rows;
      const pixels = mapPixels(this.scale(map, own, dark), planeOf(this.maps, map, at));
      canvas.getContext("2d").putImageData(new ImageData(pixels, columns, rows), 0, 0);
    });
  }

  /** Mark a unit in every map, and its own map. */
  mark(map, [, row, column], pinned) {
    const [, rows, columns] = this.maps.cells;
    const { style } = this.element;
    style.setProperty("--left", `${(100 * column) / columns}%`);
    style.setProperty("--top", `${(100 * row) / rows}%`);
    this.current?.classList.remove("current", "pinned");
    this.current = this.tiles[map];
    this.current.classList.add("current");
    this.current.classList.toggle("pinned", pinned);
  }
}
