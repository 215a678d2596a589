/**
 * What is told to the server, one message at a time: Streamlit keeps only the last of several that
 * arrive before it has run the page for the first. No DOM.
 */

const PATIENCE = 1000; // milliseconds, for messages that change nothing that would be sent back

export class Mailbox {
  /** `send(name, value)` hands a message over. */
  constructor(send) {
    this.send = send;
    this.queue = [];
    this.since = null; // when the message was sent that is being worked on
  }

  /** Send a message in its turn; a newer one of the same name and `key` takes its place. */
  post(name, value, key = "") {
    const place = this.queue.findIndex((each) => each.name === name && each.key === key);
    if (place < 0) this.queue.push({ name, value, key });
    else this.queue[place].value = value;
    this.flush();
  }

  /** The server has answered. */
  answered() {
    this.since = null;
    this.flush();
  }

  /** Whether changes still wait for their turn: an answer that comes now knows nothing of them. */
  get waiting() {
    return this.queue.some(({ name }) => name !== "view");
  }

  flush() {
    clearTimeout(this.timer);
    if (!this.queue.length) return;
    const left = this.since === null ? 0 : this.since + PATIENCE - performance.now();
    if (left > 0) {
      this.timer = setTimeout(() => this.flush(), left);
      return;
    }
    const { name, value } = this.queue.shift();
    this.since = performance.now();
    this.send(name, value);
    this.flush();
  }

  close() {
    clearTimeout(this.timer);
    this.queue = [];
  }
}
