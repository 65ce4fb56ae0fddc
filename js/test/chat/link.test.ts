import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Link, type Mover } from "../../src/chat/link.ts";
import { newTranscript } from "../../src/core/transcript.ts";

let life: AbortController;
let events: string[];
let mover: { isAvailable: boolean; move: () => Promise<void> };

beforeEach(() => {
  vi.useFakeTimers();
  life = new AbortController();
  events = [];
  mover = { isAvailable: true, move: async () => {} };
});

afterEach(() => vi.useRealTimers());

function newLink(withMover: Mover | undefined = mover): Link {
  return new Link(withMover, (event) => events.push(event), life.signal);
}

test("a connection that was cut for three seconds is said, and one that is back at once is not", () => {
  const link = newLink();
  link.report("cut");
  vi.advanceTimersByTime(2_900);
  link.report("cut");
  expect(link.state).toBe("connected");
  vi.advanceTimersByTime(200);
  expect(link.state).toBe("away");
  link.report("restored");
  expect(link.state).toBe("connected");
  link.report("cut");
  link.report("restored");
  vi.advanceTimersByTime(10_000);
  expect(link.state).toBe("connected");
  expect(events).toEqual(["cut", "restored", "restored"]);
});

test("the first loss is kept, and a connection to what came after does not undo it", () => {
  const link = newLink();
  link.report("cut");
  link.report("kernel_restarted");
  link.report("kernel_ended");
  link.report("restored");
  vi.advanceTimersByTime(10_000);
  expect([link.state, link.loss, link.isAtRest]).toEqual(["lost", "kernel_restarted", true]);
  expect(events).toEqual(["vanished", "restored"]);
});

test("the user can continue once, where there is something to continue in", async () => {
  const move = vi.spyOn(mover, "move");
  const link = newLink();
  expect(link.canMove).toBe(false);
  link.report("kernel_restarted");
  mover.isAvailable = false;
  expect(link.canMove).toBe(false);
  await link.move(newTranscript());
  mover.isAvailable = true;
  expect(link.canMove).toBe(true);
  await Promise.all([link.move(newTranscript()), link.move(newTranscript())]);
  expect(move).toHaveBeenCalledOnce();
  expect([link.state, link.canMove]).toEqual(["moved", false]);
  expect(newLink(undefined).canMove).toBe(false);
});

test("a refusal is kept for the user, who can try again", async () => {
  mover.move = () => Promise.reject(new Error("No nbstream there."));
  const link = newLink();
  link.report("kernel_ended");
  await link.move(newTranscript());
  expect([link.state, link.refusal, link.canMove]).toEqual(["lost", "No nbstream there.", true]);
  mover.move = async () => {};
  await link.move(newTranscript());
  expect([link.state, link.refusal]).toEqual(["moved", ""]);
});

test("after the signal has aborted nothing changes", () => {
  const link = newLink();
  link.report("cut");
  life.abort();
  vi.advanceTimersByTime(10_000);
  link.report("kernel_ended");
  expect([link.state, events]).toEqual(["connected", []]);
});

test("what the user has continued on another page is continued here, and only there where pages share it", async () => {
  let arrive = () => {};
  const watching: Mover = {
    isAvailable: true,
    move: vi.fn(async () => {}),
    watchArrival: (signal, onArrived) => {
      expect(signal).toBe(life.signal);
      arrive = onArrived;
    },
  };
  const link = newLink(watching);
  link.report("kernel_restarted");
  link.follow(newTranscript());
  expect([link.state, link.canMove]).toEqual(["lost", true]);
  arrive();
  await vi.advanceTimersByTimeAsync(0);
  expect(link.state).toBe("moved");
  arrive();
  expect(watching.move).toHaveBeenCalledTimes(1);
  const alone = newLink();
  alone.report("kernel_restarted");
  alone.follow(newTranscript());
  expect(alone.state).toBe("lost");
});
