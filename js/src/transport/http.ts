/** Route of a conversation over HTTP: the stream comes in as frames, and the page's commands are posted. */

import { LINK_TEXT } from "../core/page-text.ts";
import type { Bye, Command, Frame, Op, Prompt } from "../core/protocol.ts";
import { decodeOp } from "../core/sse-events.ts";
import { isRunning } from "../core/transcript.ts";
import { streamUrl } from "../sse/address.ts";
import { type Data, type StreamError, streamChat } from "../sse/client.ts";
import { errorFrom, isFinal } from "../sse/errors.ts";
import { pause, rejectOnAbort } from "../sse/wait.ts";
import { IdleDisconnect } from "./idle-disconnect.ts";
import type { Route } from "./jupyter.ts";
import type { LinkListener } from "./kernel-link.ts";
import { UpdateBatch } from "./update-batch.ts";

/** Delay before the next attempt after `streamChat` has given up. */
const REOPEN_DELAY_MS = 2_000;

/**
 * A command that has had no answer for this long may be waiting for a free connection; a browser has only six
 * (see `idle-disconnect.ts`). The stream is then closed and opened again, so that the command is sent first.
 */
const YIELD_AFTER_MS = 1_000;

/**
 * A command without an answer is aborted after this time, so that its connection becomes free. Commands are
 * repeated every second, so on a dead network the repetitions would hold all six connections. A command with
 * files gets one more millisecond for each 32 characters. The server allows 30 s for a body.
 */
const COMMAND_TIMEOUT_MS = 10_000;

/** A message that cannot be posted goes back to the user once the connection has been lost for this long. */
const GIVE_BACK_AFTER_MS = 3_000;

/** A problem that the user must know about. */
export interface RouteProblem {
  readonly message: string;
  /** Whether the conversation is over: the server no longer has it, and takes no commands for it. */
  readonly isOver: boolean;
  /** The message that the server refused, to be given back to the user. */
  readonly rejectedPrompt?: Prompt;
}

/** Called with each problem, and with undefined when all is well again. */
type Report = (problem: RouteProblem | undefined) => void;

export class HttpRoute implements Route {
  readonly #url: string;
  readonly #id: string;
  readonly #report: Report;
  readonly #life: AbortSignal;
  readonly #batch = new UpdateBatch();
  readonly #idleDisconnect: IdleDisconnect;
  /** The first part of the ids of the stream's events; a position follows it. */
  #eventPrefix = "";
  #connection: AbortController | undefined;
  #wasOpened = false;
  #isOpen = false;
  /** Commands that the server has refused for good. They are not sent again. */
  readonly #refused = new WeakSet<Command>();
  /** The reason why the conversation is over; empty while it is not. */
  #endMessage = "";
  #retryNow: (value?: unknown) => void = () => {};
  #onLink: LinkListener = () => {};
  /** The time at which the connection was lost; undefined while it is there. */
  #lostAt: number | undefined;

  constructor(url: string, id: string, report: Report, life: AbortSignal) {
    this.#url = url;
    this.#id = id;
    this.#report = report;
    this.#life = life;
    this.#idleDisconnect = new IdleDisconnect(
      () => this.#reopen(),
      () => this.#close(),
      life,
    );
    life.addEventListener("abort", () => this.#close());
  }

  send(frame: Frame): void {
    switch (frame.kind) {
      case "resync":
        this.#batch.page = frame.page;
        if (!this.#connection || frame.seq !== this.#batch.position) this.#open(frame.seq);
        break;
      case "ack":
        this.#batch.markPainted(frame.seq);
        break;
      case "bye":
        this.#sayGoodbye(frame);
        break;
      case "request_asset":
      case "list_variables":
      case "update":
      case "asset":
        break;
      default:
        this.#sendCommand(frame satisfies Command);
    }
  }

  setPresence(isHidden: boolean): void {
    this.#idleDisconnect.setHidden(isHidden);
  }

  /** Set the receiver. The page's first resync opens the stream, because it gives the page's position. */
  listen(receive: (wire: unknown) => void): void {
    this.#batch.receive = receive;
  }

  reconnect(): void {
    this.#retryNow();
  }

  watchLink(listener: LinkListener): void {
    this.#onLink = listener;
  }

  /** Report that the server does not have the conversation, and open no stream. */
  markForgotten(): void {
    this.#endMessage = LINK_TEXT.forgotten;
    this.#onLink("server_forgot");
  }

  /** End the conversation at the server, because the user has begun another one. */
  endConversation(): void {
    fetch(streamUrl(this.#url, this.#id), { method: "DELETE", keepalive: true }).catch(() => {});
  }

  #open(position: number): void {
    this.#close();
    if (this.#life.aborted) return;
    this.#connection = new AbortController();
    this.#batch.restart(position);
    // A stream that waits for the server's first answer counts as an activity, so that the connection is not
    // closed before the answer.
    this.#idleDisconnect.track("opening", true);
    this.#readStream(this.#connection.signal);
  }

  #reopen(): void {
    if (this.#connection?.signal.aborted && !this.#endMessage) this.#open(this.#batch.position);
  }

  #close(): void {
    this.#connection?.abort();
    this.#isOpen = false;
  }

  async #readStream(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { position } = this.#batch;
      const resume = position > 0 && { headers: { "Last-Event-ID": `${this.#eventPrefix}-${position}` } };
      const onEvent = (data: Data, position: number, id = "") => {
        this.#eventPrefix = id.slice(0, id.lastIndexOf("-"));
        return this.#accept(data, position);
      };
      const body = { chat: true, id: this.#id };
      const onConnection = (isConnected: boolean) => signal.aborted || this.#noteConnection(isConnected);
      const options = { onEvent, onConnection, signal, ...resume };
      const error = await streamChat(this.#url, body, options).catch((error) => error);
      if (signal.aborted) return;
      this.#batch.flush();
      if (!isFinal(error)) await this.#waitToRetry(error, signal);
      else if (this.#batch.position > 0 || !this.#wasOpened) this.#markOver(error);
      // The server dropped a conversation without a message. Open another one, and do not tell the user.
      else this.#wasOpened = false;
    }
  }

  async #waitToRetry({ status, message }: StreamError, signal: AbortSignal): Promise<void> {
    const cause = status === 0 ? LINK_TEXT.cut : message;
    this.#report({ message: LINK_TEXT.retrying(cause), isOver: false });
    const retried = new Promise((resolve) => {
      this.#retryNow = resolve;
    });
    await rejectOnAbort(Promise.race([pause(REOPEN_DELAY_MS, signal), retried]), signal).catch(() => {});
  }

  #noteConnection(isConnected: boolean): void {
    this.#lostAt = isConnected ? undefined : (this.#lostAt ?? Date.now());
    this.#onLink(isConnected ? "restored" : "cut");
  }

  #markOver({ message, status }: StreamError): void {
    this.#close();
    if (status === 404 || status === 410) {
      this.#report(undefined);
      this.markForgotten();
      return;
    }
    this.#report({ message, isOver: true });
    this.#endMessage = message;
  }

