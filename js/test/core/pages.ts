/**
 * Pages without a browser: the core of this end, for `tests/core/test_joined.py`, which joins it to the kernel's
 * core over a lossy link and steps many of them at once.
 */

import { Inbox, type Outgoing } from "../../src/core/inbox.ts";
import { isUpdate } from "../../src/core/protocol.ts";
import { apply, newTranscript, type Turn } from "../../src/core/transcript.ts";

/** What one page is given in one step. */
interface Step {
  readonly page: string;
  /** Milliseconds. */
  readonly now: number;
  readonly frames?: readonly unknown[];
  /** The page paints, all but this much. */
  readonly left?: number;
  /** Its reader looks at another tab, or is back. */
  readonly hidden?: boolean;
  /** Its connection was away and is back. */
  readonly back?: boolean;
  /** Say what it holds, and go. */
  readonly last?: boolean;
}

interface Answer {
  readonly say: readonly Outgoing[];
  readonly due: number | null;
  readonly at: number;
  readonly painted: number;
  readonly holds?: unknown;
}

class Page {
  readonly inbox: Inbox;
  readonly transcript = newTranscript();

  constructor(name: string) {
    this.inbox = new Inbox(name);
    this.inbox.setPresence(1, false);
  }

  step({ now, frames = [], left, hidden, back, last }: Step): Answer {
    const { inbox } = this;
    const say: Outgoing[] = [];
    if (hidden !== undefined) inbox.setPresence(1, hidden);
    if (back) inbox.requestResync();
    for (const frame of frames) {
      if (!isUpdate(frame)) throw new Error(`no frame: ${JSON.stringify(frame)}`);
      if (inbox.receive(frame)) apply(this.transcript, frame, now / 1000);
      say.push(...inbox.tick(now));
    }
    if (left !== undefined) inbox.markPainted(now, left);
    say.push(...inbox.tick(now));
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

/** One step of many pages, a page made when it is first named. */
export function step(steps: readonly Step[]): Answer[] {
  return steps.map((one) => {
    const page = pages.get(one.page) ?? new Page(one.page);
    pages.set(one.page, page);
    if (one.last) pages.delete(one.page);
    return page.step(one);
  });
}
