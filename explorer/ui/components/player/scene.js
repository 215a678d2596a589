/** The packed scene of explorer/windows/scene.py, read back into typed arrays. No DOM. */

const MAGIC = "CNNS";
const PREFIX_BYTES = 8;

/** A field of numbers with its shape (channels first); 8-bit fields become float32 in 0..1. */
function readField(buffer, start, entry) {
  const count = entry.shape.reduce((product, size) => product * size, 1);
  const offset = start + entry.offset;
  if (entry.type === "float32") {
    return { shape: entry.shape, values: new Float32Array(buffer, offset, count) };
  }
  if (entry.type !== "uint8") throw new Error(`unknown array type ${entry.type}`);
  const codes = new Uint8Array(buffer, offset, count);
  const values = new Float32Array(count);
  // Stored as float32, a quotient is rounded as PyTorch rounded it: the very same numbers.
  for (let index = 0; index < count; index++) values[index] = codes[index] / 255;
  return { shape: entry.shape, values };
}

/**
 * The scene in a blob.
 * @param {Uint8Array} bytes as Streamlit delivers it, at any offset of its buffer
 * @returns {{operation: string, window: object, input: object, output: object, weight: ?object,
 *   bias: ?Float32Array, colour: boolean, channels: string[], title: string}}
 */
export function parseScene(bytes) {
  // Typed arrays need aligned offsets, and Streamlit's view has none: copy to a buffer of our own.
  const buffer = bytes.slice().buffer;
  const magic = String.fromCharCode(...new Uint8Array(buffer, 0, MAGIC.length));
  if (magic !== MAGIC) throw new Error("this is not a scene");
  const headerBytes = new DataView(buffer).getUint32(MAGIC.length, true);
  const text = new TextDecoder().decode(new Uint8Array(buffer, PREFIX_BYTES, headerBytes));
  const header = JSON.parse(text);
  const field = (name) =>
    header.arrays[name] ? readField(buffer, PREFIX_BYTES + headerBytes, header.arrays[name]) : null;
  return {
    operation: header.operation,
    title: header.title,
    colour: header.colour,
    channels: header.channels,
    window: {
      kernelSize: header.window.kernel_size,
      stride: header.window.stride,
      padding: header.window.padding,
      dilation: header.window.dilation,
    },
    input: field("input"),
    weight: field("weight"),
    bias: field("bias")?.values ?? null,
    output: field("output"),
  };
}

/** How many output cells the play goes through: one map's worth. */
export function stepsOf(scene) {
  return scene.output.shape.slice(1).reduce((product, size) => product * size, 1);
}
