/** Canvases: making, sizing, and the few shapes that every painter uses. */

/** An empty canvas of this many pixels; a new size costs a new allocation, so only if it must. */
function resized(canvas, width, height) {
  const [columns, rows] = [Math.max(1, width), Math.max(1, height)];
  if (canvas.width === columns && canvas.height === rows) {
    const context = canvas.getContext("2d");
    context.resetTransform();
    context.clearRect(0, 0, columns, rows);
  } else {
    canvas.width = columns;
    canvas.height = rows;
  }
}

/** A canvas for a width and height in CSS pixels, sharp on this screen; its context draws in them. */
export function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  resized(canvas, Math.round(width * ratio), Math.round(height * ratio));
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
  return context;
}

const tiles = new Map();

function hatchTile(colour) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.strokeStyle = colour;
  pen.lineWidth = 1.4;
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift - 1, 9);
    pen.lineTo(shift + 9, -1);
  }
  pen.stroke();
  return tile;
}

/** A pattern of diagonal lines: what is not part of the picture. */
export function hatch(pen, colour) {
  if (!tiles.has(colour)) tiles.set(colour, hatchTile(colour));
  return pen.createPattern(tiles.get(colour), "repeat");
}

/** A rectangle's outline with a halo, so that it shows on any picture. */
export function outline(context, { x, y, width, height }, colour, halo, thickness) {
  context.lineJoin = "round";
  context.strokeStyle = halo;
  context.globalAlpha = 0.75;
  context.lineWidth = thickness + 2.5;
  context.strokeRect(x, y, width, height);
  context.globalAlpha = 1;
  context.strokeStyle = colour;
  context.lineWidth = thickness;
  context.strokeRect(x, y, width, height);
}

/** The rectangle grown around its middle to at least `least` in both directions. */
export function atLeast(rectangle, least) {
  const growX = Math.max(0, least - rectangle.width) / 2;
  const growY = Math.max(0, least - rectangle.height) / 2;
  return {
    x: rectangle.x - growX,
    y: rectangle.y - growY,
    width: rectangle.width + 2 * growX,
    height: rectangle.height + 2 * growY,
  };
}

/** Text centred on a point. */
export function centred(context, text, x, y) {
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, x, y);
}

/** Three stacked canvases: pixels at data resolution, marks that stay, marks that move. */
export function createView(name) {
  const element = document.createElement("div");
  element.className = `view ${name}`;
  const canvases = ["pixels", "marks", "moving"].map((layer) => {
    const canvas = document.createElement("canvas");
    canvas.className = layer;
    canvas.setAttribute("aria-hidden", "true");
    element.append(canvas);
    return canvas;
  });
  const [pixels, marks, moving] = canvases;
  moving.removeAttribute("aria-hidden");
  moving.setAttribute("role", "img");
  return { element, pixels, marks, moving, width: 0, height: 0, cell: 1 };
}

/**
 * Give a view the size `fit` found, and its pixel canvas the resolution of what it shows.
 * @param {number[][]} range [low, high) of the rows and of the columns shown: an input's begin below
 *   zero where it has padding
 */
export function resizeView(view, fitted, [[top, bottom], [left, right]]) {
  Object.assign(view, fitted, { top, left, rows: bottom - top, columns: right - left });
  view.element.style.width = `${fitted.width}px`;
  view.element.style.height = `${fitted.height}px`;
  resized(view.pixels, view.columns, view.rows);
  view.marksPen = sized(view.marks, fitted.width, fitted.height);
  view.movingPen = sized(view.moving, fitted.width, fitted.height);
}

/** The row and column of a view under a pointer, in the coordinates it shows, or null outside. */
export function cellUnder(view, event) {
  const { left, top, width, height } = view.element.getBoundingClientRect();
  const column = Math.floor(((event.clientX - left) / width) * view.columns);
  const row = Math.floor(((event.clientY - top) / height) * view.rows);
  const outside = row < 0 || row >= view.rows || column < 0 || column >= view.columns;
  return outside ? null : [row + view.top, column + view.left];
}
