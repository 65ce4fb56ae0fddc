/**
 * Pages without a browser, made of the page's core. `tests/core/test_joined.py` joins them to the kernel's
 * core over a lossy link, and steps many of them at once.
 */

import { Inbox, type Outgoing } from "../../src/core/inbox.ts";
import { isUpdate, type Via } from "../../src/core/protocol.ts";
import { apply, newTranscript, type Turn } from "../../src/core/transcript.ts";
import { WayChoice } from "../../src/core/way.ts";

/** Input of one page for one step. */
interface Step {
  readonly page: string;
  /** The time in milliseconds. */
  readonly now: number;
  readonly frames?: readonly unknown[];
  /** The page paints all but this many characters. */
  readonly left?: number;
  /** The page's tab was hidden, or is seen again. */
  readonly hidden?: boolean;
  /** The page's connection was lost and is back. */
  readonly back?: boolean;
  /** The page reports its transcript, and is removed. */
  readonly last?: boolean;
}

interface Answer {
  /** The frames to send, each with the ways on which it is sent. */
  readonly say: readonly (readonly [Outgoing, readonly Via[]])[];
  readonly due: number | null;
  readonly at: number;
  readonly painted: number;
  readonly holds?: unknown;
}

class Page {
  readonly inbox: Inbox;
  readonly transcript = newTranscript();
  readonly ways = new WayChoice();

  constructor(name: string) {
    this.inbox = new Inbox(name);
    this.inbox.setPresence(1);
  }

  step({ now, frames = [], left, hidden, back, last }: Step): Answer {
    const { inbox } = this;
    const say: [Outgoing, readonly Via[]][] = [];
    const tick = () => {
      for (const frame of inbox.tick(now))
        say.push([frame, this.ways.waysFor(frame.kind, inbox.isRepeat(frame))]);
    };
    if (hidden !== undefined) inbox.setPresence(1);
    if (back) inbox.requestResync();
    for (const frame of frames) {
      if (!isUpdate(frame))
        throw new Error(`The kernel sent ${JSON.stringify(frame)}, which is not an update frame.`);
      if (frame.via && frame.to === inbox.page) this.ways.heard(frame.via);
      if (inbox.receive(frame)) apply(this.transcript, frame, now / 1000);
      tick();
    }
    if (left !== undefined) inbox.markPainted(now, left);
    tick();
    const { received: at, painted } = inbox;
    return { say, due: inbox.dueAt() ?? null, at, painted, ...(last ? { holds: this.#holds() } : {}) };
  }

  #holds() {
    const { turns, versions, queue } = this.transcript;
    return {
      turns: turns.map((turn) => this.#turn(turn)),
      versions: versions.map(({ id }) => id),
      queue: Object.fromEntries([...queue.values()].map(({ key, text }) => [key, text])),
    };
  }

  #turn({ id, after, role, blocks, calls, reply }: Turn) {
    return {
      id,
      after,
      role,
      blocks: blocks.map((block) => [
        block.type,
        block.parts.join(""),
        block.closedAt !== undefined,
        block.length,
      ]),
      reply: reply ? [reply.status, reply.stopReason ?? null, reply.error ?? null, reply.note ?? null] : null,
      calls: Object.fromEntries([...calls].map(([call, { state }]) => [call, state])),
      quiet: reply?.stalled?.since ?? null,
    };
  }
}

const pages = new Map<string, Page>();

/** Step many pages; a page is made when its name first comes. */
export function step(steps: readonly Step[]): Answer[] {
  return steps.map((one) => {
    const page = pages.get(one.page) ?? new Page(one.page);
    pages.set(one.page, page);
    if (one.last) pages.delete(one.page);
    return page.step(one);
  });
}
