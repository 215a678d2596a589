/** How the arithmetic of one cell adds up, line by line, as text. No DOM. */

import { counted, fixed, plain } from "./format.js";
import { hasWeights, isMaximum, positionOf } from "./geometry.js";

const DECIMALS = 3;
const MOST_CHANNELS = 8; // lines of channels; of more, the last one sums up the rest

/** The channels whose arithmetic is written out: of hundreds, the first ones. */
export const channelsWritten = (channels) =>
  channels.length > MOST_CHANNELS ? channels.slice(0, MOST_CHANNELS - 1) : channels;

const nameOf = (scene, channel) => scene.channels[channel] ?? `channel ${channel}`;

/** One line per channel; from the eighth on together, so that the result stays in sight. */
function channelLines(scene, channels) {
  const shown = channelsWritten(channels).length;
  const lines = channels.slice(0, shown).map(({ channel, partial }, index) => ({
    label: `${index ? "+ " : ""}${nameOf(scene, channel)} products`,
    text: fixed(partial, DECIMALS),
  }));
  if (shown < channels.length) {
    const rest = channels.slice(shown).reduce((sum, { partial }) => sum + partial, 0);
    lines.push({
      label: `+ ${channels.length - shown} more channels`,
      text: fixed(rest, DECIMALS),
    });
  }
  return lines;
}

function weightedLines(scene, terms) {
  const { channels } = terms;
  const count = channels[0].counted;
  const lines = channelLines(scene, channels);
  if (channels.length === 1) {
    lines[0].label = count === 1 ? "the product" : `sum of ${count} products`;
  }
  lines.push({ label: "+ bias", text: plain(terms.bias) });
  lines.push({ label: "= output", text: fixed(terms.outputs[0], DECIMALS), output: 0 });
  return lines;
}

/** What leads to the mean or norm of a channel: the sum before it is divided. */
function sumLines({ operation }, { sum, counted: count }) {
  if (operation.kind !== "lp") {
    return [{ label: `sum of ${counted(count, "cell")}`, text: fixed(sum, DECIMALS) }];
  }
  const power = plain(operation.normType);
  const lines = [
    { label: `sum of ${counted(count, "power")} (^${power})`, text: fixed(sum, DECIMALS) },
  ];
  const whole = operation.kernelSize.reduce((product, size) => product * size, 1);
  if (operation.ceilMode) {
    // A window cut off by the border counts as a whole one. Always a line, so that none jump.
    const scaled = (sum / count) * whole;
    lines.push({ label: `÷ ${count} read × ${whole} cells`, text: fixed(scaled, DECIMALS) });
  }
  return lines;
}

function divisorLabel({ operation }, { divisor, counted: count }, several) {
  if (operation.kind === "lp") return `^(1/${plain(operation.normType)})`;
  if (several) return `÷ ${divisor}`;
  return divisor === count ? `÷ ${counted(count, "cell")}` : `÷ ${divisor}, the divisor set`;
}

/** Where a max-unpooling takes the cell's value from, counted from 1. */
function unpoolingLabel(scene, { source, channel }) {
  if (source < 0) return "no maximum from here";
  const size = scene.input.shape.slice(1);
  const flat = source - channel * size.reduce((product, along) => product * along, 1);
  const place = positionOf(flat, size).slice(3 - scene.dimensions);
  return `pooled (${place.map((at) => at + 1).join(", ")})`;
}

function poolingLine(scene, channel, several) {
  const { operation } = scene;
  if (operation.kind === "unpool") return unpoolingLabel(scene, channel);
  if (isMaximum(operation)) return `largest of ${channel.counted}`;
  const label = divisorLabel(scene, channel, several);
  return several ? `${fixed(channel.sum)} ${label}` : label;
}

function poolingLines(scene, terms) {
  const several = terms.channels.length > 1;
  const { operation } = scene;
  const lines = [];
  terms.channels.slice(0, MOST_CHANNELS).forEach((channel, index) => {
    if (!several && operation.kind !== "unpool" && !isMaximum(operation)) {
      lines.push(...sumLines(scene, channel));
    }
    const name = several ? `${nameOf(scene, channel.channel)}: ` : "";
    lines.push({
      label: name + poolingLine(scene, channel, several),
      text: fixed(terms.outputs[index], DECIMALS),
      output: index,
    });
  });
  if (terms.channels.length > MOST_CHANNELS) {
    lines.push({ label: `and ${terms.channels.length - MOST_CHANNELS} more channels`, text: "" });
  }
  return lines;
}

/** One input cell's stamp: its value in each channel, all times the kernel. */
function stampLines(scene, { channels }) {
  const several = channels.length > 1;
  const lines = channels.slice(0, MOST_CHANNELS).map(({ channel, value }) => ({
    label: several ? `${nameOf(scene, channel)} × its kernel` : "input value × kernel",
    text: fixed(value, DECIMALS),
  }));
  if (channels.length > MOST_CHANNELS) {
    lines.push({ label: `and ${channels.length - MOST_CHANNELS} more channels`, text: "" });
  }
  return lines;
}

/**
 * What is added up, top to bottom; as many lines at every step of a scene.
 * @param {object} terms of arithmetic.termsAt or stamps.stampAt
 * @returns {Array<{label: string, text: string, output: ?number}>} `output` marks results: the
 *   index into `terms.outputs`
 */
export function ledgerLines(scene, terms) {
  if (terms.stamp) return stampLines(scene, terms);
  return hasWeights(scene.operation) ? weightedLines(scene, terms) : poolingLines(scene, terms);
}
