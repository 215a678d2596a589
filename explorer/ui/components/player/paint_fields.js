/**
 * Drawing the input with its window and the output as it fills.
 *
 * Painters draw with the pen they are given, a canvas's or one that collects SVG, in a view's pixels
 * and over what is there;
 * a view says which rows and columns it shows and how large a cell is (`resizeView`). Cells are
 * given per axis, [rows, columns], in the field's own coordinates: an input's padding lies below zero.
 */

import { colourOf, inkOn } from "./colour.js";
import { fitted } from "./format.js";
import { filledRectangles } from "./geometry.js";
import { planeOf } from "./images.js";
import { atLeast, centred, hatch, outline } from "./surface.js";

export const NUMBERED_FROM = 30; // CSS pixels of a cell from which its number is written into it
const GRID_FROM = 10; // smaller cells would drown in lines
const CELL_LINES_FROM = 6;
const LOUPE_BELOW = 9; // cells smaller than this get a magnified inset around the window
const LOUPE_CELLS = 9;
const [WINDOW_FILL, LINKED_FILL] = [0.3, 0.1]; // how much of the colour under it they cover
const MOST_FRAMED = 150; // cells of a closed area that are framed one by one
const MOST_MARKS = 20_000; // rectangles of one highlight; more cells than that are drawn as one

const xOf = (view, column) => (column - view.left) * view.cell;
const yOf = (view, row) => (row - view.top) * view.cellHeight;

/** The rectangle from the first to the last of the given cells, in the view's pixels. */
export function rectangleOf(view, [rows, columns]) {
  const count = (along) => along[along.length - 1] - along[0] + 1;
  return {
    x: xOf(view, columns[0]),
    y: yOf(view, rows[0]),
    width: count(columns) * view.cell,
    height: count(rows) * view.cellHeight,
  };
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
    pen.moveTo(0, row * view.cellHeight);
    pen.lineTo(view.width, row * view.cellHeight);
  }
  pen.stroke();
}

const numberFont = (cell, theme) => `${Math.max(12, Math.min(16, cell * 0.32))}px ${theme.font}`;

/** Numbers of a plane's first `count` cells, row by row. */
function numbers(pen, view, field, { map, slice, scale, count }, theme) {
  const [, , , columns] = field.shape;
  const { from, length } = planeOf(field, map, slice);
  pen.font = numberFont(view.cell, theme);
  for (let index = 0; index < Math.min(count, length); index++) {
    const value = field.values[from + index];
    pen.fillStyle = inkOn(colourOf(scale, value));
    const [row, column] = [Math.floor(index / columns), index % columns];
    const [x, y] = [xOf(view, column) + view.cell / 2, yOf(view, row) + view.cellHeight / 2];
    centred(pen, fitted(value, Math.floor(view.cell / 7)), x, y);
  }
}

/** Whether a view's cells have room for their numbers. */
export const isNumbered = (view, colour) => !colour && view.cell >= NUMBERED_FROM;

/**
 * What stays on the input: hatched padding (lighter where it repeats the picture), cells put in
 * between, cells that no window reads, the grid, and numbers where there is room.
 * @param {{scene: object, scale: object, map: number, slice: number, unread: number[]}} shown
 */
export function paintInput(pen, view, { scene, scale, map, slice, unread }, theme) {
  const { input, operation, stuffing } = scene;
  const [, depth, rows, columns] = input.shape;
  const hatched = hatch(pen, theme.padding);
  const within = slice >= 0 && slice < depth;
  const repeats = ["reflect", "replicate", "circular"].includes(operation.paddingMode);
  pen.save();
  pen.beginPath();
  pen.rect(0, 0, view.width, view.height);
  if (within) pen.rect(xOf(view, 0), yOf(view, 0), columns * view.cell, rows * view.cellHeight);
  pen.clip("evenodd");
  pen.fillStyle = hatched;
  pen.globalAlpha = repeats ? 0.55 : 1;
  pen.fillRect(0, 0, view.width, view.height);
  pen.restore();
  if (stuffing && within) paintStuffing(pen, view, scene, hatched);
  grid(pen, view, theme);
  paintUnread(pen, view, unread, theme);
  if (within && isNumbered(view, scene.colour)) {
    numbers(pen, view, input, { map, slice, scale, count: Infinity }, theme);
  }
}

/** The zeros between the cells of a zero-stuffed input. */
function paintStuffing(pen, view, { input, stuffing }, hatched) {
  if (view.cell < 3) return;
  const columns = input.shape[3];
  pen.fillStyle = hatched;
  stuffing.forEach((put, index) => {
    if (!put) return;
    const [row, column] = [Math.floor(index / columns), index % columns];
    pen.fillRect(xOf(view, column), yOf(view, row), view.cell, view.cellHeight);
  });
}

