// What is done in the table on its way to the server: each action has a number, the server says up
// to which number it has done them, and what it has not done is sent again. So each is done exactly
// once and in order, however fast they come and whatever Streamlit merges. No DOM.

const MOST = 50; // actions in one message; more go with the next
const PATIENCE = 2000; // milliseconds until what was not answered is sent again, twice as many each time
const LONGEST = 60000;

export class Actions {
  /** `send({ source, actions })` hands a message over; `source` tells this table from others. */
  constructor(send, source = Math.random().toString(36).slice(2)) {
    Object.assign(this, { send, source });
    this.number = 0; // of the last action
    this.done = 0; // the number up to which the server has done them
    this.sent = 0; // that of the last one that was sent
    this.queue = []; // all that are not done, the oldest first
  }

  get busy() {
    return this.queue.length > 0;
  }

  /** Do an action in its turn. */
  post(action) {
    this.queue.push({ ...action, number: ++this.number });
    if (this.sent === this.done) this.flush(PATIENCE);
  }

  /** What the server says it has done. Returns whether that is more than before. */
  answered({ source, number }) {
    if (source !== this.source || number <= this.done) return false;
    this.done = number;
    this.queue = this.queue.filter((action) => action.number > number);
    if (this.done >= this.sent) this.flush(PATIENCE);
    return true;
  }

  flush(patience) {
    clearTimeout(this.timer);
    if (!this.busy) return;
    const actions = this.queue.slice(0, MOST);
    this.sent = actions.at(-1).number;
    this.timer = setTimeout(() => this.flush(Math.min(LONGEST, 2 * patience)), patience);
    this.send({ source: this.source, actions });
  }

  close() {
    clearTimeout(this.timer);
    this.queue = [];
  }
}
