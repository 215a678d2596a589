/** What snapshots say, read and put in order. No DOM. */

/** The numbers of the first and the last event that are to be fetched, or null. */
export function missing(moments, known) {
  const lacking = moments.filter(([, step]) => !known.has(step)).map(([sequence]) => sequence);
  return lacking.length ? [lacking[0], lacking.at(-1)] : null;
}

/** The place of the moment that is closest to a step, of steps in order. */
export function closest(steps, step) {
  let best = 0;
  steps.forEach((each, index) => {
    if (Math.abs(each - step) < Math.abs(steps[best] - step)) best = index;
  });
  return best;
}

const decoded = new WeakMap();

/** The bytes of some planes, unpacked once. */
export function codesOf(planes) {
  if (!decoded.has(planes)) {
    decoded.set(planes, Uint8Array.from(atob(planes.codes), (letter) => letter.charCodeAt(0)));
  }
  return decoded.get(planes);
}

/** The values of one picture of some planes: all its channels, one after the other. */
export function valuesOf(planes, picture) {
  const [, channels, rows, columns] = planes.shape;
  const length = channels * rows * columns;
  const codes = codesOf(planes).subarray(picture * length, (picture + 1) * length);
  return Float32Array.from(codes, (code) => planes.low + (code / 255) * (planes.high - planes.low));
}

/** The lowest and the highest value of the same planes in several snapshots. */
export function limitsOf(several) {
  return [
    Math.min(...several.map(({ low }) => low)),
    Math.max(...several.map(({ high }) => high)),
  ];
}

/** Weights of the three colours as a picture: grey is 0, brighter more, darker less. */
export function colourOfWeights(values, limit) {
  return values.map((value) => Math.max(0, Math.min(1, 0.5 + value / (2 * limit))));
}

/** Of each sample the likeliest class, how likely it is and whether it is right. */
export function verdicts(answers, samples) {
  return answers.map((likeliest, index) => {
    const [label, chance] = likeliest[0];
    return { label, chance, right: samples[index].labels.includes(label) };
  });
}

/** "9 of 12 right". */
export function scoreText(judged) {
  return `${judged.filter(({ right }) => right).length} of ${judged.length} right`;
}

/** "16 filters of 3×3", "the first 6 of 16 maps of 28×28", "16 values". */
export function shapeText({ shape, total, shrunk }, noun) {
  const [count, , rows, columns] = shape;
  if (rows === 1 && noun === "map") {
    return columns < total ? `the first ${columns} of ${total} values` : `${total} values`;
  }
  const counted = count < total ? `the first ${count} of ${total} ${noun}s` : `${total} ${noun}${total > 1 ? "s" : ""}`;
  const averaged = shrunk > 1 ? `, averaged ${shrunk} by ${shrunk}` : "";
  return `${counted} of ${rows}×${columns}${averaged}`;
}
