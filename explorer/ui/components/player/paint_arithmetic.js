/** Drawing the arithmetic of one step: patch × kernel = products, and how they add up. */

import { CELL, patchShape } from "./arithmetic.js";
import { TINTS, colourOf, css, inkOn, tinted } from "./colour.js";
import { fitted } from "./format.js";
import { isMaximum } from "./geometry.js";
import { channelsWritten } from "./ledger.js";
import { centred, hatch } from "./surface.js";

const HEADINGS = {
  patch: "input patch",
  value: "input cell",
  kernel: "kernel",
  products: "products",
  stamp: "stamp",
};
const SIGNS = { kernel: "×", products: "=", stamp: "=" };
/** What `planArithmetic` needs to know of a step like this one. */
export function arithmeticContent({ scene, stamps, lines: linesOf }, terms) {
  const [depth, rows, columns] = patchShape(scene);
  const weighted = Boolean(scene.weight);
  const whole = (role) => ({ role, rows, columns });
  const roles = !weighted
    ? [whole("patch")]
    : stamps
      ? [{ role: "value", rows: 1, columns: 1 }, whole("kernel"), whole("stamp")]
      : [whole("patch"), whole("kernel"), whole("products")];
  const several = terms.channels.length > 1;
  const lines = linesOf(terms);
  return {
    roles,
    rows: channelsWritten(terms.channels).flatMap(({ channel }, index) =>
      Array.from({ length: depth }, (_, slice) => ({
        channel: index,
        slice,
        label: [several && scene.channels[channel], depth > 1 && `depth ${slice + 1}`]
          .filter(Boolean)
          .join(" "),
      })),
    ),
    lines: lines.length,
    results: lines.filter(({ output }) => output !== undefined).length,
  };
}

/** The value's shade in its channel's own colour, or grey. */
function patchColour(name, value, scale) {
  const tint = TINTS[name];
  return tint ? tinted(tint, value) : colourOf(scale, value);
}

function paintGrid(pen, grid, plan, cellOf, frame) {
  const { cell } = plan;
  const characters = Math.floor((cell.width - 3) / 6.2);
  for (let index = 0; index < grid.count; index++) {
    const shown = cellOf(index);
    if (!shown) continue;
    const x = grid.x + (index % grid.columns) * cell.width;
    const y = grid.y + Math.floor(index / grid.columns) * cell.height;
    const { colour, value, fill, text } = shown;
    pen.fillStyle = fill ?? css(colour);
    pen.globalAlpha = fill ? 0.4 : 1; // a number is read through the hatching
    pen.fillRect(x, y, cell.width, cell.height);
    pen.globalAlpha = 1;
    if (!plan.numbered) continue;
    pen.fillStyle = fill ? frame.text : inkOn(colour);
    centred(pen, text ?? fitted(value, characters), x + cell.width / 2, y + cell.height / 2 + 0.5);
  }
  pen.strokeStyle = frame.lines;
  pen.lineWidth = 1;
  pen.beginPath();
  for (let column = 1; column < grid.columns; column++) {
    pen.moveTo(grid.x + column * cell.width, grid.y);
    pen.lineTo(grid.x + column * cell.width, grid.y + grid.height);
  }
  for (let y = cell.height; y < grid.height - 1; y += cell.height) {
    pen.moveTo(grid.x, grid.y + y);
    pen.lineTo(grid.x + grid.width, grid.y + y);
  }
  pen.stroke();
  pen.strokeStyle = frame.colour;
  pen.lineWidth = 2.5;
  pen.strokeRect(grid.x, grid.y, grid.width, grid.height);
}

/** What each cell of a patch shows. */
function patchCells(grid, scene, channel, scales, pattern) {
  const name = scene.channels[channel.channel];
  const from = grid.slice * grid.count;
  return (index) => {
    const value = channel.patch[from + index];
    const cell = channel.inside[from + index];
    if (cell === CELL.picture) return { colour: patchColour(name, value, scales.input), value };
    if (cell === CELL.none) return null;
    if (cell === CELL.beyond) return { fill: pattern, text: "" };
    return { fill: pattern, value, text: isMaximum(scene.operation) ? "−∞" : undefined };
  };
}

/** What each cell of a grid shows, by the grid's role. */
function cellsOf(grid, scene, terms, scales, pattern, hidden) {
  const channel = terms.channels[grid.channel];
  if (grid.role === "patch") return patchCells(grid, scene, channel, scales, pattern);
  if (grid.role === "value") {
    const name = scene.channels[channel.channel];
    const { value } = channel;
    return () => ({ colour: patchColour(name, value, scales.input), value });
  }
  const kernel = grid.role === "kernel";
  const values = kernel ? channel.weight : channel.products;
  const scale = kernel ? scales.weight : scales.products;
  const from = grid.slice * grid.count;
  if (hidden && !kernel) return () => ({ fill: pattern, text: "?" });
  return (index) => {
    const value = values[from + index];
    const unread = !kernel && channel.inside?.[from + index] > CELL.picture;
    return unread ? { fill: pattern, text: "" } : { colour: colourOf(scale, value), value };
  };
}

