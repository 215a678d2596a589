/**
 * LZW as GIF uses it: codes of growing width, at most 12 bits, in blocks of up to 255 bytes.
 *
 * A code stands for a run of pixels seen before; (code, next pixel) pairs are found in a hash table.
 */

const MOST_CODES = 4096;
const SLOTS = 1 << 14; // four times the codes, so that a look-up hardly ever collides
const BLOCK = 255;

/**
 * A function that packs palette indices; its tables are kept from call to call.
 * @returns {(indices: Uint8Array, bits: number) => Uint8Array} the code size's byte, the blocks and
 *   the empty block that ends them; valid until the next call
 */
export function createLzw() {
  const keys = new Int32Array(SLOTS);
  const codes = new Uint16Array(SLOTS);
  let packed = new Uint8Array(1 << 16);

  return (indices, bits) => {
    // Never more than 12 bits a pixel, and one byte in 256 for the lengths of blocks.
    const most = Math.ceil(indices.length * 1.52) + 1024;
    if (packed.length < most) packed = new Uint8Array(most);
    const clear = 1 << bits;
    const end = clear + 1;
    let next = end + 1;
    let width = bits + 1;
    let buffer = 0;
    let buffered = 0;
    let at = 2; // packed[1] is the first block's length
    let block = 1;
    packed[0] = bits;

    const put = (code) => {
      buffer |= code << buffered;
      buffered += width;
      while (buffered >= 8) {
        packed[at++] = buffer & 255;
        buffer >>>= 8;
        buffered -= 8;
        if (at - block > BLOCK) {
          packed[block] = BLOCK;
          block = at++;
        }
      }
    };

    keys.fill(-1);
    put(clear);
    let prefix = indices[0];
    for (let index = 1; index < indices.length; index++) {
      const pixel = indices[index];
      const key = (prefix << 8) | pixel;
      let slot = ((pixel << 6) ^ (prefix * 5)) & (SLOTS - 1);
      while (keys[slot] !== key && keys[slot] !== -1) slot = (slot + 1) & (SLOTS - 1);
      if (keys[slot] === key) {
        prefix = codes[slot];
        continue;
      }
      put(prefix);
      prefix = pixel;
      if (next < MOST_CODES) {
        keys[slot] = key;
        codes[slot] = next;
        if (next++ === 1 << width) width += 1; // the decoder is one code behind
      } else {
        put(clear);
        keys.fill(-1);
        next = end + 1;
        width = bits + 1;
      }
    }
    put(prefix);
    // The decoder now makes the code of the pair it has been waiting for: it may widen once more.
    if (next === 1 << width && width < 12) width += 1;
    put(end);
    if (buffered > 0) {
      packed[at++] = buffer & 255;
      buffered = 0;
    }
    packed[block] = at - block - 1;
    if (packed[block] > 0) packed[at++] = 0;
    return packed.subarray(0, at);
  };
}
