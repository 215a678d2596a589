/**
 * A pen with the part of CanvasRenderingContext2D that the painters use, which writes SVG. No DOM.
 *
 * What has pixels (a canvas, an ImageData) becomes an embedded picture through the function it is
 * given; all else stays sharp. Only plain SVG 1.1 is written, so that drawing programs read it too.
 */

import { PathBuilder } from "./svg_path.js";
import { colourAttributes, escaped, fontOf, matrixText, multiply, number, pathText } from "./svg_text.js";

const IDENTITY = [1, 0, 0, 1, 0, 0];
const ANCHORS = { center: "middle", right: "end", end: "end" };
// Where canvases put a baseline, in parts of the font's size above the letters' own.
const BASELINES = { middle: 0.35, top: 0.8, hanging: 0.8, bottom: -0.2, ideographic: -0.2 };
const UNSET = {
  fillStyle: "#000000",
  strokeStyle: "#000000",
  lineWidth: 1,
  lineJoin: "miter",
  lineCap: "butt",
  globalAlpha: 1,
  font: "10px sans-serif",
  textAlign: "start",
  textBaseline: "alphabetic",
  imageSmoothingEnabled: true,
};
let drawings = 0;

/** A pattern for fillStyle or strokeStyle. */
class Pattern {
  constructor(tile) {
    this.tile = tile;
  }
}

class SvgPen extends PathBuilder {
  constructor(width, height, shared) {
    super();
    this.canvas = { width, height };
    this.shared = shared;
    this.parts = []; // strings, or pens of layers
    this.state = { matrix: IDENTITY, clip: null, dash: [] };
    this.states = [];
    Object.assign(this, UNSET);
  }

  // --- state ---------------------------------------------------------------------------------
  save() {
    const styles = Object.fromEntries(Object.keys(UNSET).map((name) => [name, this[name]]));
    this.states.push([{ ...this.state }, styles]);
  }

  restore() {
    const kept = this.states.pop();
    if (!kept) return;
    this.state = kept[0];
    Object.assign(this, kept[1]);
  }

  transform(...matrix) {
    this.state.matrix = multiply(this.state.matrix, matrix);
  }

  setTransform(...matrix) {
    this.state.matrix = matrix.length === 6 ? matrix : IDENTITY;
  }

  resetTransform() {
    this.state.matrix = IDENTITY;
  }

  translate(x, y) {
    this.transform(1, 0, 0, 1, x, y);
  }

  scale(x, y) {
    this.transform(x, 0, 0, y, 0, 0);
  }

  rotate(angle) {
    this.transform(Math.cos(angle), Math.sin(angle), -Math.sin(angle), Math.cos(angle), 0, 0);
  }

  setLineDash(lengths) {
    this.state.dash = [...lengths];
  }

  getLineDash() {
    return [...this.state.dash];
  }

  // --- painting -----------------------------------------------------------------------------------
  fill(rule = "nonzero") {
    const evenodd = rule === "evenodd" ? ' fill-rule="evenodd"' : "";
    if (this.path.length) this.addPath(`${evenodd}${this.paint("fill", this.fillStyle)}`);
  }

  stroke() {
    if (this.path.length) this.addPath(` fill="none"${this.strokePaint()}`);
  }

  clip(rule = "nonzero") {
    const { clip, matrix } = this.state;
    const inside = clip ? ` clip-path="url(#${clip})"` : "";
    const evenodd = rule === "evenodd" ? ' clip-rule="evenodd"' : "";
    const path = `<path d="${pathText(this.path, matrix)}"${evenodd}/>`;
    this.state.clip = this.define((id) => `<clipPath id="${id}"${inside}>${path}</clipPath>`);
  }

  fillRect(x, y, width, height) {
    this.rectangle(x, y, width, height, this.paint("fill", this.fillStyle));
  }

  strokeRect(x, y, width, height) {
    this.rectangle(x, y, width, height, ` fill="none"${this.strokePaint()}`);
  }

  /** Clearing a whole layer empties it; a part is painted over with the background, if any. */
  clearRect(x, y, width, height) {
    const [a, b, c, d, e, f] = this.state.matrix;
    const straight = b === 0 && c === 0 && this.state.clip === null;
    const [left, top] = [a * x + e, d * y + f];
    const [right, bottom] = [left + a * width, top + d * height];
    const { canvas } = this;
    const all = left <= 0.5 && top <= 0.5 && right >= canvas.width - 0.5;
    if (straight && all && bottom >= canvas.height - 0.5) this.parts = [];
    else if (this.shared.background) {
      this.rectangle(x, y, width, height, ` fill="${escaped(this.shared.background)}"`);
    }
  }

  // --- text and pictures ---------------------------------------------------------------------
  fillText(text, x, y) {
    const { size, attributes } = fontOf(this.font);
    const down = (BASELINES[this.textBaseline] ?? 0) * size;
    const anchor = ANCHORS[this.textAlign];
    this.add(
      `<text x="${number(x)}" y="${number(y + down)}"${matrixText(this.state.matrix)}${attributes}` +
        `${anchor ? ` text-anchor="${anchor}"` : ""}${this.paint("fill", this.fillStyle)}` +
        ` xml:space="preserve">${escaped(text)}</text>`,
    );
  }

  /** About: there is no font to measure with here. */
  measureText(text) {
    return { width: 0.55 * fontOf(this.font).size * String(text).length };
  }

