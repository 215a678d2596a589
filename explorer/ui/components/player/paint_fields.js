/** Drawing the input with its window and the output as it fills. */

import { colourOf, colourPixels, inkOn, mapPixels } from "./colour.js";
import { fitted } from "./format.js";
import { filledRectangles } from "./geometry.js";
import { atLeast, centred, hatch, outline } from "./surface.js";

export const NUMBERED_FROM = 30; // CSS pixels of a cell from which its number is written into it
const GRID_FROM = 10; // smaller cells would drown in lines
const CELL_LINES_FROM = 6;
const LOUPE_BELOW = 9; // cells smaller than this get a magnified inset around the window
const LOUPE_CELLS = 9;

/** A field's first map, or all three planes of a colour picture, as an ImageData. */
export function fieldImage(field, colour, scale, map = 0) {
  const [, rows, columns] = field.shape;
  const plane = rows * columns;
  const pixels = colour
    ? colourPixels(field.values)
    : mapPixels(scale, field.values.subarray(map * plane, (map + 1) * plane));
  return new ImageData(pixels, columns, rows);
}

function grid(pen, view, theme) {
  if (view.cell < GRID_FROM) return;
  pen.strokeStyle = theme.dark ? "rgb(255 255 255 / 14%)" : "rgb(0 0 0 / 14%)";
  pen.lineWidth = 1;
  pen.beginPath();
  for (let column = 1; column < view.columns; column++) {
    pen.moveTo(column * view.cell, 0);
    pen.lineTo(column * view.cell, view.height);
  }
  for (let row = 1; row < view.rows; row++) {
    pen.moveTo(0, row * view.cell);
    pen.lineTo(view.width, row * view.cell);
  }
  pen.stroke();
}

const numberFont = (cell, theme) => `${Math.max(12, Math.min(16, cell * 0.32))}px ${theme.font}`;

/** The input that stays: picture, hatched padding, grid, and numbers where there is room. */
export function paintInput(view, scene, scale, theme) {
  const [[top], [left]] = scene.window.padding;
  const [, rows, columns] = scene.input.shape;
  const picture = fieldImage(scene.input, scene.colour, scale);
  view.pixels.getContext("2d").putImageData(picture, left, top);
  const pen = view.marksPen;
  const { cell, width, height } = view;
  const inner = { x: left * cell, y: top * cell, width: columns * cell, height: rows * cell };
  pen.clearRect(0, 0, width, height);
  pen.save();
  pen.beginPath();
  pen.rect(0, 0, width, height);
  pen.rect(inner.x, inner.y, inner.width, inner.height);
  pen.clip("evenodd");
  pen.fillStyle = hatch(pen, theme.padding);
  pen.fillRect(0, 0, width, height);
  pen.restore();
  grid(pen, view, theme);
  if (!scene.colour && cell >= NUMBERED_FROM) paintInputNumbers(pen, view, scene, scale, theme);
}

function paintInputNumbers(pen, view, scene, scale, theme) {
  const [[top], [left]] = scene.window.padding;
  const [, rows, columns] = scene.input.shape;
  pen.font = numberFont(view.cell, theme);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = scene.input.values[row * columns + column];
      pen.fillStyle = inkOn(colourOf(scale, value));
      const [x, y] = [(column + left + 0.5) * view.cell, (row + top + 0.5) * view.cell];
      centred(pen, fitted(value, Math.floor(view.cell / 7)), x, y);
    }
  }
}

/** The rectangle around the cells read, in the view's pixels. */
export function windowRectangle(cells, cell) {
  const [rows, columns] = cells;
  const extent = (along) => (along[along.length - 1] - along[0] + 1) * cell;
  return {
    x: columns[0] * cell,
    y: rows[0] * cell,
    width: extent(columns),
    height: extent(rows),
  };
}

function paintCells(pen, cells, cell, theme, origin = [0, 0]) {
  pen.fillStyle = theme.kernel;
  pen.strokeStyle = theme.kernel;
  pen.lineWidth = Math.min(2, Math.max(1, cell / 8));
  for (const row of cells[0]) {
    for (const column of cells[1]) {
      const [x, y] = [(column - origin[1]) * cell, (row - origin[0]) * cell];
      pen.globalAlpha = 0.3;
      pen.fillRect(x, y, cell, cell);
      pen.globalAlpha = 1;
      if (cell >= CELL_LINES_FROM) pen.strokeRect(x, y, cell, cell);
    }
  }
}

