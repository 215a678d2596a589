/** What people get who make a known mistake in the number of parameters. No DOM. */

import { hasWeights, productOf, spanOf } from "./geometry.js";

const grouped = new Intl.NumberFormat("en");
const number = (value) => grouped.format(value);

/** How many numbers the operation learns: its weights and, if it has one, its bias. */
export function parametersOf({ weight, bias }) {
  return (weight?.values.length ?? 0) + (bias?.length ?? 0);
}

/** "8 · 3 · 3 · 3 + 8", without the result. */
export function parametersFormula({ operation, weight, bias, dimensions, input, output }) {
  if (!hasWeights(operation)) return "0";
  const kernel = weight.shape.slice(5 - dimensions);
  const inChannels = input.shape[0] / operation.groups;
  return [output.shape[0], inChannels, ...kernel].join(" · ") + (bias ? ` + ${bias.length}` : "");
}

function poolingMistakes({ operation, input }) {
  const cells = productOf(operation.kernelSize);
  const nothing = "A pooling learns nothing: it has a rule, but no weights and no bias.";
  return [
    {
      name: "pooling",
      answer: cells,
      message: `You counted the window's ${cells} cells. ${nothing}`,
    },
    { name: "pooling", answer: cells * input.shape[0], message: nothing },
    { name: "pooling", answer: cells + 1, message: nothing },
  ];
}

function biasMistakes(weights, bias, outChannels) {
  const each = `Each of the ${outChannels} output maps has one.`;
  if (!bias) {
    const message = "You counted a bias, but there is none here.";
    return [{ name: "no bias", answer: weights + outChannels, message }];
  }
  return [
    { name: "bias", answer: weights, message: `You forgot the bias. ${each}` },
    {
      name: "bias per weight",
      answer: 2 * weights,
      message: `You counted a bias for every weight. ${each}`,
    },
    { name: "one bias", answer: weights + 1, message: `You counted a single bias. ${each}` },
  ];
}

/**
 * Known mistakes in the number of parameters.
 * @returns {Array<{name: string, answer: number, message: string}>} the likeliest first
 */
export function parameterMistakes(scene) {
  const { operation, weight, bias, input, output } = scene;
  if (!hasWeights(operation)) return poolingMistakes(scene);
  const [inChannels, outChannels] = [input.shape[0], output.shape[0]];
  const { groups } = operation;
  const kernel = productOf(operation.kernelSize);
  const weights = weight.values.length;
  const biases = bias?.length ?? 0;
  const perMap = inChannels / groups;
  const dilated = productOf(spanOf(operation));
  const oneMap = `You counted one output map. There are ${outChannels}, each with its own kernel.`;
  const mistake = (name, count, message) =>
    count === weights // makes no difference here
      ? []
      : [
          { name, answer: count + biases, message },
          { name, answer: count, message },
        ];
  const places = productOf(output.shape.slice(1));
  return [
    ...biasMistakes(weights, bias, outChannels),
    ...mistake(
      "groups",
      outChannels * inChannels * kernel,
      `You left out the groups. With ${groups} groups each map reads ${perMap} of the ` +
        `${inChannels} input channels.`,
    ),
    ...mistake(
      "groups twice",
      (outChannels * inChannels * kernel) / groups ** 2,
      `You divided both channel numbers by the ${groups} groups. Only the input channels of ` +
        "a map become fewer: all maps together are still as many.",
    ),
    ...mistake(
      "channel",
      outChannels * kernel,
      `You counted one input channel. Each map has a kernel slice for each of its ${perMap} input ` +
        "channels.",
    ),
    ...mistake("map", perMap * kernel, oneMap),
    { name: "map", answer: perMap * kernel + 1, message: oneMap },
    ...mistake(
      "kernel cells",
      outChannels * perMap * operation.kernelSize[2],
      `A kernel slice has ${kernel} cells, all its sides multiplied.`,
    ),
    ...mistake(
      "dilation",
      outChannels * perMap * dilated,
      `You counted the gaps. However far apart, a kernel slice has ${kernel} weights.`,
    ),
    ...mistake(
      "sharing",
      weights * places,
      `You counted weights for each of the ${number(places)} output cells. They share one kernel: ` +
        "that is what makes it a convolution.",
    ),
    {
      name: "output",
      answer: outChannels * places,
      message: "That is how many values come out. Parameters are the weights and the bias.",
    },
  ];
}