/** Rows at the bottom and columns at the right that no window reaches. */
function paintUnread(pen, view, [rows, columns], theme) {
  if (!rows && !columns) return;
  const [width, height] = [columns * view.cell, rows * view.cellHeight];
  pen.fillStyle = theme.error;
  pen.globalAlpha = 0.4;
  pen.fillRect(view.width - width, 0, width, view.height - height);
  pen.fillRect(0, view.height - height, view.width, height);
  pen.globalAlpha = 1;
}

const consecutive = (along) => along[along.length - 1] - along[0] + 1 === along.length;

/** Cells filled and framed one by one; as one rectangle where there are too many to tell apart. */
function paintCells(pen, view, [rows, columns], colour, fill = WINDOW_FILL) {
  if (!rows.length || !columns.length) return;
  pen.fillStyle = colour;
  pen.strokeStyle = colour;
  pen.lineWidth = Math.min(2, Math.max(1, view.cell / 8));
  const count = rows.length * columns.length;
  const closed = consecutive(rows) && consecutive(columns);
  const crowded = count > MOST_MARKS || view.cell < 2;
  if (crowded || (closed && (view.cell < CELL_LINES_FROM || count > MOST_FRAMED))) {
    const { x, y, width, height } = rectangleOf(view, [rows, columns]);
    pen.globalAlpha = fill;
    pen.fillRect(x, y, width, height);
    pen.globalAlpha = 1;
    return;
  }
  for (const row of rows) {
    for (const column of columns) {
      const [x, y] = [xOf(view, column), yOf(view, row)];
      pen.globalAlpha = fill;
      pen.fillRect(x, y, view.cell, view.cellHeight);
      pen.globalAlpha = 1;
      if (view.cell >= CELL_LINES_FROM) pen.strokeRect(x, y, view.cell, view.cellHeight);
    }
  }
}

/** The window (or the stamp) on a field; `cells` per axis without the depth. */
export function paintWindow(pen, view, cells, theme) {
  if (cells.some((along) => !along.length)) return;
  paintCells(pen, view, cells, theme.kernel);
  outline(pen, atLeast(rectangleOf(view, cells), 9), theme.kernel, theme.background, 2.5);
}

/** A single cell: where the result goes, or where the stamp comes from. */
export function paintCurrent(pen, view, cells, theme, colour = theme.output) {
  outline(pen, atLeast(rectangleOf(view, cells), 8), colour, theme.background, 3);
}

/** Cells that belong to what is pointed at elsewhere: framed, so that their colours stay readable. */
export function paintLinked(pen, view, cells, colour, theme) {
  if (cells.some((along) => !along.length)) return;
  paintCells(pen, view, cells, colour, LINKED_FILL);
  outline(pen, atLeast(rectangleOf(view, cells), 6), colour, theme.background, 1.5);
}

/** On pictures of many cells the window's surroundings, magnified in a corner. */
export function paintLoupe(pen, view, cells, theme) {
  if (view.cell >= LOUPE_BELOW || view.rows === 1 || cells.some((along) => !along.length)) return;
  const reach = cells.map((along) => along[along.length - 1] - along[0] + 1);
  const shown = Math.max(LOUPE_CELLS, Math.max(...reach) + 4);
  const side = Math.round(Math.min(150, view.width * 0.36, view.height * 0.46));
  const cell = side / shown;
  const first = cells.map((along, axis) => along[0] - Math.floor((shown - reach[axis]) / 2));
  // Below while the window is in the upper half and above while it is in the lower: one jump a pass.
  const upper = cells[0][0] + reach[0] / 2 < view.top + view.rows / 2;
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
  const [fieldX, fieldY] = [(view.left - first[1]) * cell, (view.top - first[0]) * cell];
  pen.fillStyle = hatch(pen, theme.padding);
  pen.fillRect(fieldX, fieldY, view.columns * cell, view.rows * cell);
  pen.drawImage(view.pixels, fieldX, fieldY, view.columns * cell, view.rows * cell);
  paintCells(pen, { cell, cellHeight: cell, top: first[0], left: first[1] }, cells, theme.kernel);
  pen.restore();
  outline(pen, { x, y, width: side, height: side }, theme.kernel, theme.background, 2);
}

/** What stays on the output: its grid. */
export const paintOutput = grid;

/** Numbers of the cells filled so far, where there is room; `field` and plane as in `planeOf`. */
export function paintOutputNumbers(pen, view, field, shown, theme) {
  numbers(pen, view, field, shown, theme);
}

/** Show the cells of a plane before `to`, changing only what differs from `from`. */
export function paintFilled(view, image, from, to) {
  const pen = view.pixels.getContext("2d");
  const changed = filledRectangles(Math.min(from, to), Math.max(from, to), view.columns);
  for (const { x, y, width, height } of changed) {
    if (to > from) pen.putImageData(image, 0, 0, x, y, width, height);
    else pen.clearRect(x, y, width, height);
  }
}
