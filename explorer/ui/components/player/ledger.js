/** How the arithmetic of one cell adds up, line by line, as text. No DOM. */

import { fixed, plain } from "./format.js";

const DECIMALS = 3;

function convolutionLines(scene, terms) {
  const count = terms.channels[0].patch.length;
  const several = terms.channels.length > 1;
  const lines = terms.channels.map(({ partial }, channel) => ({
    label: several ? `${channel ? "+ " : ""}${scene.channels[channel]} products` : "",
    text: fixed(partial, DECIMALS),
  }));
  if (!several) lines[0].label = count === 1 ? "the product" : `sum of ${count} products`;
  lines.push({ label: "+ bias", text: plain(terms.bias) });
  lines.push({ label: "= output", text: fixed(terms.outputs[0], DECIMALS), output: 0 });
  return lines;
}

function poolingLines(scene, terms) {
  const several = terms.channels.length > 1;
  const lines = [];
  terms.channels.forEach((channel, index) => {
    const name = several ? `${scene.channels[index]}: ` : "";
    const text = fixed(terms.outputs[index], DECIMALS);
    const count = channel.counted;
    if (scene.operation === "max") {
      lines.push({ label: `${name}largest of ${count}`, text, output: index });
    } else if (several) {
      lines.push({ label: `${name}${fixed(channel.sum)} ÷ ${count}`, text, output: index });
    } else {
      lines.push({ label: `sum of ${count} cells`, text: fixed(channel.sum, DECIMALS) });
      lines.push({ label: `÷ ${count} cells`, text, output: index });
    }
  });
  return lines;
}

/**
 * What is added up, top to bottom.
 * @returns {Array<{label: string, text: string, output: ?number}>} `output` marks results: the
 *   index into `terms.outputs`
 */
export function ledgerLines(scene, terms) {
  return scene.operation === "convolution"
    ? convolutionLines(scene, terms)
    : poolingLines(scene, terms);
}
