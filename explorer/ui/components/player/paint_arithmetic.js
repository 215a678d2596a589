/** Drawing the arithmetic of one cell: patch × kernel = products, and how they add up. */

import { TINTS, colourOf, css, inkOn, tinted } from "./colour.js";
import { fitted } from "./format.js";
import { ledgerLines } from "./ledger.js";
import { centred, hatch } from "./surface.js";

const HEADINGS = { patch: "input patch", kernel: "kernel", products: "products" };
const SIGNS = { kernel: "×", products: "=" };

/** The value's shade in its channel's own colour, or grey. */
function patchColour(name, value, scale) {
  const tint = TINTS[name];
  return tint ? tinted(tint, value) : colourOf(scale, value);
}

function paintGrid(pen, grid, plan, columns, cellOf, frame) {
  const { cell } = plan;
  const count = Math.round((grid.width / cell.width) * (grid.height / cell.height));
  const characters = Math.floor((cell.width - 3) / 6.2);
  for (let index = 0; index < count; index++) {
    const x = grid.x + (index % columns) * cell.width;
    const y = grid.y + Math.floor(index / columns) * cell.height;
    const { colour, value, fill, text } = cellOf(index);
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
  for (let column = 1; column < columns; column++) {
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

/** What each cell of a grid shows, by the grid's role. */
function cellsOf(grid, scene, channel, scales, patterns) {
  if (grid.role === "patch") {
    const padding = scene.operation === "max" ? "−∞" : "0";
    return (index) =>
      channel.inside[index]
        ? {
            colour: patchColour(scene.channels[grid.channel], channel.patch[index], scales.input),
            value: channel.patch[index],
          }
        : { fill: patterns.padding, text: padding };
  }
  const values = grid.role === "kernel" ? channel.weight : channel.products;
  const scale = grid.role === "kernel" ? scales.weight : scales.products;
  return (index) => ({ colour: colourOf(scale, values[index]), value: values[index] });
}

function paintWinner(pen, grid, plan, columns, winner, theme) {
  const { cell } = plan;
  const x = grid.x + (winner % columns) * cell.width;
  const y = grid.y + Math.floor(winner / columns) * cell.height;
  pen.strokeStyle = theme.background;
  pen.lineWidth = 5;
  pen.strokeRect(x + 1, y + 1, cell.width - 2, cell.height - 2);
  pen.strokeStyle = theme.output;
  pen.lineWidth = 3;
  pen.strokeRect(x + 1, y + 1, cell.width - 2, cell.height - 2);
}

/**
 * Paint everything; also says where the first patch and the result lie, for the links.
 * @returns {{patch: object, result: object}} rectangles in the canvas's pixels
 */
export function paintArithmetic(pen, plan, scene, terms, scales, theme, hatching) {
  pen.clearRect(0, 0, plan.width, plan.height);
  const columns = scene.window.kernelSize[scene.window.kernelSize.length - 1];
  const lines = theme.dark ? "rgb(255 255 255 / 22%)" : "rgb(0 0 0 / 22%)";
  const frames = { patch: theme.input, kernel: theme.kernel, products: theme.padding };
  const font = `${Math.max(12, Math.min(15, plan.cell.width * 0.34))}px ${theme.font}`;
  const small = `13px ${theme.font}`;
  hatching.padding ??= hatch(pen, theme.padding);
  plan.grids.forEach((grid) => {
    const channel = terms.channels[grid.channel];
    pen.font = font;
    const frame = { colour: frames[grid.role], lines, text: theme.text };
    paintGrid(pen, grid, plan, columns, cellsOf(grid, scene, channel, scales, hatching), frame);
    if (grid.role === "patch" && channel.winner >= 0 && scene.operation === "max") {
      paintWinner(pen, grid, plan, columns, channel.winner, theme);
    }
    pen.fillStyle = theme.text;
    if (grid.channel === 0) {
      pen.font = small;
      centred(pen, HEADINGS[grid.role], grid.x + grid.width / 2, grid.y - 12);
    }
    if (SIGNS[grid.role]) {
      pen.font = `20px ${theme.font}`;
      centred(pen, SIGNS[grid.role], grid.x - plan.sign / 2, grid.y + grid.height / 2);
    }
    if (plan.label && grid.role === "patch") {
      pen.font = small;
      pen.textAlign = "right";
      pen.fillText(scene.channels[grid.channel], grid.x - 9, grid.y + grid.height / 2);
    }
  });
  return { patch: plan.grids[0], result: paintLedger(pen, plan, scene, terms, scales, theme) };
}

function paintLedger(pen, plan, scene, terms, scales, theme) {
  const { x, width, line } = plan.ledger;
  let y = plan.ledger.y + 4;
  let result = null;
  for (const { label, text, output } of ledgerLines(scene, terms)) {
    const isResult = output !== undefined;
    const middle = y + line / 2 + (isResult ? 3 : 0);
    pen.font = `${isResult ? "600 " : ""}15px ${theme.font}`;
    pen.textBaseline = "middle";
    pen.fillStyle = theme.text;
    pen.textAlign = "left";
    pen.fillText(label, x, middle);
    const box = { x: x + width - 76, y: y + 1, width: 76, height: line + 4 };
    if (isResult) {
      const colour = resultColour(scene, terms, output, scales.output);
      pen.fillStyle = css(colour);
      pen.fillRect(box.x, box.y, box.width, box.height);
      pen.strokeStyle = theme.output;
      pen.lineWidth = 2.5;
      pen.strokeRect(box.x, box.y, box.width, box.height);
      pen.fillStyle = inkOn(colour);
      result = result ? { ...result, height: box.y + box.height - result.y } : box;
    }
    pen.textAlign = "right";
    pen.fillText(text, x + width - 9, middle);
    y += line + (isResult ? 8 : 0);
  }
  return result;
}

function resultColour(scene, terms, output, scale) {
  const value = terms.outputs[output];
  const name = scene.operation === "convolution" ? "" : scene.channels[output];
  return patchColour(name, value, scale);
}

/** The products' size at most: so that their colours mean the same at every step. */
export function largestProduct(scene) {
  const most = (values) => values.reduce((found, value) => Math.max(found, Math.abs(value)), 0);
  return most(scene.input.values) * most(scene.weight.values) || 1;
}
