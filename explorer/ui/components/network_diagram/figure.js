// The diagram as a file for a paper: SVG with every colour written out, or PNG from it.

import { canvasOf, save } from "../player/saving.js";
import { printable } from "../player/svg_text.js";
import { drawDiagram } from "./diagram.js";
import { CHEVRON } from "./measure.js";
import { element, title } from "./svg.js";

const SHARPNESS = 3; // PNG pixels per CSS pixel
const MOST_PIXELS = 100e6; // of a PNG: browsers draw nothing at all on larger canvases
const LONGEST_SIDE = 16_000;
const MARGIN = 8;
const FAMILIES = {
  code: "Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace",
  text: "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif",
};
const PAPER = { "--st-text-color": "#222222", "--st-background-color": "#ffffff", "--st-primary-color": "#222222" };
const PAINTS = ["fill", "stroke"];
const PLAIN = [
  ["stroke-width", "1px"],
  ["stroke-dasharray", "none"],
  ["stroke-linejoin", "miter"],
  ["stroke-linecap", "butt"],
  ["opacity", "1"],
];

// Any CSS colour as [red, green, blue, alpha] in 0..255: color-mix() and the like are not SVG.
function makeColourReader() {
  const pen = canvasOf(1, 1).getContext("2d", { willReadFrequently: true });
  const known = new Map();
  return (colour) => {
    if (!known.has(colour)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      known.set(colour, [...pen.getImageData(0, 0, 1, 1).data]);
    }
    return known.get(colour);
  };
}

function hex(values) {
  return `#${values.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

// Write an element's computed style into its attributes, for programs that know no style sheets.
function write(node, readColour) {
  const style = getComputedStyle(node);
  for (const role of PAINTS) {
    const paint = style.getPropertyValue(role);
    if (paint === "none") {
      node.setAttribute(role, "none");
      continue;
    }
    const [red, green, blue, alpha] = readColour(paint);
    const opacity = (alpha / 255) * Number(style.getPropertyValue(`${role}-opacity`));
    node.setAttribute(role, opacity ? hex([red, green, blue]) : "none");
    if (opacity && opacity < 1) node.setAttribute(`${role}-opacity`, opacity.toFixed(3));
  }
  for (const [property, usual] of PLAIN) {
    const value = style.getPropertyValue(property);
    if (value !== usual) node.setAttribute(property, value.replaceAll("px", ""));
  }
  if (node.tagName === "text" || node.tagName === "tspan") {
    const code = style.fontFamily.includes("mono");
    node.setAttribute("font-family", FAMILIES[code ? "code" : "text"]);
    node.setAttribute("font-size", parseFloat(style.fontSize));
    node.setAttribute("font-weight", style.fontWeight);
  }
}

const LEFT_OUT = ["class", "role", "tabindex", "data-index", "aria-label", "aria-pressed", "aria-expanded"];

/**
 * The drawing as the text of an SVG file, dark on white or on nothing, whatever the page's theme.
 * @param {Element} place  where the page's style sheet of the diagram holds
 * @param {{title: string, description: string, transparent: boolean}} about
 */
export function figureText(place, drawing, failure, about) {
  const paper = document.createElement("div");
  paper.className = "paper";
  for (const [name, value] of Object.entries(PAPER)) paper.style.setProperty(name, value);
  const svg = element("svg", { xmlns: "http://www.w3.org/2000/svg" });
  paper.append(svg);
  place.append(paper);
  try {
    drawDiagram(svg, drawing, { selected: null, failure });
    for (const part of svg.querySelectorAll(".hit, .toggle")) part.remove();
    for (const text of svg.querySelectorAll(".title")) text.setAttribute("x", text.getAttribute("x") - CHEVRON);
    const readColour = makeColourReader();
    const all = [...svg.querySelectorAll("g, rect, polygon, polyline, path, circle, text, tspan")];
    for (const node of all) write(node, readColour);
    for (const node of all) for (const name of LEFT_OUT) node.removeAttribute(name);
  } finally {
    paper.remove();
  }
  const [width, height] = [drawing.width + 2 * MARGIN, drawing.height + 2 * MARGIN];
  const box = `${-MARGIN} ${-MARGIN} ${width} ${height}`;
  for (const [name, value] of Object.entries({ width, height, viewBox: box, role: "img" })) svg.setAttribute(name, value);
  const ground = { x: -MARGIN, y: -MARGIN, width, height, fill: "#ffffff" };
  if (!about.transparent) svg.prepend(element("rect", ground));
  const description = element("desc", {});
  description.textContent = printable(about.description);
  svg.prepend(title(printable(about.title)), description);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(svg)}\n`;
}

/** A network's name as the name of a file. */
export function fileName(name) {
  const letters = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const kept = letters.replace(/[^a-z0-9]+/g, "_").slice(0, 60).replace(/^_+|_+$/g, "");
  return kept || "network";
}

/** How many pixels of a PNG a CSS pixel becomes: three, or what a browser can still draw. */
export function sharpness(width, height) {
  const bound = Math.min(Math.sqrt(MOST_PIXELS / (width * height)), LONGEST_SIDE / Math.max(width, height));
  return Math.min(SHARPNESS, bound);
}

/** Save the text of an SVG file; returns its bytes. */
export function saveSvg(text, name) {
  const blob = new Blob([text], { type: "image/svg+xml" });
  save(blob, `${fileName(name)}.svg`);
  return { bytes: blob.size };
}

/** Save the same as PNG; returns its bytes and size in pixels. */
export async function savePng(text, name, drawing) {
  const [width, height] = [drawing.width + 2 * MARGIN, drawing.height + 2 * MARGIN];
  const scale = sharpness(width, height);
  const canvas = canvasOf(width * scale, height * scale);
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  } finally {
    URL.revokeObjectURL(address);
  }
  const blob = await new Promise((resolve) => canvas.toBlob(resolve));
  save(blob, `${fileName(name)}.png`);
  return { bytes: blob.size, width: canvas.width, height: canvas.height };
}
