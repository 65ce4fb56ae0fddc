import { expect, test } from "vitest";
import {
  ACK_CHARS,
  ACK_PAUSE_MS,
  HIGH_MARK_CHARS,
  Inbox,
  LARGE_FRAME_CHARS,
  LOW_MARK_CHARS,
  RESYNC_RETRY_MS,
} from "../../src/core/inbox.ts";
import type { Update } from "../../src/core/protocol.ts";

function update(base: number, seq: number, to?: string): Update {
  return { v: 1, kind: "update", base, seq, ...(to ? { to } : {}) };
}

/** Make the inbox of a page that the kernel knows. */
function knownPage(): Inbox {
  const inbox = new Inbox("me");
  inbox.tick(0);
  inbox.receive(update(0, 0, "me"));
  inbox.tick(0);
  return inbox;
}

test("a new page sends resyncs until a frame is addressed to it", () => {
  const inbox = new Inbox("me");
  expect(inbox.tick(0)).toEqual([{ v: 1, kind: "resync", page: "me", seq: 0, views: 0 }]);
  expect(inbox.tick(RESYNC_RETRY_MS - 1)).toEqual([]);
  expect(inbox.dueAt()).toBe(RESYNC_RETRY_MS);
  inbox.receive(update(0, 5));
  const [second] = inbox.tick(RESYNC_RETRY_MS);
  expect(second).toMatchObject({ kind: "resync", seq: 5 });
  // A frame for all pages does not show that the kernel has heard this one.
  expect(second && inbox.isRepeat(second)).toBe(true);
  inbox.receive(update(5, 6, "me"));
  expect(inbox.tick(2 * RESYNC_RETRY_MS)).toEqual([]);
  expect(inbox.dueAt()).toBeUndefined();
});

test("a frame that continues is applied; an old one, or one for another page, is not", () => {
  const inbox = knownPage();
  expect(inbox.receive(update(0, 5))).toBe(true);
  expect(inbox.receive(update(0, 5))).toBe(false);
  expect(inbox.receive(update(5, 9, "other"))).toBe(false);
  expect(inbox.receive(update(5, 9))).toBe(true);
  expect(inbox.received).toBe(9);
});

test("an acknowledgement that says nothing new counts as a repetition", () => {
  const inbox = knownPage();
  inbox.setPresence(1);
  const [ack] = inbox.tick(1);
  expect(ack && inbox.isRepeat(ack)).toBe(false);
  inbox.receive(update(0, 0));
  const [answer] = inbox.tick(2);
  expect(answer && inbox.isRepeat(answer)).toBe(true);
  inbox.setPresence(2);
  const [later] = inbox.tick(3);
  expect(later && inbox.isRepeat(later)).toBe(false);
});

test("a new page sends its resync alone, and acknowledges what it paints later", () => {
  const inbox = new Inbox("me");
  const now = 60_000;
  inbox.receive(update(0, 10));
  inbox.markPainted(now);
  expect(inbox.tick(now)).toMatchObject([{ kind: "resync", seq: 10 }]);
  inbox.receive({ ...update(10, 10, "me"), via: "control" });
  inbox.receive(update(10, 20));
  inbox.markPainted(now + 100);
  expect(inbox.tick(now + 100)).toEqual([]);
  expect(inbox.tick(now + 100 + ACK_PAUSE_MS)).toMatchObject([{ kind: "ack", seq: 20, received: 20 }]);
});

test("a page that has acknowledged text does so again when its resync is answered", () => {
  const inbox = knownPage();
  inbox.setPresence(1);
  inbox.tick(1);
  inbox.requestResync();
  inbox.tick(2);
  // The kernel may have missed the acknowledgement, and may wait for it.
  inbox.receive({ ...update(0, 0, "me"), via: "control" });
  expect(inbox.tick(3)).toMatchObject([{ kind: "ack" }]);
});

test("a gap causes one resync, and another while no answer comes", () => {
  const inbox = knownPage();
  expect(inbox.receive(update(5, 9))).toBe(false);
  expect(inbox.tick(RESYNC_RETRY_MS)).toMatchObject([{ kind: "resync", seq: 0 }]);
  inbox.receive(update(9, 12));
  expect(inbox.tick(RESYNC_RETRY_MS + 1)).toEqual([]);
  expect(inbox.tick(2 * RESYNC_RETRY_MS)).toMatchObject([{ kind: "resync" }]);
  expect(inbox.resyncAttempts).toBe(2);
  expect(inbox.receive(update(0, 12, "me"))).toBe(true);
  expect(inbox.tick(3 * RESYNC_RETRY_MS)).toEqual([]);
});

test("a page whose connection was lost sends resyncs at once, until it is answered", () => {
  const inbox = knownPage();
  inbox.receive(update(0, 5));
  inbox.requestResync();
  expect(inbox.tick(1)).toMatchObject([{ kind: "resync", seq: 5 }]);
  expect(inbox.tick(1 + RESYNC_RETRY_MS)).toMatchObject([{ kind: "resync", seq: 5 }]);
  inbox.receive(update(5, 5, "me"));
  inbox.tick(2 + RESYNC_RETRY_MS);
  expect(inbox.tick(3 * RESYNC_RETRY_MS)).toEqual([]);
});