/** The window where it is now; on pictures of many cells, magnified in a corner too. */
export function paintWindow(view, scene, cells, theme) {
  const pen = view.movingPen;
  pen.clearRect(0, 0, view.width, view.height);
  paintCells(pen, cells, view.cell, theme);
  const rectangle = windowRectangle(cells, view.cell);
  outline(pen, atLeast(rectangle, 9), theme.kernel, theme.background, 2.5);
  if (view.cell < LOUPE_BELOW) paintLoupe(view, cells, theme);
}

function paintLoupe(view, cells, theme) {
  const pen = view.movingPen;
  const reach = cells.map((along) => along[along.length - 1] - along[0] + 1);
  const shown = Math.max(LOUPE_CELLS, Math.max(...reach) + 4);
  const side = Math.round(Math.min(150, view.width * 0.36, view.height * 0.46));
  const cell = side / shown;
  const first = cells.map((along, axis) => along[0] - Math.floor((shown - reach[axis]) / 2));
  // Below while the window is in the upper half and above while it is in the lower: one jump a pass.
  const upper = cells[0][0] + reach[0] / 2 < view.rows / 2;
  const x = view.width - side - 8;
  const y = upper ? view.height - side - 8 : 8;
  pen.save();
  pen.translate(x, y);
  pen.beginPath();
  pen.rect(0, 0, side, side);
  pen.clip();
  pen.fillStyle = theme.background;
  pen.fillRect(0, 0, side, side);
  pen.imageSmoothingEnabled = false;
  pen.fillStyle = view.hatching ??= hatch(pen, theme.padding);
  const [fieldX, fieldY] = [-first[1] * cell, -first[0] * cell];
  pen.fillRect(fieldX, fieldY, view.columns * cell, view.rows * cell);
  pen.drawImage(view.pixels, fieldX, fieldY, view.columns * cell, view.rows * cell);
  paintCells(pen, cells, cell, theme, first);
  pen.restore();
  outline(pen, { x, y, width: side, height: side }, theme.kernel, theme.background, 2);
}

/** The output's grid. */
export function paintOutputGrid(view, theme) {
  view.marksPen.clearRect(0, 0, view.width, view.height);
  grid(view.marksPen, view, theme);
}

/** Show the cells of steps before `to`, changing only what differs from `from`. */
export function paintFilled(view, image, from, to) {
  const pen = view.pixels.getContext("2d");
  for (const { x, y, width, height } of filledRectangles(Math.min(from, to), Math.max(from, to), view.columns)) {
    if (to > from) pen.putImageData(image, 0, 0, x, y, width, height);
    else pen.clearRect(x, y, width, height);
  }
}

/** The current cell, and the numbers of all filled cells where there is room. */
export function paintCurrent(view, scene, scale, step, filled, theme) {
  const pen = view.movingPen;
  const { cell, columns } = view;
  pen.clearRect(0, 0, view.width, view.height);
  const numbered = cell >= NUMBERED_FROM && (!scene.colour || scene.operation === "convolution");
  if (numbered) paintOutputNumbers(pen, view, scene, scale, filled, theme);
  const rectangle = outputRectangle(step, view);
  outline(pen, atLeast(rectangle, 8), theme.output, theme.background, 3);
}

function paintOutputNumbers(pen, { cell, columns }, scene, scale, filled, theme) {
  pen.font = numberFont(cell, theme);
  for (let index = 0; index < filled; index++) {
    const value = scene.output.values[index];
    pen.fillStyle = inkOn(colourOf(scale, value));
    const [x, y] = [((index % columns) + 0.5) * cell, (Math.floor(index / columns) + 0.5) * cell];
    centred(pen, fitted(value, Math.floor(cell / 7)), x, y);
  }
}

/** The rectangle of one output cell, in the view's pixels. */
export function outputRectangle(step, { cell, columns }) {
  const [row, column] = [Math.floor(step / columns), step % columns];
  return { x: column * cell, y: row * cell, width: cell, height: cell };
}
