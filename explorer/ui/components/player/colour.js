/** Colour scales, and text that can be read on them. No DOM. */

const LEVELS = 257; // odd, so that zero falls exactly on the middle of a signed scale

/** [red, green, blue] in 0..255 of `#rgb`, `#rrggbb`, `rgb(…)` or `rgba(…)`. */
export function parseColour(text) {
  const hex = text.trim().match(/^#([0-9a-f]{3}|[0-9a-f]{6})(?:[0-9a-f]{2})?$/i);
  if (hex) {
    const digits = hex[1].length === 3 ? hex[1].replace(/./g, "$&$&") : hex[1];
    return [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16));
  }
  const numbers = text.match(/[\d.]+/g);
  if (!numbers || numbers.length < 3) throw new Error(`not a colour: ${text}`);
  return numbers.slice(0, 3).map(Number);
}

const toLinear = (code) =>
  code <= 0.04045 ? code / 12.92 : ((code + 0.055) / 1.055) ** 2.4;
const toCode = (linear) =>
  linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;

// OKLab (https://bottosson.github.io/posts/oklab/): equal steps in it look equally large.
function toOklab(rgb) {
  const [r, g, b] = rgb.map((code) => toLinear(code / 255));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([L, a, b]) {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((linear) => Math.round(255 * Math.max(0, Math.min(1, toCode(Math.max(0, linear))))));
}

function table(stops) {
  const anchors = stops.map((stop) => toOklab(parseColour(stop)));
  return Array.from({ length: LEVELS }, (_, level) => {
    const place = (level / (LEVELS - 1)) * (anchors.length - 1);
    const left = Math.min(Math.floor(place), anchors.length - 2);
    const share = place - left;
    return fromOklab(anchors[left].map((value, i) => value + share * (anchors[left + 1][i] - value)));
  });
}

const GREY = Array.from({ length: LEVELS }, (_, level) => {
  const code = Math.round((255 * level) / (LEVELS - 1));
  return [code, code, code];
});
// Purple to green, told apart by colour-blind people; zero recedes into the page.
const SIGNED = {
  light: table(["#5b1f6e", "#b07cc6", "#f8f8f8", "#53b893", "#005a41"]),
  dark: table(["#e9c3f5", "#a35bbf", "#14171d", "#12936d", "#a5f2d3"]),
};

/** The channels of a colour picture, each in its own colour. */
export const TINTS = { red: [235, 72, 60], green: [60, 185, 90], blue: [70, 130, 245] };

/** A channel's colour for a value in 0..1. */
export const tinted = (tint, value) =>
  tint.map((code) => Math.round(code * Math.max(0, Math.min(1, value))));

/** Relative luminance in 0..1. */
export function luminance(rgb) {
  const [r, g, b] = rgb.map((code) => toLinear(code / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Black or white, whichever is read better on this colour. */
export function inkOn(rgb) {
  return luminance(rgb) > 0.18 ? "#000000" : "#ffffff";
}

/**
 * The scale for some values: diverging around zero if any is negative, else grey from 0.
 * A grey scale ends at 1 unless values exceed it, so that pictures keep their brightness.
 */
export function scaleFor(values, dark) {
  let low = 0;
  let high = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue; // a maximum over nothing but padding
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low < 0) {
    const limit = Math.max(-low, high);
    return { kind: "signed", low: -limit, high: limit, table: SIGNED[dark ? "dark" : "light"] };
  }
  return { kind: "grey", low: 0, high: Math.max(1, high), table: GREY };
}

/** A diverging scale whatever the signs: for weights and products. */
export function signedScale(values, dark) {
  const limit = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return { kind: "signed", low: -limit, high: limit, table: SIGNED[dark ? "dark" : "light"] };
}

/** The colour of a value, [red, green, blue] in 0..255. */
export function colourOf(scale, value) {
  const place = (value - scale.low) / (scale.high - scale.low);
  return scale.table[Math.max(0, Math.min(LEVELS - 1, Math.round(place * (LEVELS - 1))))];
}

/** `rgb(…)` for a canvas. */
export const css = (rgb) => `rgb(${rgb[0]} ${rgb[1]} ${rgb[2]})`;

const packed = new WeakMap(); // a table of colours -> the same as opaque RGBA in one number each

function packedTable(table) {
  if (!packed.has(table)) {
    const bytes = Uint8Array.from(table.flatMap((colour) => [...colour, 255]));
    packed.set(table, new Uint32Array(bytes.buffer));
  }
  return packed.get(table);
}

/** One map as opaque RGBA pixels. */
export function mapPixels({ low, high, table }, values) {
  const colours = packedTable(table);
  const pixels = new Uint32Array(values.length);
  const scale = (LEVELS - 1) / (high - low);
  for (let index = 0; index < values.length; index++) {
    const level = Math.round((values[index] - low) * scale);
    pixels[index] = colours[level > 0 ? (level < LEVELS ? level : LEVELS - 1) : 0];
  }
  return new Uint8ClampedArray(pixels.buffer);
}

/** Three planes (red, green, blue, each 0..1) as opaque RGBA pixels. */
export function colourPixels(values) {
  const plane = values.length / 3;
  const pixels = new Uint8ClampedArray(plane * 4).fill(255);
  for (let index = 0; index < plane; index++) {
    for (let channel = 0; channel < 3; channel++) {
      pixels[index * 4 + channel] = Math.round(255 * values[channel * plane + index]);
    }
  }
  return pixels;
}
