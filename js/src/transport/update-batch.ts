/**
 * Batch that collects the ops of a stream into update frames for the page, one frame for each turn of the
 * event loop. While the page holds more unpainted text than the high mark, no more ops are read, so the
 * network and the server wait.
 */

import { HIGH_MARK_CHARS } from "../core/inbox.ts";
import { type Op, type Update, VERSION } from "../core/protocol.ts";

export class UpdateBatch {
  page = "";
  receive: (wire: unknown) => void = () => {};
  /** The position up to which everything was given to the page. */
  position = 0;
  #painted = 0;
  #ops: Op[] = [];
  /** The position after the last collected op. */
  #seq = 0;
  #resumeReading = () => {};

  /** Begin again at a position, for a new connection. */
  restart(position: number): void {
    [this.position, this.#painted, this.#ops] = [position, Math.min(this.#painted, position), []];
    this.#resumeReading = () => {};
  }

  markPainted(position: number): void {
    this.#painted = position;
    this.#resumeReading();
  }

  /**
   * Add an op. If the page holds more than the high mark, return a promise that resolves once the op has been
   * added.
   */
  add(op: Op, position: number): Promise<void> | undefined {
    if (position - this.#painted <= HIGH_MARK_CHARS) {
      this.#append(op, position);
      return undefined;
    }
    return new Promise((resolve) => {
      this.#resumeReading = () => {
        if (position - this.#painted > HIGH_MARK_CHARS) return;
        this.#resumeReading = () => {};
        this.#append(op, position);
        resolve();
      };
    });
  }

  /** Send the collected ops now. */
  flush(): void {
    if (this.#ops.length === 0) return;
    const ops = this.#ops;
    this.#ops = [];
    this.emit({ seq: this.#seq, ops });
  }

  /** Send an update that ends at `seq`, by default at the page's position. */
  emit(update: Partial<Pick<Update, "seq" | "ops" | "now">>): void {
    const base = this.position;
    this.position = update.seq ?? base;
    const frame: Update = { v: VERSION, kind: "update", base, seq: base, to: this.page, ...update };
    this.receive(frame);
  }

  #append(op: Op, position: number): void {
    this.#seq = position;
    if (this.#ops.push(op) === 1) queueMicrotask(() => this.flush());
  }
}