function paintFrame(pen, grid, plan, index, colour, theme) {
  const { cell } = plan;
  const x = grid.x + (index % grid.columns) * cell.width;
  const y = grid.y + Math.floor(index / grid.columns) * cell.height;
  pen.strokeStyle = theme.background;
  pen.lineWidth = 5;
  pen.strokeRect(x + 1, y + 1, cell.width - 2, cell.height - 2);
  pen.strokeStyle = colour;
  pen.lineWidth = 3;
  pen.strokeRect(x + 1, y + 1, cell.width - 2, cell.height - 2);
}

/** The cell that a result came from as it is, if one did and it lies in this grid. */
function winnerIn(grid, terms) {
  const { winner } = terms.channels[grid.channel];
  const index = winner - grid.slice * grid.count;
  return winner >= 0 && index >= 0 && index < grid.count ? index : null;
}

/**
 * Paint everything; also says where the first patch and the result lie, for the links.
 * @param {{plan: object, scene: object, terms: object, lines: object[], scales: object,
 *   hidden: boolean, marked: ?{row: number, index: number}}} shown `hidden` keeps products and results for oneself;
 *   `marked` frames one cell of every grid in a row
 * @returns {{patch: object, result: ?object, stamp: object}} rectangles in the canvas's pixels;
 *   `result` is null of a stamp, which finishes no cell
 */
export function paintArithmetic(pen, shown, theme) {
  const { plan, scene, terms, scales, hidden, marked } = shown;
  const lines = theme.dark ? "rgb(255 255 255 / 22%)" : "rgb(0 0 0 / 22%)";
  const frames = {
    patch: theme.input,
    value: theme.input,
    kernel: theme.kernel,
    products: theme.padding,
    stamp: theme.padding,
  };
  const font = `${Math.max(12, Math.min(15, plan.cell.width * 0.34))}px ${theme.font}`;
  const small = `13px ${theme.font}`;
  const pattern = hatch(pen, theme.padding);
  for (const grid of plan.grids) {
    if (!terms.channels[grid.channel]) continue;
    pen.font = font;
    const frame = { colour: frames[grid.role], lines, text: theme.text };
    paintGrid(pen, grid, plan, cellsOf(grid, scene, terms, scales, pattern, hidden), frame);
    const winner = grid.role === "patch" && !hidden ? winnerIn(grid, terms) : null;
    if (winner !== null) paintFrame(pen, grid, plan, winner, theme.output, theme);
    if (marked?.row === grid.row) {
      paintFrame(pen, grid, plan, grid.role === "value" ? 0 : marked.index, theme.text, theme);
    }
    pen.fillStyle = theme.text;
    if (grid.row === 0) {
      pen.font = small;
      centred(pen, HEADINGS[grid.role], grid.x + grid.width / 2, plan.headings);
    }
    if (SIGNS[grid.role]) {
      pen.font = `20px ${theme.font}`;
      centred(pen, SIGNS[grid.role], grid.x - plan.sign / 2, grid.y + grid.height / 2);
    }
    if (plan.label && grid.label && grid.role === plan.grids[0].role) {
      pen.font = small;
      pen.textBaseline = "middle";
      pen.textAlign = "right";
      pen.fillText(grid.label, grid.x - 9, grid.y + grid.height / 2);
    }
  }
  const result = paintLedger(pen, shown, theme);
  return { patch: plan.grids[0], result, stamp: plan.grids.at(-1) };
}

function paintLedger(pen, { plan, scene, terms, lines, scales, hidden }, theme) {
  const { x, width, line } = plan.ledger;
  let y = plan.ledger.y + 4;
  let result = null;
  for (const { label, text, output } of lines) {
    const isResult = output !== undefined;
    const middle = y + line / 2 + (isResult ? 3 : 0);
    pen.font = `${isResult ? "600 " : ""}15px ${theme.font}`;
    pen.textBaseline = "middle";
    pen.fillStyle = theme.text;
    pen.textAlign = "left";
    pen.fillText(label, x, middle);
    const box = { x: x + width - 76, y: y + 1, width: 76, height: line + 4 };
    if (isResult) {
      const colour = hidden ? null : resultColour(scene, terms, output, scales.output);
      pen.fillStyle = colour ? css(colour) : theme.background;
      pen.fillRect(box.x, box.y, box.width, box.height);
      pen.strokeStyle = theme.output;
      pen.lineWidth = 2.5;
      pen.strokeRect(box.x, box.y, box.width, box.height);
      pen.fillStyle = colour ? inkOn(colour) : theme.text;
      result = result ? { ...result, height: box.y + box.height - result.y } : box;
    }
    pen.textAlign = "right";
    pen.fillText(hidden && label !== "+ bias" ? "?" : text, x + width - 9, middle);
    y += line + (isResult ? 8 : 0);
  }
  return result;
}

function resultColour(scene, terms, output, scale) {
  const value = terms.outputs[output];
  const name = scene.weight ? "" : scene.channels[terms.channels[output]?.channel];
  return patchColour(name, value, scale);
}

/** The products' size at most: so that their colours mean the same at every step. */
export function largestProduct(scene) {
  const most = (values) =>
    values.reduce((found, value) => (Number.isFinite(value) ? Math.max(found, Math.abs(value)) : found), 0);
  return most(scene.input.values) * most(scene.weight.values) || 1;
}
