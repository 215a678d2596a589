/** Colours for activations: from 0 where none is negative, else diverging around 0. No DOM. */

import { scaleFor, signedScale } from "../player/colour.js";

/** The scale of values between two ends. */
export function scaleOf(low, high, dark) {
  if (low < 0) return signedScale([low, high], dark);
  return { ...scaleFor([0, 1], dark), high: high || 1 };
}

/** The number of decimals that tell values of a scale apart. */
export function decimalsOf({ low, high }) {
  const span = Math.max(Math.abs(low), Math.abs(high));
  return Math.max(0, Math.min(6, 3 - Math.floor(Math.log10(span || 1))));
}