  #accept(data: Data, position: number): Promise<void> | undefined {
    const op = decodeOp(data);
    if (op) {
      this.#trackOp(op);
      return this.#batch.add(op, position);
    }
    this.#wasOpened = this.#isOpen = true;
    this.#idleDisconnect.track("opening", false);
    this.#report(undefined);
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

  /** Tell the server that this page goes, so that a running reply need not wait long for another page. */
  #sayGoodbye(frame: Bye): void {
    if (this.#endMessage || !this.#idleDisconnect.isTracking("reply")) return;
    // The browser sends a beacon even after the page is gone.
    const body = new Blob([JSON.stringify(frame)], { type: "application/json" });
    navigator.sendBeacon?.(streamUrl(this.#url, this.#id), body);
  }

  #sendCommand(command: Command): void {
    if (this.#refused.has(command)) this.#settlePrompt(command);
    else if (this.#endMessage) this.#refuse(command, this.#endMessage);
    else this.#post(command);
  }

  /** Post a command once; `CommandSender` repeats it until it has an effect. */
  async #post(command: Command): Promise<void> {
    const body = JSON.stringify(command);
    const url = streamUrl(this.#url, this.#id);
    const isStop = command.kind === "stop";
    const request = {};
    this.#idleDisconnect.track(request, true);
    this.#reopen();
    const timer = setTimeout(() => {
      // If the server does not keep streams, closing the connection ends a running reply. A Stop wants that,
      // and no other command does.
      if (this.#isOpen && (isStop || !this.#idleDisconnect.isTracking("reply")))
        this.#open(this.#batch.position);
    }, YIELD_AFTER_MS);
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
      keepalive: isStop,
      signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS + (body.length >> 5)),
    }).catch(() => undefined);
    clearTimeout(timer);
    this.#idleDisconnect.track(request, false);
    if (this.#life.aborted || this.#endMessage) return;
    if (!response) this.#giveBack(command);
    else if (response.ok) this.#report(undefined);
    else this.#handleRefusal(command, response, await errorFrom(response, url));
  }

  /** Give a message back to the user if the connection has been lost for a while. Others are repeated. */
  #giveBack(command: Command): void {
    const isLost = this.#lostAt !== undefined && Date.now() - this.#lostAt >= GIVE_BACK_AFTER_MS;
    if (isLost && command.kind === "prompt") this.#refuse(command, LINK_TEXT.retrying(LINK_TEXT.cut));
  }

  #handleRefusal(command: Command, { status }: Response, error: StreamError): void {
    if (this.#refused.has(command)) return;
    // A 404 before the stream was opened only means that the server does not know this chat yet.
    if (status === 404 || status === 410) this.#wasOpened && this.#markOver(error);
    else if (isFinal(error)) this.#refuse(command, error.message);
    else if (status < 500) this.#report({ message: error.message, isOver: false });
  }

  #refuse(command: Command, message: string): void {
    this.#refused.add(command);
    this.#settlePrompt(command);
    const rejected = command.kind === "prompt" && { rejectedPrompt: command };
    this.#report({ message, isOver: !!this.#endMessage, ...rejected });
  }

  /**
   * Show the page that its message was queued and left the queue. `CommandSender` then stops repeating it.
   */
  #settlePrompt(command: Command): void {
    if (command.kind !== "prompt") return;
    this.#batch.flush();
    const { key, text } = command;
    const ops: Op[] = [
      { op: "queue", key, text },
      { op: "unqueue", key },
    ];
    this.#batch.emit({ ops });
  }
}
