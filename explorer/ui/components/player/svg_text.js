/** The small texts that SVG is made of: numbers, escapes, colours, fonts, matrices, paths. No DOM. */

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
// What XML may not contain at all: control characters, halves of surrogate pairs, non-characters.
const FORBIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Any text without what XML may not contain. */
export function printable(text) {
  return String(text).replace(FORBIDDEN, "");
}

/** Any text, safe between tags and inside quoted attributes. */
export function escaped(text) {
  return printable(text).replace(/[&<>"']/g, (letter) => ENTITIES[letter]);
}

/** A number in at most three decimals: a thousandth of a pixel. */
export function number(value) {
  const rounded = Math.round(value * 1000) / 1000;
  if (!Number.isFinite(rounded)) throw new RangeError(`${value} is no place in a drawing.`);
  return String(rounded === 0 ? 0 : rounded);
}

/** What applies `second` first, then `first`, each [a, b, c, d, e, f] as canvases write them. */
export function multiply(first, second) {
  const [a, b, c, d, e, f] = first;
  const [g, h, i, j, k, l] = second;
  return [
    a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f,
  ];
}

/** ` transform="…"`, or nothing where nothing moves. */
export function matrixText(matrix) {
  const [a, b, c, d, e, f] = matrix;
  if (b === 0 && c === 0 && a === 1 && d === 1) {
    return e === 0 && f === 0 ? "" : ` transform="translate(${number(e)} ${number(f)})"`;
  }
  // Scales keep their digits: they are multiplied by hundreds of pixels.
  const parts = [a, b, c, d].map((value) => String(Number(value.toPrecision(9))));
  return ` transform="matrix(${[...parts, number(e), number(f)].join(" ")})"`;
}

/** Path commands in absolute coordinates, moved by a matrix, as the value of `d`. */
export function pathText(path, [a, b, c, d, e, f]) {
  const moved = (x, y) => `${number(a * x + c * y + e)} ${number(b * x + d * y + f)}`;
  const scale = [Math.hypot(a, b), Math.hypot(c, d)];
  const turn = (Math.atan2(b, a) * 180) / Math.PI;
  const flipped = a * d - b * c < 0;
  return path
    .map(([command, ...values]) => {
      if (command === "A") {
        const [rx, ry, , large, sweep, x, y] = values;
        const radii = `${number(rx * scale[0])} ${number(ry * scale[1])} ${number(turn)}`;
        return `A${radii} ${large} ${flipped ? 1 - sweep : sweep} ${moved(x, y)}`;
      }
      const points = [];
      for (let at = 0; at < values.length; at += 2) points.push(moved(values[at], values[at + 1]));
      return command + points.join(" ");
    })
    .join("");
}

const hex = (value) => Math.max(0, Math.min(255, Math.round(value))).toString(16).padStart(2, "0");

/** ` fill="#0072b2" fill-opacity="0.3"`: CSS's newer ways of writing colours as SVG 1.1 has them. */
export function colourAttributes(role, style, alpha = 1) {
  let colour = String(style).trim();
  let opacity = alpha;
  const parts = colour.match(/^rgba?\(([^()]*)\)$/i)?.[1].match(/[\d.]+%?/g);
  if (parts?.length >= 3) {
    const [red, green, blue, own = "1"] = parts;
    const level = (part) => (part.endsWith("%") ? 2.55 : 1) * parseFloat(part);
    colour = `#${hex(level(red))}${hex(level(green))}${hex(level(blue))}`;
    opacity *= own.endsWith("%") ? parseFloat(own) / 100 : parseFloat(own);
  } else if (/^#([0-9a-f]{4}|[0-9a-f]{8})$/i.test(colour)) {
    const long = colour.length === 9 ? colour.slice(1) : colour.slice(1).replace(/./g, "$&$&");
    colour = `#${long.slice(0, 6)}`;
    opacity *= parseInt(long.slice(6), 16) / 255;
  } else if (colour === "transparent") {
    return ` ${role}="none"`;
  }
  return ` ${role}="${escaped(colour)}"${opacity < 1 ? ` ${role}-opacity="${number(opacity)}"` : ""}`;
}

/** A canvas's `font`, such as `600 15px "Source Sans", sans-serif`: size in pixels and attributes. */
export function fontOf(text) {
  const found = String(text).match(/^(.*?)([\d.]+)px(?:\/\S+)?\s+(.+)$/);
  if (!found) return { size: 10, attributes: ' font-size="10" font-family="sans-serif"' };
  const [, before, size, family] = found;
  const weight = before.match(/\b(\d{3}|bold|bolder|lighter)\b/)?.[1];
  const style = before.match(/\b(italic|oblique)\b/)?.[1];
  return {
    size: Number(size),
    attributes:
      ` font-size="${number(Number(size))}" font-family="${escaped(family)}"` +
      (weight ? ` font-weight="${weight}"` : "") +
      (style ? ` font-style="${style}"` : ""),
  };
}
