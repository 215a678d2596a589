/** What each control may be set to while the others stay as they are. No DOM. */

import { isSliding, outputSize, productOf } from "./geometry.js";

const AXES = 3;
const MOST_VALUES = 20_000_000; // of an output, as in explorer/windows
const LOWEST = { kernelSize: 1, stride: 1, padding: 0, dilation: 1, outputPadding: 0 };

/** The operation with one entry changed; of padding one side (0 before, 1 after) or both. */
export function changedAt(operation, field, axis, value, side) {
  const entries = [...operation[field]];
  if (field !== "padding") entries[axis] = value;
  else if (side === undefined) entries[axis] = [value, value];
  else entries[axis] = entries[axis].map((now, each) => (each === side ? value : now));
  return { ...operation, [field]: entries };
}

/**
 * The largest value that is tried: the page's limit; a stride of transposed is as large as others.
 */
function highest({ limits, operation }, field, axis) {
  if (field !== "outputPadding") return limits[field];
  return Math.max(operation.stride[axis], operation.dilation[axis]) - 1;
}

/**
 * The values that PyTorch accepts for a field along an axis, up to the page's limits, found by
 * trying each: there is one rule of what is legal, `outputSize`.
 * @param {"kernelSize"|"stride"|"padding"|"dilation"|"outputPadding"} field
 * @param {number} axis 0 to 2: depth, rows, columns
 * @param {0|1} [side] of a convolution's padding: before or after; without it both alike
 * @returns {number[]} rising; only the present value where the field or axis does not apply
 */
export function legalValues(scene, field, axis, side) {
  const { operation, dimensions, input, output } = scene;
  const stamps = operation.kind === "transposed";
  const known = field === "outputPadding" ? stamps : stamps || isSliding(operation);
  const applies = known && axis >= AXES - dimensions;
  const separate = operation.kind === "convolution" ? side : undefined;
  const now = operation[field][axis];
  if (!applies) return [field === "padding" ? now[side ?? 0] : now];
  const found = [];
  for (let value = LOWEST[field]; value <= highest(scene, field, axis); value++) {
    const size = outputSize(
      changedAt(operation, field, axis, value, separate),
      input.shape.slice(1),
    );
    if (size && output.shape[0] * productOf(size) <= MOST_VALUES) found.push(value);
  }
  return found;
}
