/** All slices of a volume in a row, with the window's cube marked in those it reaches. */

import { sized } from "./surface.js";

const GAP = 4;
const LABEL = 16;
const [SMALLEST, LARGEST] = [24, 76];

/** `name` is "input" or "output". */
export function createSlices(name) {
  const element = document.createElement("div");
  element.className = `slices ${name}`;
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  element.append(canvas);
  let plan = null;
  let tiles = [];

  /** Give it a width; `range` is [low, high) of the depths shown, padding below zero. */
  function layout(width, range, rows, columns) {
    const count = range[1] - range[0];
    element.hidden = count < 2;
    if (element.hidden) return;
    const most = Math.max(1, Math.floor((width + GAP) / (SMALLEST + GAP)));
    const perLine = Math.ceil(count / Math.ceil(count / most)); // lines of about the same length
    const side = Math.min(LARGEST, Math.floor((width + GAP) / perLine) - GAP);
    const scale = side / Math.max(rows, columns);
    const [tileWidth, tileHeight] = [columns * scale, rows * scale];
    const lines = Math.ceil(count / perLine);
    plan = { range, scale, tileWidth, tileHeight, perLine, step: tileWidth + GAP };
    plan.width = Math.min(count, perLine) * plan.step - GAP;
    plan.height = lines * (tileHeight + LABEL + GAP);
    plan.pen = sized(canvas, plan.width, plan.height);
    tiles = [];
  }

  const placeOf = (depth) => {
    const at = depth - plan.range[0];
    return {
      x: (at % plan.perLine) * plan.step,
      y: Math.floor(at / plan.perLine) * (plan.tileHeight + LABEL + GAP),
    };
  };

  function tileOf(depth, image) {
    const known = tiles[depth - plan.range[0]];
    if (known?.image === image) return known.canvas;
    const tile = document.createElement("canvas");
    tile.width = image.width;
    tile.height = image.height;
    tile.getContext("2d").putImageData(image, 0, 0);
    tiles[depth - plan.range[0]] = { image, canvas: tile };
    return tile;
  }

  /**
   * @param {number} depths of the field itself; beyond lies padding
   * @param {Function} imageOf image of a depth, or null where there is nothing yet
   * @param {{cells: number[][], shown: number, colour: string, label: string}} marks the cells of
   *   the window per axis with the depth, which slice is shown large, and the cube's colour
   */
  function show(depths, imageOf, { cells, shown, colour, label }, theme) {
    if (element.hidden) return;
    const { pen, scale, tileWidth, tileHeight, range } = plan;
    pen.clearRect(0, 0, plan.width, plan.height);
    pen.imageSmoothingEnabled = false;
    for (let depth = range[0]; depth < range[1]; depth++) {
      const { x, y } = placeOf(depth);
      const image = imageOf(depth);
      pen.fillStyle = theme.padding;
      pen.globalAlpha = image ? 1 : 0.25;
      if (image) pen.drawImage(tileOf(depth, image), x, y, tileWidth, tileHeight);
      else pen.fillRect(x, y, tileWidth, tileHeight);
      pen.globalAlpha = 1;
      if (cells[0].includes(depth)) frame(pen, cells, x, y, scale, colour);
      pen.fillStyle = theme.text;
      pen.font = `${depth === shown ? "600 " : ""}12px ${theme.font}`;
      pen.textAlign = "center";
      pen.textBaseline = "top";
      pen.fillText(depth < 0 || depth >= depths ? "pad" : String(depth + 1), x + tileWidth / 2, y + tileHeight + 2);
      if (depth !== shown) continue;
      pen.fillRect(x, y + tileHeight + LABEL - 1, tileWidth, 2);
    }
    canvas.setAttribute("aria-label", label);
  }

  function frame(pen, [, rows, columns], x, y, scale, colour) {
    const last = (along) => along[along.length - 1] + 1;
    pen.strokeStyle = colour;
    pen.lineWidth = 2;
    pen.strokeRect(
      x + Math.max(0, columns[0]) * scale,
      y + Math.max(0, rows[0]) * scale,
      Math.max(3, (last(columns) - columns[0]) * scale),
      Math.max(3, (last(rows) - rows[0]) * scale),
    );
  }
  return { element, layout, show };
}
