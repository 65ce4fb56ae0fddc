/** Stream of one conversation over HTTP: opened at the page's position, resumed, and opened again after a loss. */

import { LINK_TEXT } from "../core/page-text.ts";
import type { Op } from "../core/protocol.ts";
import { isRunning } from "../core/reply.ts";
import { decodeOp } from "../core/sse-events.ts";
import { type Data, type StreamError, streamChat } from "../sse/client.ts";
import { isFinal } from "../sse/errors.ts";
import { pause, rejectOnAbort } from "../sse/wait.ts";
import type { IdleDisconnect } from "./idle-disconnect.ts";
import type { UpdateBatch } from "./update-batch.ts";

/** Delay before the next attempt after `streamChat` has given up. */
const REOPEN_DELAY_MS = 2_000;

export interface StreamListener {
  /** Called with a sentence about a problem that may pass, and with undefined when all is well again. */
  report(problem: string | undefined): void;
  /** Called when the connection is lost, and when it is there again. */
  noteConnection(isConnected: boolean): void;
  /** Called when the server refuses the conversation for good. */
  markOver(error: StreamError): void;
}

export class ConversationStream {
  /** Whether the server has answered on the present connection. */
  isOpen = false;
  /** Whether the server has ever answered, so that it knows the conversation. */
  wasOpened = false;
  readonly #url: string;
  readonly #id: string;
  readonly #batch: UpdateBatch;
  readonly #idleDisconnect: IdleDisconnect;
  readonly #listener: StreamListener;
  readonly #life: AbortSignal;
  /** The first part of the ids of the stream's events; a position follows it. */
  #eventPrefix = "";
  #connection: AbortController | undefined;
  #retryNow: (value?: unknown) => void = () => {};

  constructor(
    [url, id]: readonly [string, string],
    batch: UpdateBatch,
    idleDisconnect: IdleDisconnect,
    listener: StreamListener,
    life: AbortSignal,
  ) {
    this.#url = url;
    this.#id = id;
    this.#batch = batch;
    this.#idleDisconnect = idleDisconnect;
    this.#listener = listener;
    this.#life = life;
    life.addEventListener("abort", () => this.close());
  }

  /** Read from the page's position, unless the stream is read from there already. */
  resumeAt(position: number): void {
    if (!this.#connection || position !== this.#batch.position) this.#open(position);
  }

  /** Open another connection at the page's position, in place of the present one. */
  restart(): void {
    this.#open(this.#batch.position);
  }

  /** Open the stream again if it was closed. */
  reopen(): void {
    if (this.#connection?.signal.aborted) this.restart();
  }

  close(): void {
    this.#connection?.abort();
    this.isOpen = false;
  }

  /** Make the next attempt now, if the stream waits for it. */
  retryNow(): void {
    this.#retryNow();
  }

  #open(position: number): void {
    this.close();
    if (this.#life.aborted) return;
    this.#connection = new AbortController();
    this.#batch.restart(position);
    // A stream that waits for the server's first answer counts as an activity, so that the connection is not
    // closed before the answer.
    this.#idleDisconnect.track("opening", true);
    this.#read(this.#connection.signal);
  }

  async #read(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { position } = this.#batch;
      const resume = position > 0 && { headers: { "Last-Event-ID": `${this.#eventPrefix}-${position}` } };
      const onEvent = (data: Data, position: number, id = "") => {
        this.#eventPrefix = id.slice(0, id.lastIndexOf("-"));
        return this.#accept(data, position);
      };
      const body = { chat: true, id: this.#id };
      const onConnection = (isConnected: boolean) =>
        signal.aborted || this.#listener.noteConnection(isConnected);
      const options = { onEvent, onConnection, signal, ...resume };
      const error = await streamChat(this.#url, body, options).catch((error) => error);
      if (signal.aborted) return;
      this.#batch.flush();
      if (!isFinal(error)) await this.#waitToRetry(error, signal);
      else if (this.#batch.position > 0 || !this.wasOpened) this.#listener.markOver(error);
      // The server dropped a conversation without a message. Open another one, and do not tell the user.
      else this.wasOpened = false;
    }
  }

  async #waitToRetry({ status, message }: StreamError, signal: AbortSignal): Promise<void> {
    this.#listener.report(LINK_TEXT.retrying(status === 0 ? LINK_TEXT.cut : message));
    const retried = new Promise((resolve) => {
      this.#retryNow = resolve;
    });
    await rejectOnAbort(Promise.race([pause(REOPEN_DELAY_MS, signal), retried]), signal).catch(() => {});
  }

  #accept(data: Data, position: number): Promise<void> | undefined {
    const op = decodeOp(data);
    if (op) {
      this.#trackOp(op);
      return this.#batch.add(op, position);
    }
    this.wasOpened = this.isOpen = true;
    this.#idleDisconnect.track("opening", false);
    this.#listener.report(undefined);
    this.#batch.flush();
    if (typeof data.now === "number") this.#batch.emit({ now: data.now });
    return undefined;
  }

  /** A running reply and a waiting message keep the connection open. */
  #trackOp(op: Op): void {
    if (op.op === "reply") this.#idleDisconnect.track("reply", isRunning(op));
    else if (op.op === "queue" || op.op === "unqueue")
      this.#idleDisconnect.track(`queue ${op.key}`, op.op === "queue");
  }
}
