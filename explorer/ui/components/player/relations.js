/**
 * What belongs together: which outputs an input cell feeds, which cells a weight multiplies. No
 * DOM.
 */

import { NO_TAP, isSliding, positionOf, productOf } from "./geometry.js";

/** The coordinate of each tap of an axis: of a sliding window also in the padding. */
function coordinateOf({ operation, taps }, axis) {
  const { count, source } = taps[axis];
  if (!isSliding(operation)) return (position, entry) => source[entry];
  const [stride, dilation] = [operation.stride[axis], operation.dilation[axis]];
  const before = operation.padding[axis][0];
  return (position, entry) => position * stride + (entry - position * count) * dilation - before;
}

/** The output cell to which the index of a pooled cell points. */
function unpooledTo(scene, position, channel) {
  const [, ...pooled] = scene.input.shape;
  const flat = position.reduce((index, at, axis) => index * pooled[axis] + at, 0);
  const target = scene.indices[channel * productOf(pooled) + flat];
  return positionOf(target, scene.output.shape.slice(1)).map((at) => [at]);
}

/**
 * The output cells that an input cell feeds: every combination of the indices per axis.
 * @param {number[]} position [depth, row, column]; outside the input a cell of the padding
 * @param {number} channel matters to a max-unpooling only
 * @returns {number[][]} output indices per axis, rising; none on some axis: it feeds nothing.
 *   Padding that repeats a cell counts as that cell
 */
export function outputsFedBy(scene, position, channel = 0) {
  if (scene.operation.kind === "unpool") return unpooledTo(scene, position, channel);
  return scene.taps.map(({ size, count, kernel, source }, axis) => {
    const at = position[axis];
    const inside = at >= 0 && at < scene.input.shape[axis + 1];
    const coordinate = coordinateOf(scene, axis);
    const fed = [];
    for (let output = 0; output < size; output++) {
      for (let entry = output * count; entry < (output + 1) * count; entry++) {
        const read = inside ? source[entry] : coordinate(output, entry);
        if (kernel[entry] !== NO_TAP && read === at) {
          fed.push(output);
          break;
        }
      }
    }
    return fed;
  });
}

/**
 * The input cells that one kernel cell multiplies while the window goes over the whole input.
 * @param {number[]} kernelPosition [depth, row, column] of the kernel
 * @returns {number[][]} input coordinates per axis, rising, padding included
 */
export function cellsMultipliedBy(scene, kernelPosition) {
  return scene.taps.map(({ size, count, kernel }, axis) => {
    const coordinate = coordinateOf(scene, axis);
    const found = new Set();
    for (let output = 0; output < size; output++) {
      for (let entry = output * count; entry < (output + 1) * count; entry++) {
        if (kernel[entry] === kernelPosition[axis]) found.add(coordinate(output, entry));
      }
    }
    return [...found].sort((one, other) => one - other);
  });
}

/**
 * The input cell that one kernel cell meets for one output cell.
 * @returns {number[][]} its coordinate per axis, in lists of one; none on an axis where it meets none
 */
export function cellMetBy(scene, position, kernelPosition) {
  return scene.taps.map(({ count, kernel }, axis) => {
    const from = position[axis] * count;
    const at = kernel.subarray(from, from + count).indexOf(kernelPosition[axis]);
    return at < 0 ? [] : [coordinateOf(scene, axis)(position[axis], from + at)];
  });
}
