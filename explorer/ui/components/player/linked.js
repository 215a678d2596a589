/** What belongs to the cell or weight that is pointed at. No DOM. */

import { counted, fixed, placeText, plain } from "./format.js";
import { coordinatesAt } from "./geometry.js";
import { cellMetBy, cellsMultipliedBy, outputsFedBy } from "./relations.js";

const single = (position) => position.map((at) => [at]);
const countOf = (cells) => cells.reduce((product, along) => product * along.length, 1);

/** Output indices along an axis that a weight adds to, whatever the input cell. */
function stampedBy({ size, count, kernel }, index) {
  const outputs = [];
  for (let at = 0; at < size; at++) {
    if (kernel.subarray(at * count, (at + 1) * count).includes(index)) outputs.push(at);
  }
  return outputs;
}

/**
 * Cells of input and output that belong to a focus, and the cell of the arithmetic to mark.
 * @param {object} presentation
 * @param {?object} focus {kind: "input" | "output", position}, or {kind: "weight", row, index,
 *   kernel}: the arithmetic's row of grids, the cell in each, its place in the kernel per axis; with
 *   `here` only the cell of this step belongs to it
 * @param {object} terms of the step that is shown
 * @param {number} channel of the input that is shown
 * @returns {{input: ?object, output: ?object, marked: ?object}} with `cells` per axis, the `role`
 *   whose colour they take, and `alone` where the current step's mark would only be in the way
 */
export function linkedCells({ scene, stamps }, focus, terms, channel) {
  if (focus?.kind === "input" && !stamps) {
    const [slice] = focus.position;
    return {
      input: { cells: single(focus.position), role: "input", slice, alone: true },
      output: { cells: outputsFedBy(scene, focus.position, channel), role: "kernel", alone: true },
    };
  }
  if (focus?.kind === "output" && stamps) {
    return {
      input: { cells: coordinatesAt(scene, focus.position), role: "kernel" },
      output: { cells: single(focus.position), role: "output" },
    };
  }
  if (focus?.kind !== "weight") return {};
  const marked = { row: focus.row, index: focus.index };
  if (focus.here && !stamps) {
    const cells = cellMetBy(scene, terms.position, focus.kernel);
    return { marked, input: { cells, role: "text" } };
  }
  if (!scene.weight) return { marked };
  const cells = stamps
    ? scene.taps.map((taps, axis) => stampedBy(taps, focus.kernel[axis]))
    : cellsMultipliedBy(scene, focus.kernel);
  return { marked, [stamps ? "output" : "input"]: { cells, role: "kernel" } };
}

/** One sentence on what is pointed at, or "". */
export function linkedNote({ scene, stamps }, focus, linked, terms, channel) {
  if (focus?.kind === "input" && linked.output) {
    const [z, y, x] = focus.position;
    const [, depth, rows, columns] = scene.input.shape;
    const within = z >= 0 && z < depth && y >= 0 && y < rows && x >= 0 && x < columns;
    const value = scene.input.values[((channel * depth + z) * rows + y) * columns + x];
    const what = !within
      ? "This cell of the padding"
      : `Input ${placeText(scene, focus.position)}${scene.colour ? "" : ` (${plain(value)})`}`;
    if (scene.operation.kind === "unpool") return `${what} is put back into the marked cell.`;
    const windows = countOf(linked.output.cells);
    return windows
      ? `${what} is read by ${counted(windows, "window")}: it counts in the marked output cells.`
      : `${what} is read by no window.`;
  }
  if (focus?.kind === "output" && stamps && linked.input) {
    const stamped = counted(countOf(linked.input.cells), "stamp");
    return `Output ${placeText(scene, focus.position)} is the sum of ${stamped}: those of the marked input cells.`;
  }
  if (focus?.kind !== "weight" || focus.here) return "";
  const entry = terms.channels[focus.channel];
  if (!entry?.weight) return "";
  const flat = focus.flat;
  const read = stamps ? entry.value : entry.patch[flat];
  const sum = `${fixed(read, 3)} × ${plain(entry.weight[flat])} = ${fixed(entry.products[flat], 3)}`;
  const side = linked.input ?? linked.output;
  const cells = counted(countOf(side.cells), stamps ? "output cell" : "input cell");
  return `${sum}. In the whole pass this weight ${stamps ? "adds to" : "meets"} ${cells}.`;
}
