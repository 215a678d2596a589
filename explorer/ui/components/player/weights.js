/** Kernel weights that people type. No DOM. */

export const LARGEST_WEIGHT = 1000; // as in explorer/ui/see/player.py

/** The number in a text, or NaN. A comma for the point and a typographic minus are understood. */
export function numberIn(text) {
  const cleaned = text.trim().replace("\u2212", "-").replace(",", ".");
  return cleaned === "" ? NaN : Number(cleaned);
}

/** The weight in a text, or what is wrong with it. */
export function parseWeight(text) {
  const value = numberIn(text);
  if (!Number.isFinite(value)) return { problem: "Type a number, for example 0.5 or -1." };
  if (Math.abs(value) > LARGEST_WEIGHT) {
    return { problem: `Type a number between -${LARGEST_WEIGHT} and ${LARGEST_WEIGHT}.` };
  }
  return { value };
}

/**
 * Weights as nested lists in PyTorch's layout.
 * @param {{shape: number[], values: ArrayLike<number>}} weight two channel axes, then spatial ones
 * @param {number} dimensions how many spatial axes PyTorch knows: the last ones
 */
export function nested({ shape, values }, dimensions = shape.length - 2) {
  const kept = [...shape.slice(0, 2), ...shape.slice(shape.length - dimensions)];
  let lists = Array.from(values);
  for (let axis = kept.length - 1; axis > 0; axis--) {
    const size = kept[axis];
    lists = Array.from({ length: lists.length / size }, (_, i) =>
      lists.slice(i * size, (i + 1) * size),
    );
  }
  return lists;
}
