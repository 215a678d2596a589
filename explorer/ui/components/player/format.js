/** Numbers and sentences for people. No DOM. */

import { hasWeights, isMaximum } from "./geometry.js";

const MINUS = "\u2212";
const grouped = new Intl.NumberFormat("en");
const sign = (text) => text.replace("-", MINUS);

/** A number with a fixed count of decimals and a real minus; never "−0.00". */
export function fixed(value, decimals = 2) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value < 0 ? `${MINUS}∞` : "∞";
  const text = value.toFixed(decimals);
  return sign(Number(text) === 0 ? text.replace("-", "") : text);
}

/** A number as a person would write it: integers bare, else up to three decimals. */
export function plain(value) {
  return sign(String(Number(value.toFixed(3)) || 0));
}

/** The most exact way to write a number in at most `characters`; at least its magnitude. */
export function fitted(value, characters) {
  const candidates = [fixed(value, 2), fixed(value, 1), fixed(value, 0)];
  if (Number.isInteger(value)) candidates.unshift(fixed(value, 0));
  if (Math.abs(value) < 1) candidates.splice(1, 0, fixed(value, 2).replace("0.", "."));
  const rounded = candidates.find((text) => text.length <= characters);
  return rounded ?? sign(value.toExponential(0).replace("+", ""));
}

/** "3 × 3", "1 × 28 × 28". */
export const times = (sizes) => sizes.join(" × ");

/** "1 cell", "2 cells", "50,176 cells". */
export const counted = (count, noun) => `${grouped.format(count)} ${noun}${count === 1 ? "" : "s"}`;

/** "a", "a and b", "a, b and c". */
export function listed(parts) {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`;
}

/** "12 cells a second" for a rate that may be fractional. */
export function speedText(rate) {
  if (rate < 1.5) return "1 cell a second";
  return `${grouped.format(Math.round(rate))} cells a second`;
}

/** The names of a scene's axes, in the order of its three: what one index of each is called. */
const AXIS_NAMES = { 1: ["", "", "cell"], 2: ["", "row", "column"], 3: ["slice", "row", "column"] };

/** The axes that the scene really has, with their names: [[2, "cell"]] of one dimension. */
export function axesOf({ dimensions }) {
  return AXIS_NAMES[dimensions].map((name, axis) => [axis, name]).slice(3 - dimensions);
}

/** "row 2, column 5", counted from 1. */
export function placeText(scene, position) {
  return axesOf(scene)
    .map(([axis, name]) => `${name} ${plain(position[axis] + 1)}`)
    .join(", ");
}

/** "row 2 of 6, column 5 of 6": so that people hear how far they are. */
function placeOf(scene, position, field) {
  return axesOf(scene)
    .map(([axis, name]) => `${name} ${position[axis] + 1} of ${field.shape[axis + 1]}`)
    .join(", ");
}

/** "1 to 3", "0 to 4, every 2", "1, 2 and 4": coordinates, counted from 1. */
function rangeText(along) {
  const [first, last] = [along[0] + 1, along[along.length - 1] + 1];
  if (along.length === 1) return sign(`${first}`);
  const every = along[1] - along[0];
  const even = along.every((at, index) => at === along[0] + index * every);
  if (!even) return listed(along.map((at) => sign(`${at + 1}`)));
  const text = sign(`${first}`) + " to " + sign(`${last}`);
  return every > 1 ? `${text}, every ${every}` : text;
}

/** "rows 1 to 3 and columns 2 to 4". */
export function rangesText(scene, coordinates) {
  return listed(
    axesOf(scene).map(([axis, name]) => {
      const along = coordinates[axis];
      return `${name}${along.length > 1 ? "s" : ""} ${rangeText(along)}`;
    }),
  );
}

const channelName = (scene, channel) => scene.channels[channel] ?? `channel ${channel}`;

function weightedSentence(scene, terms) {
  const { channels } = terms;
  const several = channels.length > 1;
  const result = `plus bias ${plain(terms.bias)} gives ${fixed(terms.outputs[0], 3)}.`;
  const { counted: count } = channels[0];
  if (!count) return `No input cell reaches it: 0, ${result}`;
  const sums = channels.map(
    ({ channel, partial }) =>
      (several ? `${channelName(scene, channel)} ` : "") + fixed(partial, 3),
  );
  const sum = count === 1 ? "The product" : `The sum of ${counted(count, "product")}`;
  return `${sum}${several ? " per channel" : ""} is ${sums.join(", ")}; ${result}`;
}

function pooledSentence({ operation }, { counted: count, divisor, source }, name, output) {
  const result = fixed(output, 3);
  if (operation.kind === "unpool") {
    if (source < 0) return `No maximum came from here${name}: 0.`;
    return `The maximum that came from here${name} is put back: ${result}.`;
  }
  const cells = counted(count, "cell");
  if (isMaximum(operation)) return `The largest value of ${cells}${name} is ${result}.`;
  if (operation.kind === "lp") {
    return `The ${plain(operation.normType)}-norm of ${cells}${name} is ${result}.`;
  }
  if (divisor !== count) return `The sum of ${cells}${name} divided by ${divisor} is ${result}.`;
  return `The mean of ${cells}${name} is ${result}.`;
}

function poolingSentence(scene, terms) {
  return terms.channels
    .map((channel, index) => {
      const name = terms.channels.length > 1 ? ` in ${channelName(scene, channel.channel)}` : "";
      return pooledSentence(scene, channel, name, terms.outputs[index]);
    })
    .join(" ");
}

function whatIsRead(scene, { coordinates }) {
  if (coordinates.some((along) => !along.length)) return "";
  const cells = rangesText(scene, coordinates);
  const { kind } = scene.operation;
  if (kind === "unpool") return `It lies in the windows of pooled ${cells}. `;
  if (kind === "transposed") return `It is reached by input ${cells}. `;
  return `The window reads input ${cells}. `;
}

/** One step of stamping as text: an input cell times the kernel is added to the output. */
function stampSentence(scene, stamp) {
  const values = stamp.channels.map(
    ({ channel, value }) =>
      (stamp.channels.length > 1 ? `${channelName(scene, channel)} ` : "") + fixed(value, 3),
  );
  return (
    `Input ${placeOf(scene, stamp.position, scene.input)}. ` +
    `Its value, ${values.join(", ")}, times the kernel is added to output ` +
    `${rangesText(scene, stamp.coordinates)}.` +
    (stamp.cut ? ` ${counted(stamp.cut, "cell")} of the stamp fall outside and are cut off.` : "")
  );
}

/**
 * One step as text, for screen readers. Places count from 1; 0 and less is padding.
 * @param {object} terms of arithmetic.termsAt or stamps.stampAt
 */
export function sentence(scene, terms) {
  if (terms.stamp) return stampSentence(scene, terms);
  const what = hasWeights(scene.operation) ? weightedSentence : poolingSentence;
  const where = `Output ${placeOf(scene, terms.position, scene.output)}. `;
  return where + whatIsRead(scene, terms) + what(scene, terms);
}