test("painted text is acknowledged in a pause", () => {
  const inbox = knownPage();
  inbox.receive(update(0, 10));
  expect(inbox.tick(1000)).toEqual([]);
  inbox.markPainted(1000);
  expect(inbox.dueAt()).toBe(1000 + ACK_PAUSE_MS);
  expect(inbox.tick(1000 + ACK_PAUSE_MS - 1)).toEqual([]);
  expect(inbox.tick(1000 + ACK_PAUSE_MS)).toMatchObject([{ kind: "ack", seq: 10, received: 10 }]);
  expect(inbox.dueAt()).toBeUndefined();
});

test("text that keeps coming is acknowledged every eight seconds", () => {
  const inbox = knownPage();
  const acks: number[] = [];
  for (let now = 100; now <= 20_000; now += 100) {
    inbox.receive(update(inbox.received, inbox.received + 20));
    inbox.markPainted(now);
    if (inbox.tick(now).length > 0) acks.push(now);
  }
  expect(acks).toEqual([8_000, 16_000]);
});

test("much painted text is acknowledged at once", () => {
  const inbox = knownPage();
  inbox.receive(update(0, ACK_CHARS));
  inbox.markPainted(5);
  expect(inbox.tick(5)).toMatchObject([{ kind: "ack", seq: ACK_CHARS }]);
});

test("a large frame is acknowledged once all that was received is painted, and a smaller one later", () => {
  const inbox = knownPage();
  inbox.receive(update(0, LARGE_FRAME_CHARS));
  inbox.markPainted(1, 1);
  expect(inbox.tick(1)).toEqual([]);
  inbox.markPainted(2);
  expect(inbox.tick(2)).toMatchObject([{ kind: "ack", seq: LARGE_FRAME_CHARS }]);
  expect(inbox.tick(3)).toEqual([]);
  inbox.receive(update(LARGE_FRAME_CHARS, 2 * LARGE_FRAME_CHARS - 1));
  inbox.markPainted(4);
  expect(inbox.tick(4)).toEqual([]);
});

test("a probe is answered with the received and the painted position", () => {
  const inbox = knownPage();
  inbox.receive(update(0, 10));
  inbox.receive(update(10, 10, "me"));
  expect(inbox.tick(1)).toMatchObject([{ kind: "ack", seq: 0, received: 10 }]);
});

test("a probe that shows a loss is answered with a resync", () => {
  const inbox = knownPage();
  inbox.receive(update(10, 10, "me"));
  expect(inbox.tick(RESYNC_RETRY_MS)).toMatchObject([{ kind: "resync", seq: 0 }]);
});

test("a page over the high mark drops frames, and sends a resync once it has painted", () => {
  const inbox = knownPage();
  expect(inbox.receive(update(0, HIGH_MARK_CHARS))).toBe(true);
  expect(inbox.receive(update(HIGH_MARK_CHARS, HIGH_MARK_CHARS + 1))).toBe(false);
  expect(inbox.received - inbox.painted).toBe(HIGH_MARK_CHARS);
  expect(inbox.tick(RESYNC_RETRY_MS)).toEqual([]);
  inbox.markPainted(0);
  expect(inbox.received - inbox.painted).toBeLessThanOrEqual(LOW_MARK_CHARS);
  expect(inbox.tick(2 * RESYNC_RETRY_MS)).toMatchObject([
    { kind: "resync", seq: HIGH_MARK_CHARS },
    { kind: "ack", seq: HIGH_MARK_CHARS },
  ]);
});

test("a change of presence is sent at once", () => {
  const inbox = knownPage();
  inbox.setPresence(2);
  expect(inbox.tick(1)).toMatchObject([{ kind: "ack", views: 2 }]);
});

test("a probe from a kernel that missed the page's last acknowledgement is answered", () => {
  const inbox = knownPage();
  inbox.receive(update(0, 30));
  inbox.markPainted(0);
  inbox.tick(ACK_PAUSE_MS);
  expect(inbox.receive(update(10, 10, "me"))).toBe(false);
  expect(inbox.tick(9000)).toMatchObject([{ kind: "ack", seq: 30, received: 30 }]);
  expect(inbox.receive(update(10, 10, "other"))).toBe(false);
  expect(inbox.receive(update(10, 20))).toBe(false);
  expect(inbox.tick(9000)).toEqual([]);
});

test("a frame whose end alone is new is not applied, and causes a resync", () => {
  const inbox = knownPage();
  inbox.receive(update(0, 30));
  expect(inbox.receive(update(10, 40))).toBe(false);
  expect(inbox.tick(RESYNC_RETRY_MS)).toMatchObject([{ kind: "resync", seq: 30 }]);
});

test("text that is painted in part is acknowledged in part", () => {
  const inbox = knownPage();
  inbox.receive(update(0, 100));
  inbox.markPainted(0, 40);
  expect(inbox.painted).toBe(60);
  inbox.receive(update(100, 110));
  inbox.markPainted(0, 60);
  expect(inbox.painted).toBe(60);
  inbox.markPainted(0);
  expect(inbox.painted).toBe(110);
});
