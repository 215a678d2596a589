/** Kernel weights that people type. No DOM. */

export const LARGEST_WEIGHT = 1000; // as in explorer/ui/player.py

/** The number in a text, or what is wrong with it. A comma and a typographic minus are understood. */
export function parseWeight(text) {
  const cleaned = text.trim().replace("\u2212", "-").replace(",", ".");
  const value = cleaned === "" ? NaN : Number(cleaned);
  if (!Number.isFinite(value)) return { problem: "Type a number, for example 0.5 or -1." };
  if (Math.abs(value) > LARGEST_WEIGHT) {
    return { problem: `Type a number between -${LARGEST_WEIGHT} and ${LARGEST_WEIGHT}.` };
  }
  return { value };
}

/** All weights as nested lists [out][channel][row][column], one of them replaced. */
export function withWeight({ shape, values }, flat, value) {
  const changed = Array.from(values);
  changed[flat] = value;
  let nested = changed;
  for (let axis = shape.length - 1; axis > 0; axis--) {
    const size = shape[axis];
    nested = Array.from({ length: nested.length / size }, (_, i) =>
      nested.slice(i * size, (i + 1) * size),
    );
  }
  return nested;
}