  drawImage(image, ...place) {
    const all = [0, 0, image.width, image.height];
    const source = place.length === 8 ? place.slice(0, 4) : all;
    const [x, y, width = image.width, height = image.height] =
      place.length === 8 ? place.slice(4) : place;
    this.picture(image, source, [x, y, width, height], matrixText(this.state.matrix));
  }

  /** As on a canvas: whatever transformation and clipping there are, they do not count. */
  putImageData(image, x, y, left = 0, top = 0, width = image.width, height = image.height) {
    const { clip } = this.state;
    this.state.clip = null;
    this.picture(image, [left, top, width, height], [x + left, y + top, width, height], "", 1);
    this.state.clip = clip;
  }

  createPattern(tile) {
    return new Pattern(tile);
  }

  /**
   * A part of the drawing with a pen of its own: its zero is at (x, y), and clearing empties only it.
   */
  layer(x, y, width, height) {
    const pen = new SvgPen(width, height, this.shared);
    pen.place = ` transform="translate(${number(x)} ${number(y)})"`;
    this.parts.push(pen);
    return pen;
  }

  // --- writing -------------------------------------------------------------------------------
  paint(role, style, alpha = this.globalAlpha) {
    if (!(style instanceof Pattern)) return colourAttributes(role, style, alpha);
    const opacity = alpha < 1 ? ` ${role}-opacity="${number(alpha)}"` : "";
    return ` ${role}="url(#${this.patternId(style)})"${opacity}`;
  }

  strokePaint() {
    const [a, b, c, d] = this.state.matrix;
    const scale = Math.sqrt(Math.abs(a * d - b * c));
    const { dash } = this.state;
    const lengths = dash.map((length) => number(length * scale)).join(" ");
    return (
      this.paint("stroke", this.strokeStyle) +
      ` stroke-width="${number(this.lineWidth * scale)}"` +
      (this.lineJoin === "miter" ? "" : ` stroke-linejoin="${escaped(this.lineJoin)}"`) +
      (this.lineCap === "butt" ? "" : ` stroke-linecap="${escaped(this.lineCap)}"`) +
      (dash.length ? ` stroke-dasharray="${lengths}"` : "")
    );
  }

  patternId({ tile }) {
    const { patterns, toDataUrl } = this.shared;
    const matrix = matrixText(this.state.matrix).replace("transform", "patternTransform");
    const known = patterns.get(tile) ?? patterns.set(tile, {}).get(tile);
    const size = `width="${number(tile.width)}" height="${number(tile.height)}"`;
    known[matrix] ??= this.define(
      (id) =>
        `<pattern id="${id}" patternUnits="userSpaceOnUse" ${size}${matrix}>` +
        `<image ${size} xlink:href="${escaped(toDataUrl(tile))}"/></pattern>`,
    );
    return known[matrix];
  }

  define(textFor) {
    const { definitions, prefix } = this.shared;
    const id = `${prefix}${definitions.length + 1}`;
    definitions.push(textFor(id));
    return id;
  }

  rectangle(x, y, width, height, attributes) {
    const corners = [["M", x, y], ["L", x + width, y], ["L", x + width, y + height]];
    const path = [...corners, ["L", x, y + height], ["Z"]];
    this.add(`<path d="${pathText(path, this.state.matrix)}"${attributes}/>`);
  }

  addPath(attributes) {
    this.add(`<path d="${pathText(this.path, this.state.matrix)}"${attributes}/>`);
  }

  picture(image, source, place, transform, alpha = this.globalAlpha) {
    const [x, y, width, height] = place.map(number);
    const opacity = alpha < 1 ? ` opacity="${number(alpha)}"` : "";
    const pixelated = this.imageSmoothingEnabled ? "" : ' style="image-rendering:pixelated"';
    this.add(
      `<g${transform}${opacity}><svg x="${x}" y="${y}" width="${width}" height="${height}" ` +
        `viewBox="${source.map(number).join(" ")}" preserveAspectRatio="none">` +
        `<image width="${number(image.width)}" height="${number(image.height)}"${pixelated} ` +
        `xlink:href="${escaped(this.shared.toDataUrl(image))}"/></svg></g>`,
    );
  }

  add(element) {
    const { clip } = this.state;
    this.parts.push(clip ? `<g clip-path="url(#${clip})">${element}</g>` : element);
  }

  body() {
    const inside = this.parts.map((part) => (part instanceof SvgPen ? part.body() : part)).join("\n");
    return this.place ? `<g${this.place}>\n${inside}\n</g>` : inside;
  }

  toString() {
    const { title, background, definitions } = this.shared;
    const { width, height } = this.canvas;
    const [w, h] = [number(width), number(height)];
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
      `width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img">\n` +
      (title ? `<title>${escaped(title)}</title>\n` : "") +
      (definitions.length ? `<defs>${definitions.join("")}</defs>\n` : "") +
      (background ? `<rect width="${w}" height="${h}" fill="${escaped(background)}"/>\n` : "") +
      `${this.body()}\n</svg>\n`
    );
  }
}

/**
 * A pen for a drawing of this size; `String(pen)` is the SVG file.
 * @param {number} width
 * @param {number} height
 * @param {(image: object) => string} toDataUrl  a canvas or an ImageData as `data:image/png;…`
 * @param {{title?: string, background?: string}} options  read aloud; a CSS colour below everything
 */
export function createSvgPen(width, height, toDataUrl, { title = "", background = "" } = {}) {
  const prefix = `drawing${++drawings}-`; // several drawings may end up in one page
  return new SvgPen(width, height, {
    toDataUrl, title, background, prefix, definitions: [], patterns: new Map(),
  });
}
