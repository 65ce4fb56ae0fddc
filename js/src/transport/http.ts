/** Route of a conversation over HTTP: the stream comes in as frames, and the page's commands are posted. */

import { LINK_TEXT } from "../core/page-text.ts";
import type { Bye, Command, Frame, Op, Prompt } from "../core/protocol.ts";
import { streamUrl } from "../sse/address.ts";
import type { StreamError } from "../sse/client.ts";
import { errorFrom, isFinal } from "../sse/errors.ts";
import { ConversationStream } from "./conversation-stream.ts";
import { IdleDisconnect } from "./idle-disconnect.ts";
import type { Route } from "./jupyter.ts";
import type { LinkListener } from "./kernel-link.ts";
import { UpdateBatch } from "./update-batch.ts";

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
  readonly #stream: ConversationStream;
  /** Commands that the server has refused for good. They are not sent again. */
  readonly #refused = new WeakSet<Command>();
  /** The reason why the conversation is over; empty while it is not. */
  #endMessage = "";
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
      () => this.#stream.close(),
      life,
    );
    const listener = {
      report: (message?: string) => report(message === undefined ? message : { message, isOver: false }),
      noteConnection: (isConnected: boolean) => this.#noteConnection(isConnected),
      markOver: (error: StreamError) => this.#markOver(error),
    };
    this.#stream = new ConversationStream([url, id], this.#batch, this.#idleDisconnect, listener, life);
  }

  send(frame: Frame): void {
    switch (frame.kind) {
      case "resync":
        this.#batch.page = frame.page;
        this.#stream.resumeAt(frame.seq);
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
    this.#stream.retryNow();
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

  #reopen(): void {
    if (!this.#endMessage) this.#stream.reopen();
  }

  #noteConnection(isConnected: boolean): void {
    this.#lostAt = isConnected ? undefined : (this.#lostAt ?? Date.now());
    this.#onLink(isConnected ? "restored" : "cut");
  }

  #markOver({ message, status }: StreamError): void {
    this.#stream.close();
    if (status === 404 || status === 410) {
      this.#report(undefined);
      this.markForgotten();
      return;
    }
    this.#report({ message, isOver: true });
    this.#endMessage = message;
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
      if (this.#stream.isOpen && (isStop || !this.#idleDisconnect.isTracking("reply")))
        this.#stream.restart();
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
    if (status === 404 || status === 410) this.#stream.wasOpened && this.#markOver(error);
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
