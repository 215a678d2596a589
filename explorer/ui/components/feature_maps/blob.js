/** The packed maps of explorer/ui/network/maps_blob.py, read back. No DOM. */

const MAGIC = "CNNM";
const PREFIX_BYTES = 8;
const TYPES = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array };

/**
 * Maps from their blob.
 * @param {Uint8Array} bytes as Streamlit delivers it, at any offset of its buffer
 * @returns {object} the header's fields, and `codes`, `lows`, `highs`, `picture` as
 *   { shape, values }; codes' shape is [maps, depth, rows, columns], the picture's
 *   [depth, rows, columns, 3]
 */
export function parseMaps(bytes) {
  // Typed arrays need aligned offsets, and Streamlit's view has none: copy to a buffer of our own.
  const buffer = bytes.slice().buffer;
  const magic = String.fromCharCode(...new Uint8Array(buffer, 0, MAGIC.length));
  if (magic !== MAGIC) throw new Error("these are no maps");
  const headerBytes = new DataView(buffer).getUint32(MAGIC.length, true);
  const { arrays, ...header } = JSON.parse(
    new TextDecoder().decode(new Uint8Array(buffer, PREFIX_BYTES, headerBytes)),
  );
  for (const [name, { type, shape, offset }] of Object.entries(arrays)) {
    const count = shape.reduce((product, size) => product * size, 1);
    const start = PREFIX_BYTES + headerBytes + offset;
    header[name] = { shape, values: new TYPES[type](buffer, start, count) };
  }
  const most = header.codes.values instanceof Uint16Array ? 65535 : 255;
  return { ...header, most, exact: most > 255 };
}

/** The value of a map's cell, as close as its codes tell. */
export function valueAt(maps, map, index) {
  const low = maps.lows.values[map];
  const high = maps.highs.values[map];
  return low + (maps.codes.values[index] / maps.most) * (high - low);
}

/** One plane of a map as values: Float32Array of rows · columns. */
export function planeOf(maps, map, slice) {
  const [, depth, rows, columns] = maps.codes.shape;
  const length = rows * columns;
  const start = (map * depth + slice) * length;
  const values = new Float32Array(length);
  for (let index = 0; index < length; index++) values[index] = valueAt(maps, map, start + index);
  return values;
}

/** The value of a unit [depth, row, column], counted in cells of the layer. */
export function unitValue(maps, map, unit) {
  const [, depth, rows, columns] = maps.codes.shape;
  const [slice, row, column] = unit.map((at) => Math.floor(at / maps.step));
  return valueAt(maps, map, ((map * depth + slice) * rows + row) * columns + column);
}
