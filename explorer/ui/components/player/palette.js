/**
 * At most 255 colours for the pixels of a frame that changed. No DOM.
 *
 * Up to 255 colours are taken as they are. More are counted in bins of 4 levels of red, green and
 * blue; up to 254 bins, each becomes an entry of its most frequent colour; beyond it the bins are
 * divided where they differ most (by variance, as in Wan, Wong and Prusinkiewicz, An algorithm for
 * multidimensional data clustering, 1988). Counts enter by their square root: thin lines and small
 * text matter more than their share of the pixels. The background is exact in any case: what was
 * painted over and comes back must leave no trace.
 */

const BINS = 1 << 18;
const MOST_COLOURS = 255; // entry 0 means: as before
const MOST_BINNED = MOST_COLOURS - 1; // one is the background's
const SLOTS = 1 << 10; // of a hash table of at most 255 colours
const SAMPLED = 101; // every so many pixels tell which colour is the background

const binOf = (pixel) =>
  ((pixel & 0xfc) << 10) | ((pixel >>> 4) & 0xfc0) | ((pixel >>> 18) & 0x3f);

export function createPalette() {
  const counts = new Uint32Array(BINS);
  const samples = new Uint32Array(BINS); // the most frequent colour of a bin, by majority vote
  const votes = new Int32Array(BINS);
  const entries = new Uint8Array(BINS);
  const occupied = new Int32Array(BINS);
  const colourKeys = new Uint32Array(SLOTS);
  const colourEntries = new Uint8Array(SLOTS);
  let background = null;

  function findBackground(now) {
    const seen = new Map();
    for (let at = 0; at < now.length; at += SAMPLED) seen.set(now[at], (seen.get(now[at]) ?? 0) + 1);
    return [...seen].reduce((most, each) => (each[1] > most[1] ? each : most))[0];
  }

  /** Indices with an entry for each colour, or null if there are too many. */
  function exactly(now, before, width, area, indices) {
    colourKeys.fill(0); // no opaque pixel is 0
    const colours = [];
    let to = 0;
    for (let y = area.y; y < area.y + area.height; y++) {
      const row = y * width;
      let last = 0;
      let entry = 0;
      for (let at = row + area.x; at < row + area.x + area.width; at++) {
        const pixel = now[at];
        if (before !== null && before[at] === pixel) {
          indices[to++] = 0;
          continue;
        }
        if (pixel !== last) {
          let slot = (Math.imul(pixel, 0x9e3779b1) >>> 22) & (SLOTS - 1);
          while (colourKeys[slot] !== pixel && colourKeys[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
          if (colourKeys[slot] === 0) {
            if (colours.length === MOST_COLOURS) return null;
            colours.push(pixel);
            colourKeys[slot] = pixel;
            colourEntries[slot] = colours.length;
          }
          entry = colourEntries[slot];
          last = pixel;
        }
        indices[to++] = entry;
      }
    }
    return colours;
  }

  /** Count the changed pixels that are not background; returns how many bins they fall into. */
  function count(now, before, width, area) {
    let found = 0;
    for (let y = area.y; y < area.y + area.height; y++) {
      const row = y * width;
      let bin = -1;
      let last = 0;
      for (let at = row + area.x; at < row + area.x + area.width; at++) {
        const pixel = now[at];
        if (pixel === background || (before !== null && before[at] === pixel)) continue;
        if (pixel !== last || bin < 0) {
          bin = binOf(pixel);
          last = pixel;
        }
        if (counts[bin]++ === 0) {
          occupied[found++] = bin;
          samples[bin] = pixel;
          votes[bin] = 1;
        } else if (samples[bin] === pixel) votes[bin]++;
        else if (--votes[bin] < 0) {
          samples[bin] = pixel;
          votes[bin] = 1;
        }
      }
    }
    return found;
  }

  /** One entry for each bin. */
  function binByBin(found) {
    const colours = [];
    for (let index = 0; index < found; index++) {
      const bin = occupied[index];
      entries[bin] = index + 1;
      colours.push(samples[bin]);
    }
    return colours;
  }

  /** A part of the bins: its weighted mean colour, and along which channel it varies how much. */
  function box(start, end) {
    let weight = 0;
    const sums = [0, 0, 0];
    const squares = [0, 0, 0];
    for (let index = start; index < end; index++) {
      const bin = occupied[index];
      const share = Math.sqrt(counts[bin]);
      const colour = samples[bin];
      weight += share;
      for (let channel = 0; channel < 3; channel++) {
        const level = (colour >>> (8 * channel)) & 255;
        sums[channel] += share * level;
        squares[channel] += share * level * level;
      }
    }
    const mean = sums.map((sum) => sum / weight);
    const spread = squares.map((square, channel) => square - sums[channel] * mean[channel]);
    const widest = spread.indexOf(Math.max(...spread));
    return { start, end, mean, widest, spread: end - start > 1 ? spread[widest] : 0 };
  }

  /** Put the bins below the mean before those above it; returns where the latter begin. */
  function partition({ start, end, mean, widest }) {
    let [low, high] = [start, end - 1];
    while (low <= high) {
      const bin = occupied[low];
      if (((samples[bin] >>> (8 * widest)) & 255) <= mean[widest]) low++;
      else {
        occupied[low] = occupied[high];
        occupied[high--] = bin;
      }
    }
    return low;
  }

  function divided(found) {
    const boxes = [box(0, found)];
    while (boxes.length < MOST_BINNED) {
      let most = 0;
      for (let index = 1; index < boxes.length; index++) {
        if (boxes[index].spread > boxes[most].spread) most = index;
      }
      const whole = boxes[most];
      const middle = whole.spread > 0 ? partition(whole) : whole.end;
      if (middle === whole.start || middle === whole.end) {
        if (whole.spread <= 0) break;
        whole.spread = 0; // equal levels that rounding kept apart
        continue;
      }
      boxes[most] = box(whole.start, middle);
      boxes.push(box(middle, whole.end));
    }
    return boxes.map(({ start, end, mean }, index) => {
      for (let at = start; at < end; at++) entries[occupied[at]] = index + 1;
      const [red, green, blue] = mean.map(Math.round);
      return red | (green << 8) | (blue << 16);
    });
  }

  /** Indices into colours that stand for those of their bin. */
  function nearly(now, before, width, area, indices) {
    const found = count(now, before, width, area);
    const colours = found <= MOST_BINNED ? binByBin(found) : divided(found);
    colours.push(background);
    let to = 0;
    for (let y = area.y; y < area.y + area.height; y++) {
      const row = y * width;
      for (let at = row + area.x; at < row + area.x + area.width; at++) {
        const pixel = now[at];
        if (before !== null && before[at] === pixel) indices[to++] = 0;
        else indices[to++] = pixel === background ? colours.length : entries[binOf(pixel)];
      }
    }
    for (let at = 0; at < found; at++) counts[occupied[at]] = 0;
    return colours;
  }

  /**
   * Turn an area's pixels into palette indices, 0 for those that are as before.
   * @param {Uint32Array} now  pixels, red in the lowest byte
   * @param {Uint32Array | null} before  the frame before
   * @param {number} width  of a whole frame
   * @param {{x, y, width, height}} area
   * @param {Uint8Array} indices  takes the area's indices, row by row
   * @returns {{table: Uint8Array, bits: number}} 2^bits colours of three bytes each
   */
  function index(now, before, width, area, indices) {
    background ??= findBackground(now);
    const colours =
      exactly(now, before, width, area, indices) ?? nearly(now, before, width, area, indices);
    const bits = Math.max(1, Math.ceil(Math.log2(colours.length + 1)));
    const table = new Uint8Array(3 << bits);
    colours.forEach((colour, entry) => {
      table.set([colour & 255, (colour >>> 8) & 255, (colour >>> 16) & 255], 3 * (entry + 1));
    });
    return { table, bits };
  }

  return { index };
}
