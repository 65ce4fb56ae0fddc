import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { Connection } from "../../../src/chat/connection.ts";
import { Composer } from "../../../src/view/composer/composer.ts";
import { type CreateComposer, SharedComposer } from "../../../src/view/composer/shared-composer.ts";
import { ANSWER, ended, FakeKernel, newContainer, QUESTION } from "../../fakes.ts";
import "../../../src/entry/widget.css";

let life: AbortController;
let closed: AbortController;
let kernels: [FakeKernel, FakeKernel];
let el: HTMLElement;
let box: HTMLTextAreaElement;

beforeEach(() => {
  life = new AbortController();
  closed = new AbortController();
  kernels = [new FakeKernel(), new FakeKernel()];
  el = newContainer(life.signal);
  const chat = (kernel: FakeKernel, signal: AbortSignal) => ({
    connection: new Connection(kernel, [], signal),
    signal,
  });
  const create: CreateComposer = (_, send, name) => new Composer(send, () => [], undefined, undefined, name);
  const chats = [
    chat(kernels[0], AbortSignal.any([life.signal, closed.signal])),
    chat(kernels[1], life.signal),
  ] as const;
  new SharedComposer(el, create, chats, life.signal);
  box = el.querySelector("textarea") as HTMLTextAreaElement;
});

afterEach(() => life.abort());

function prompts(): string[][] {
  return kernels.map((kernel) => [
    ...new Map(kernel.of("prompt").map(({ key, text }) => [key, text])).values(),
  ]);
}

function stops(): number[] {
  return kernels.map((kernel) => kernel.of("stop").length);
}

function named(name: string): HTMLButtonElement | undefined {
  return [...el.querySelectorAll("button")].find(({ textContent }) => textContent === name);
}

const RUNNING = [...QUESTION, ...ANSWER];

test("one message goes to every chat, and has a name for screen readers", async () => {
  expect(el.querySelector("[role=group]")?.getAttribute("aria-label")).toBe("All models");
  expect(box.getAttribute("aria-label")).toBe("Message to all models");
  await userEvent.fill(box, "And in Python?");
  await userEvent.keyboard("{Enter}");
  expect(prompts()).toEqual([["And in Python?"], ["And in Python?"]]);
  expect(box.value).toBe("");
});

test("while any chat answers, Stop for all stands where Send does, and stops those that answer", async () => {
  kernels[1].write(RUNNING);
  await expect.poll(() => named("Stop all")).toBeDefined();
  expect(named("Stop all")?.parentElement).toBe(named("Send")?.parentElement);
  expect(named("Stop all")?.title).toBe("Stop all answers (Escape)");
  named("Stop all")?.click();
  expect(stops()).toEqual([0, 1]);
  kernels[0].write(RUNNING);
  kernels[1].write(ended("stopped"));
  await userEvent.click(box);
  await userEvent.keyboard("{Escape}");
  expect(stops()).toEqual([1, 1]);
  named("Stop all")?.focus();
  kernels[0].write(ended("stopped"));
  await expect.poll(() => named("Stop all")).toBeUndefined();
  // The button had the focus.
  expect(document.activeElement).toBe(box);
});

test("Escape does nothing to a row at rest, so that the host gets it", async () => {
  const heard = vi.fn();
  el.addEventListener("keydown", heard);
  await userEvent.click(box);
  await userEvent.keyboard("{Escape}");
  expect(stops()).toEqual([0, 0]);
  expect(heard).toHaveBeenCalledOnce();
});

test("a chat that is closed or whose kernel has ended gets no message, and without chats there is no box", async () => {
  closed.abort();
  await userEvent.fill(box, "One?");
  named("Send")?.click();
  expect(prompts()).toEqual([[], ["One?"]]);
  kernels[1].reportLink("kernel_restarted");
  await expect.poll(() => box.checkVisibility()).toBe(false);
});

test("a message that no chat has taken is in the box again, once and with the reason", async () => {
  await userEvent.fill(box, "Too long");
  named("Send")?.click();
  for (const kernel of kernels) {
    const { key, page } = kernel.of("prompt")[0] ?? {};
    kernel.raw({ v: 1, kind: "refusal", to: page, key, reason: "It is too large." });
  }
  expect(box.value).toBe("Too long");
  expect(el.querySelector("[role=alert]")?.textContent).toBe("It is too large.");
});

test("the box goes with its view", () => {
  life.abort();
  expect(el.childElementCount).toBe(0);
});
