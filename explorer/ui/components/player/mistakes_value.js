/**
 * What people get who make a known mistake in the value of one output cell. No DOM.
 *
 * Each mistake is made here on purpose, with the same arithmetic as the right answer.
 */

import { CELL, termsAt } from "./arithmetic.js";
import { fixed, plain, rangesText } from "./format.js";
import { hasWeights, isSliding, outputSize, productOf, stepAt, tapsOf } from "./geometry.js";
import { poolingMistakes } from "./mistakes_pooling.js";

const ONES = [1, 1, 1];
const NONE = [
  [0, 0],
  [0, 0],
  [0, 0],
];
const total = (values) => values.reduce((sum, value) => sum + value, 0);
const text = (value) => fixed(value, 2);
const differs = (entries, plainValue) => entries.some((entry) => entry !== plainValue);

/** The terms of the asked cell: of a pooling those of one channel. */
export function askedTerms(scene, step, map) {
  const terms = termsAt(scene, step, map);
  if (hasWeights(scene.operation)) return terms;
  return { ...terms, value: terms.channels[map].value, channels: [terms.channels[map]] };
}

/**
 * What the cell at a position would be with another operation or kernel; null where there is none.
 */
function valueWith(scene, position, map, changes, weight = scene.weight) {
  const operation = { ...scene.operation, ...changes };
  const inputSize = scene.input.shape.slice(1);
  const size = outputSize(operation, inputSize);
  if (!size || position.some((at, axis) => at >= size[axis])) return null;
  const taps = tapsOf(operation, inputSize);
  const output = { shape: [scene.output.shape[0], ...size], values: [] };
  const changed = { ...scene, operation, weight, taps, output };
  return askedTerms(changed, stepAt(position, size), map).value;
}

/** Windows that lie elsewhere: without gaps, without padding, moved by one cell. */
function placeMistakes(scene, terms, map) {
  const { dilation, stride, padding, paddingMode, kind } = scene.operation;
  const own = (entries) => plain(Math.max(...entries));
  const cells = rangesText(scene, terms.coordinates);
  const reads = isSliding(scene.operation)
    ? `The window reads ${cells}`
    : `It is reached by ${cells}`;
  const here = terms.coordinates.every((along) => along.length) ? ` ${reads}.` : "";
  const mistakes = [];
  const add = (name, changes, message) => {
    const answer = valueWith(scene, terms.position, map, changes);
    if (answer !== null) mistakes.push({ name, answer, message: message + here });
  };
  if (differs(dilation, 1)) {
    add("dilation", { dilation: ONES }, `You left out the dilation of ${own(dilation)}.`);
  }
  if (differs(stride, 1))
    add("stride", { stride: ONES }, `You left out the stride of ${own(stride)}.`);
  if (differs(padding.flat(), 0)) {
    const begins = kind === "transposed" ? "cuts cells off the output" : "lies around the input";
    const message = `You left out the padding of ${own(padding.flat())}, which ${begins}.`;
    add("padding", { padding: NONE }, message);
  }
  if (paddingMode !== "zeros") {
    const message = `You read zeros in the padding, but its mode is ${paddingMode}.`;
    add("padding mode", { paddingMode: "zeros" }, message);
  }
  return mistakes;
}

/** The kernel's values in another order, slice by slice. */
function reorderedWeight({ shape, values }, order) {
  const count = productOf(shape.slice(2));
  const reordered = Float32Array.from(values, (_, flat) => {
    const from = flat - (flat % count);
    return values[from + order(flat % count)];
  });
  return { shape, values: reordered };
}

function kernelMistakes(scene, { position }, map) {
  const [, , depth, rows, columns] = scene.weight.shape;
  const count = depth * rows * columns;
  const flipped = reorderedWeight(scene.weight, (k) => count - 1 - k);
  const mistakes = [
    {
      name: "flipped",
      answer: valueWith(scene, position, map, {}, flipped),
      message:
        "That is what the kernel turned by 180 degrees gives. PyTorch lays it on the picture as it " +
        "is written, which is called cross-correlation.",
    },
  ];
  if (rows === columns && rows > 1) {
    const order = (k) => {
      const [z, within] = [k - (k % (rows * columns)), k % (rows * columns)];
      return z + (within % columns) * columns + Math.floor(within / columns);
    };
    mistakes.push({
      name: "transposed kernel",
      answer: valueWith(scene, position, map, {}, reorderedWeight(scene.weight, order)),
      message: "You exchanged the rows and the columns of the kernel.",
    });
  }
  return mistakes;
}

