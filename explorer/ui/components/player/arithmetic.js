/**
 * The arithmetic of one output cell, computed here so that hovering needs no server. No DOM.
 * Tested value for value against PyTorch (tests/ui/player/test_agreement.py).
 */

import { cellsAt, positionOf } from "./geometry.js";

/** What the window reads in one channel: values (0 in the padding) and which cells are real. */
function patchAt(scene, channel, cells) {
  const { kernelSize, padding } = scene.window;
  const size = scene.input.shape.slice(1);
  const plane = size.reduce((product, length) => product * length, 1);
  const count = kernelSize.reduce((product, length) => product * length, 1);
  const values = new Float32Array(count);
  const inside = new Uint8Array(count);
  for (let flat = 0; flat < count; flat++) {
    let rest = flat;
    let index = channel * plane;
    let scale = 1;
    let within = true;
    for (let axis = size.length - 1; axis >= 0; axis--) {
      const at = cells[axis][rest % kernelSize[axis]] - padding[axis][0];
      rest = Math.floor(rest / kernelSize[axis]);
      within = within && at >= 0 && at < size[axis];
      index += at * scale;
      scale *= size[axis];
    }
    if (within) {
      values[flat] = scene.input.values[index];
      inside[flat] = 1;
    }
  }
  return { values, inside };
}

const total = (values) => values.reduce((sum, value) => sum + value, 0);

function convolutionTerms(scene, outChannel, cells) {
  const [, inChannels] = scene.weight.shape;
  const count = scene.weight.values.length / (scene.weight.shape[0] * inChannels);
  const channels = [];
  for (let channel = 0; channel < inChannels; channel++) {
    const { values, inside } = patchAt(scene, channel, cells);
    const from = (outChannel * inChannels + channel) * count;
    const weight = scene.weight.values.subarray(from, from + count);
    const products = Float64Array.from(values, (value, index) => value * weight[index]);
    channels.push({ patch: values, inside, weight, products, partial: total(products) });
  }
  const bias = scene.bias ? scene.bias[outChannel] : 0;
  return { channels, bias, value: total(channels.map(({ partial }) => partial)) + bias };
}

/** PyTorch's maximum ignores the padding; its mean counts it as zeros (count_include_pad). */
function poolingTerms(scene, cells) {
  const channels = [];
  for (let channel = 0; channel < scene.input.shape[0]; channel++) {
    const { values, inside } = patchAt(scene, channel, cells);
    let winner = -1;
    values.forEach((value, index) => {
      if (inside[index] && (winner < 0 || value > values[winner])) winner = index;
    });
    const sum = total(Float64Array.from(values));
    const largest = winner < 0 ? -Infinity : values[winner];
    const value = scene.operation === "max" ? largest : sum / values.length;
    // the padding is never the largest, but counts as zeros in the mean
    const counted = scene.operation === "max" ? total(inside) : values.length;
    channels.push({ patch: values, inside, winner, sum, counted, value });
  }
  return { channels, value: channels[0].value };
}

/**
 * All terms of the cell that a step visits.
 * @returns {{position: number[], cells: number[][], channels: object[], value: number,
 *   bias: ?number, outputs: number[]}} `value` is computed here, `outputs` are PyTorch's own: the
 *   cell of the chosen map of a convolution, or one per channel of a pooling
 */
export function termsAt(scene, step, outChannel = 0) {
  const [maps, ...size] = scene.output.shape;
  const position = positionOf(step, size);
  const cells = cellsAt(scene.window, position);
  const plane = scene.output.values.length / maps;
  const pooling = scene.operation !== "convolution";
  const terms = pooling ? poolingTerms(scene, cells) : convolutionTerms(scene, outChannel, cells);
  const shown = pooling ? terms.channels.map((_, channel) => channel) : [outChannel];
  const outputs = shown.map((map) => scene.output.values[map * plane + step]);
  return { position, cells, outputs, ...terms };
}
