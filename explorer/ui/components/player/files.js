/** The frame that is shown, or the whole play, as a file: PNG, SVG, animated GIF. */

import { createGif } from "./gif.js";
import { canvasOf, save } from "./saving.js";
import { createSvgPen } from "./svg_pen.js";

const MARGIN = 14; // CSS pixels around the stage
const SHARPNESS = 2; // PNG pixels per CSS pixel
const MOST_FRAMES = 200; // of a GIF; a longer play is sampled evenly
const WIDEST_GIF = 800;
const [DELAY, LAST_DELAY] = [8, 150]; // hundredths of a second

/** The file's size: the stage with a margin around it. */
function sizeOf(stage) {
  return [stage.element.clientWidth, stage.element.clientHeight].map((side) => side + 2 * MARGIN);
}

function drawFrame(pen, stage) {
  const [width, height] = sizeOf(stage);
  pen.fillStyle = stage.theme.background;
  pen.fillRect(0, 0, width, height);
  pen.save();
  pen.translate(MARGIN, MARGIN);
  stage.drawFrame(pen);
  pen.restore();
}

/** Save the frame as PNG, twice as fine as it is shown. */
export function savePng(stage, name) {
  const [width, height] = sizeOf(stage);
  const canvas = canvasOf(width * SHARPNESS, height * SHARPNESS);
  const pen = canvas.getContext("2d");
  pen.scale(SHARPNESS, SHARPNESS);
  drawFrame(pen, stage);
  return new Promise((resolve) => {
    canvas.toBlob((blob) => {
      save(blob, `${name}.png`);
      resolve(blob.size);
    });
  });
}

/** A canvas or an ImageData as `data:image/png;…`. */
function dataUrlOf(image) {
  if (image.toDataURL) return image.toDataURL();
  const canvas = canvasOf(image.width, image.height);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas.toDataURL();
}

/** Save the frame as SVG: pictures as pixels, everything else as shapes and text. */
export function saveSvg(stage, name) {
  const [width, height] = sizeOf(stage);
  const title = stage.element.getAttribute("aria-label");
  const pen = createSvgPen(width, height, dataUrlOf, { title });
  drawFrame(pen, stage);
  const blob = new Blob([pen.toString()], { type: "image/svg+xml" });
  save(blob, `${name}.svg`);
  return blob.size;
}

/** Which steps a GIF of so many steps shows, in order. */
export function gifSteps(steps) {
  const count = Math.min(steps, MOST_FRAMES);
  return Array.from({ length: count }, (_, index) =>
    count === 1 ? 0 : Math.round((index * (steps - 1)) / (count - 1)),
  );
}

/**
 * Save the whole play as a GIF, frame by frame so that the page goes on answering.
 * @param {{steps: number, show: Function, stage: object, name: string, progress: Function,
 *   cancelled: Function}} job `show(step)` brings a step onto the stage
 * @returns {Promise<?{frames: number, bytes: number}>} null when cancelled
 */
export async function saveGif({ steps, show, stage, name, progress, cancelled }) {
  const [width, height] = sizeOf(stage);
  const scale = Math.min(1, WIDEST_GIF / width);
  const canvas = canvasOf(width * scale, height * scale);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const gif = createGif(canvas.width, canvas.height, { loop: true });
  const shown = gifSteps(steps);
  for (const [index, step] of shown.entries()) {
    if (cancelled() || !stage.element.isConnected) return null;
    show(step);
    pen.resetTransform();
    pen.scale(scale, scale);
    drawFrame(pen, stage);
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    gif.add(data, index === shown.length - 1 ? LAST_DELAY : DELAY);
    progress(index + 1, shown.length);
    await new Promise((resolve) => setTimeout(resolve)); // the page draws and listens in between
  }
  const blob = new Blob([gif.finish()], { type: "image/gif" });
  save(blob, `${name}.gif`);
  return { frames: shown.length, bytes: blob.size };
}