function biasMistakes({ channels, bias, value }) {
  if (!bias) return [];
  const sum = value - bias;
  const once = `The bias, ${plain(bias)}, is added once per output cell.`;
  const products = channels.length * channels[0].counted;
  const mistakes = [
    {
      name: "bias",
      answer: sum,
      message: `You forgot the bias: ${text(sum)} is the sum of the products alone. ${once}`,
    },
    { name: "bias sign", answer: sum - bias, message: `You subtracted the bias. ${once}` },
  ];
  const often = { "bias per channel": channels.length, "bias per weight": products };
  for (const [name, count] of Object.entries(often)) {
    const message = `You added the bias ${count} times. ${once}`;
    if (count > 1) mistakes.push({ name, answer: sum + count * bias, message });
  }
  return mistakes;
}

function channelMistakes(scene, { channels, bias }) {
  if (channels.length < 2) return [];
  return channels.flatMap(({ channel, partial }) => {
    const message =
      `That is the ${scene.channels[channel]} channel alone. The products of all ` +
      `${channels.length} channels are added up.`;
    const answers = bias ? [partial + bias, partial] : [partial];
    return answers.map((answer) => ({ name: "channel", answer, message }));
  });
}

function weightedMistakes(scene, terms, map) {
  const { channels, bias, value } = terms;
  const products = channels.flatMap((channel) => Array.from(channel.products));
  const read = total(channels.flatMap(({ patch }) => Array.from(patch)));
  const mistakes = [
    ...biasMistakes(terms),
    ...kernelMistakes(scene, terms, map),
    ...channelMistakes(scene, terms),
    {
      name: "weights",
      answer: read + bias,
      message:
        `You left out the weights: ${text(read)} is the sum of the cells read. Each is multiplied ` +
        "by its weight first.",
    },
    {
      name: "mean",
      answer: (value - bias) / products.length + bias,
      message: `You divided by ${products.length}: the products are added up, not averaged.`,
    },
  ];
  if (scene.operation.kind === "transposed" && channels[0].counted > 1) {
    const kept = channels[0].inside.findIndex((cell) => cell === CELL.picture);
    for (let k = kept; k < channels[0].inside.length; k++) {
      if (channels[0].inside[k] !== CELL.picture) continue;
      mistakes.push({
        name: "overlap",
        answer: total(channels.map((channel) => channel.products[k])) + bias,
        message: `You counted one of the ${channels[0].counted} stamps that overlap here.`,
      });
    }
  }
  return mistakes;
}

/** The cells beside the asked one: looked at the wrong place. */
function neighbourMistakes(scene, step, map) {
  const plane = productOf(scene.output.shape.slice(1));
  return [
    [step - 1, "before"],
    [step + 1, "after"],
  ]
    .filter(([at]) => at >= 0 && at < plane)
    .map(([at, where]) => ({
      name: "neighbour",
      answer: askedTerms(scene, at, map).value,
      message: `That is the value of the cell ${where} the one that is asked for.`,
    }));
}

/**
 * Known mistakes in the value of a cell.
 * @returns {Array<{name: string, answer: number, message: string}>} the likeliest first
 */
export function valueMistakes(scene, step, map) {
  const terms = askedTerms(scene, step, map);
  const weighted = hasWeights(scene.operation);
  const own = weighted ? weightedMistakes(scene, terms, map) : poolingMistakes(scene, terms);
  const moved = isSliding(scene.operation) || weighted ? placeMistakes(scene, terms, map) : [];
  return [...moved, ...own, ...neighbourMistakes(scene, step, map)].filter(({ answer }) =>
    Number.isFinite(answer),
  );
}
