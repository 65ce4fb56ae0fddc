import { expect, test } from "vitest";
import { ACK_CHARACTERS, ACK_IN_PAUSE, ASK_AGAIN, HIGH, Inbox, LOW } from "../../src/core/inbox.ts";
import type { Update } from "../../src/core/protocol.ts";

function update(base: number, seq: number, to?: string): Update {
  return { v: 1, kind: "update", base, seq, ...(to ? { to } : {}) };
}

/** A page that the kernel knows. */
function greeted(): Inbox {
  const inbox = new Inbox("me");
  inbox.tick(0);
  inbox.receive(update(0, 0, "me"));
  inbox.tick(0);
  return inbox;
}

test("a new page greets until a frame bears its name", () => {
  const inbox = new Inbox("me");
  expect(inbox.tick(0)).toEqual([{ v: 1, kind: "resync", page: "me", seq: 0, views: 0, hidden: false }]);
  expect(inbox.tick(ASK_AGAIN - 1)).toEqual([]);
  expect(inbox.dueAt()).toBe(ASK_AGAIN);
  inbox.receive(update(0, 5));
  expect(inbox.tick(ASK_AGAIN)).toMatchObject([{ kind: "resync", seq: 5 }]);
  expect(inbox.asked).toBe(1);
  inbox.receive(update(5, 6, "me"));
  expect(inbox.tick(2 * ASK_AGAIN)).toEqual([]);
  expect(inbox.dueAt()).toBeUndefined();
});

test("a frame that continues is applied, an old one is not, one for another page is not", () => {
  const inbox = greeted();
  expect(inbox.receive(update(0, 5))).toBe(true);
  expect(inbox.receive(update(0, 5))).toBe(false);
  expect(inbox.receive(update(5, 9, "other"))).toBe(false);
  expect(inbox.receive(update(5, 9))).toBe(true);
  expect(inbox.at).toBe(9);
});

test("a gap is asked for once, and again while no answer comes", () => {
  const inbox = greeted();
  expect(inbox.receive(update(5, 9))).toBe(false);
  expect(inbox.tick(ASK_AGAIN)).toMatchObject([{ kind: "resync", seq: 0 }]);
  inbox.receive(update(9, 12));
  expect(inbox.tick(ASK_AGAIN + 1)).toEqual([]);
  expect(inbox.tick(2 * ASK_AGAIN)).toMatchObject([{ kind: "resync" }]);
  expect(inbox.asked).toBe(2);
  expect(inbox.receive(update(0, 12, "me"))).toBe(true);
  expect(inbox.tick(3 * ASK_AGAIN)).toEqual([]);
});

test("a page whose connection was away asks at once, and until it is answered", () => {
  const inbox = greeted();
  inbox.receive(update(0, 5));
  inbox.greet();
  expect(inbox.tick(1)).toMatchObject([{ kind: "resync", seq: 5 }]);
  expect(inbox.tick(1 + ASK_AGAIN)).toMatchObject([{ kind: "resync", seq: 5 }]);
  inbox.receive(update(5, 5, "me"));
  inbox.tick(2 + ASK_AGAIN);
  expect(inbox.tick(3 * ASK_AGAIN)).toEqual([]);
});

test("what is painted is acknowledged in a pause", () => {
  const inbox = greeted();
  inbox.receive(update(0, 10));
  expect(inbox.tick(1000)).toEqual([]);
  inbox.paint(1000);
  expect(inbox.dueAt()).toBe(1000 + ACK_IN_PAUSE);
  expect(inbox.tick(1000 + ACK_IN_PAUSE - 1)).toEqual([]);
  expect(inbox.tick(1000 + ACK_IN_PAUSE)).toMatchObject([{ kind: "ack", seq: 10, received: 10 }]);
  expect(inbox.dueAt()).toBeUndefined();
});

test("while text keeps coming it is acknowledged now and then", () => {
  const inbox = greeted();
  const acks: number[] = [];
  for (let now = 100; now <= 20_000; now += 100) {
    inbox.receive(update(inbox.at, inbox.at + 20));
    inbox.paint(now);
    if (inbox.tick(now).length > 0) acks.push(now);
  }
  expect(acks).toEqual([5_000, 10_000, 15_000, 20_000]);
});

test("much painted text is acknowledged at once", () => {
  const inbox = greeted();
  inbox.receive(update(0, ACK_CHARACTERS));
  inbox.paint(5);
  expect(inbox.tick(5)).toMatchObject([{ kind: "ack", seq: ACK_CHARACTERS }]);
});

test("a question is answered with what was received and what was painted", () => {
  const inbox = greeted();
  inbox.receive(update(0, 10));
  inbox.receive(update(10, 10, "me"));
  expect(inbox.tick(1)).toMatchObject([{ kind: "ack", seq: 0, received: 10 }]);
});

test("a question that shows a loss is answered with where the page is", () => {
  const inbox = greeted();
  inbox.receive(update(10, 10, "me"));
  expect(inbox.tick(ASK_AGAIN)).toMatchObject([{ kind: "resync", seq: 0 }]);
});

test("a page that is over the high mark drops what comes and asks for it once it has painted", () => {
  const inbox = greeted();
  expect(inbox.receive(update(0, HIGH))).toBe(true);
  expect(inbox.receive(update(HIGH, HIGH + 1))).toBe(false);
  expect(inbox.at - inbox.painted).toBe(HIGH);
  expect(inbox.tick(ASK_AGAIN)).toEqual([]);
  inbox.paint(0);
  expect(inbox.at - inbox.painted).toBeLessThanOrEqual(LOW);
  expect(inbox.tick(2 * ASK_AGAIN)).toMatchObject([
    { kind: "resync", seq: HIGH },
    { kind: "ack", seq: HIGH },
  ]);
});

test("views that come and go are told at once", () => {
  const inbox = greeted();
  inbox.present(2, true);
  expect(inbox.tick(1)).toMatchObject([{ kind: "ack", views: 2, hidden: true }]);
});

test("a question from a kernel that takes the page for further back is answered: its word was lost", () => {
  const inbox = greeted();
  inbox.receive(update(0, 30));
  inbox.paint(0);
  inbox.tick(ACK_IN_PAUSE);
  expect(inbox.receive(update(10, 10, "me"))).toBe(false);
  expect(inbox.tick(9000)).toMatchObject([{ kind: "ack", seq: 30, received: 30 }]);
  expect(inbox.receive(update(10, 10, "other"))).toBe(false);
  expect(inbox.receive(update(10, 20))).toBe(false);
  expect(inbox.tick(9000)).toEqual([]);
});

test("of a frame that only its end is new of, the end is asked for", () => {
  const inbox = greeted();
  inbox.receive(update(0, 30));
  expect(inbox.receive(update(10, 40))).toBe(false);
  expect(inbox.tick(ASK_AGAIN)).toMatchObject([{ kind: "resync", seq: 30 }]);
});

test("what is painted in part is acknowledged in part", () => {
  const inbox = greeted();
  inbox.receive(update(0, 100));
  inbox.paint(0, 40);
  expect(inbox.painted).toBe(60);
  inbox.receive(update(100, 110));
  inbox.paint(0, 60);
  expect(inbox.painted).toBe(60);
  inbox.paint(0);
  expect(inbox.painted).toBe(110);
});
