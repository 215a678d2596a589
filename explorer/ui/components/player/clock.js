/** The play position over time. No DOM. */

const REST_AT_END = 1.2; // seconds the finished picture is shown before a loop starts again

/** Cells per second of a speed setting: 0 is one cell a second, 1 the whole picture in one. */
export function rateOf(speed, steps) {
  return Math.max(1, steps) ** speed;
}

/**
 * The play after some time.
 * @param {{place: number, rest: number, playing: boolean, loop: boolean, speed: number}} play
 *   `place` is the step, with a fraction; `rest` the seconds already spent at the end
 * @param {number} steps how many there are
 * @param {number} seconds passed since the last call
 */
export function advance(play, steps, seconds) {
  if (!play.playing) return play;
  const last = steps - 1;
  const place = play.place + rateOf(play.speed, steps) * seconds;
  if (place < last + 1) return { ...play, place, rest: 0 };
  const rest = play.rest + seconds;
  if (rest < REST_AT_END) return { ...play, place: last + 0.999, rest };
  if (play.loop) return { ...play, place: 0, rest: 0 };
  return { ...play, place: last, rest: 0, playing: false };
}

/** The whole step of a place. */
export function stepOf(place, steps) {
  return Math.max(0, Math.min(steps - 1, Math.floor(place)));
}
