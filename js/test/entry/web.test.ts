import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openPage } from "../../src/entry/web.ts";
import type { Data } from "../../src/sse/client.ts";
import { type Call, fakeFetch, type OpenResponse, openResponse, refusal } from "../stream-server.ts";

let life: AbortController;
let calls: Call[];
let responses: OpenResponse[];
let main: HTMLElement;
let newChat: HTMLButtonElement;
let over = false;
/** The server's answer to a command. */
let commandAnswer: (() => Response | Promise<Response>) | undefined;

beforeEach(() => {
  life = new AbortController();
  [calls, responses, over, commandAnswer] = [[], [], false, undefined];
  sessionStorage.clear();
  main = document.createElement("main");
  newChat = document.createElement("button");
  document.body.append(newChat, main);
  vi.stubGlobal(
    "fetch",
    fakeFetch(calls, ({ url }) => {
      if (over) return refusal(404, "It is not here any more.");
      if (!url.endsWith("/api/stream")) return commandAnswer?.() ?? new Response(null, { status: 204 });
      return openResponse(responses);
    }),
  );
});

afterEach(() => {
  life.abort();
  main.remove();
  newChat.remove();
  vi.unstubAllGlobals();
});

const streams = () => calls.filter(({ url }) => url.endsWith("/api/stream"));

async function open(): Promise<void> {
  openPage(main, newChat, life.signal, "/api/stream");
  await expect.poll(() => responses.length).toBe(1);
}

function answer(response: OpenResponse | undefined, texts = ["Hello"]): void {
  let position = 0;
  const send = (data: Data, more: number) => {
    position += more;
    response?.send(`id: s-${position}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  send({ stream: "s", now: 1, resume_for: 30 }, 0);
  send({ op: "turn", id: "t2", role: "assistant" }, 1);
  send({ op: "reply", status: "streaming" }, 1);
  send({ op: "block", type: "text" }, 1);
  for (const text of texts) send({ text }, text.length);
  send({ op: "close" }, 1);
  send({ done: true, op: "reply", status: "done" }, 1);
}

test("a browser that allows the site no storage still has a conversation", async () => {
  const storage = vi.spyOn(window, "sessionStorage", "get").mockImplementation(() => {
    throw new DOMException("Access is denied for this document.", "SecurityError");
  });
  await open();
  answer(responses[0]);
  await expect.poll(() => main.textContent).toContain("Hello");
  expect(storage).toHaveBeenCalled();
  storage.mockRestore();
});

test("the conversation is on the page, with the focus in its message box", async () => {
  await open();
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Message");
  answer(responses[0]);
  await expect.poll(() => main.querySelector(".nbstream-text")?.textContent).toBe("Hello");
  expect(main.querySelector("[role=alert]")?.textContent).toBe("");
});

test("a long conversation arrives completely, as fast as it is painted", async () => {
  await open();
  const texts = Array.from({ length: 6 }, (_, index) => `${String(index).repeat(16_382)}\n\n`);
  answer(responses[0], texts);
  const shown = () => main.querySelector(".nbstream-text")?.textContent;
  await expect.poll(shown, { timeout: 20_000 }).toBe(texts.map((text) => text.trim()).join(""));
  expect(streams()).toHaveLength(1);
});

test("a reloaded page shows the same conversation", async () => {
  await open();
  life.abort();
  expect(main.childElementCount).toBe(0);
  life = new AbortController();
  openPage(main, newChat, life.signal, "/api/stream");
  await expect.poll(() => responses.length).toBe(2);
  expect(streams()[1]?.body).toEqual(streams()[0]?.body);
});

test("a new chat ends the one before and begins with an empty page", async () => {
  await open();
  answer(responses[0]);
  await expect.poll(() => main.textContent).toContain("Hello");
  newChat.click();
  await expect.poll(() => responses.length).toBe(2);
  expect(main.querySelectorAll(".nbstream")).toHaveLength(1);
  expect(main.textContent).not.toContain("Hello");
  const [before, now] = streams().map(({ body }) => body.id);
  expect(now).not.toBe(before);
  expect(calls.find(({ method }) => method === "DELETE")?.url).toMatch(new RegExp(`/${before}$`));
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Message");
});

test("a message that the server refuses goes back to the user, with its files", async () => {
  await open();
  answer(responses[0]);
  await expect.poll(() => main.textContent).toContain("Hello");
  let refuse = () => {};
  commandAnswer = () =>
    new Promise((resolve) => {
      refuse = () => resolve(refusal(413, "The body is too large."));
    });
  const box = main.querySelector<HTMLTextAreaElement>(".nbstream-composer textarea");
  const form = main.querySelector<HTMLFormElement>(".nbstream-composer");
  if (!box || !form) throw new Error("there is no message box");
  const data = new DataTransfer();
  data.items.add(new File(["x,y"], "a.csv"));
  form.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
  box.value = "Look at this";
  box.dispatchEvent(new Event("input", { bubbles: true }));
  await expect.poll(() => form.querySelector("button[type=submit]:disabled")).toBe(null);
  form.requestSubmit();
  const onTheWay = () => {
    const again = [...main.querySelectorAll("button")].find((one) => one.textContent === "Regenerate");
    return again?.disabled;
  };
  await expect.poll(onTheWay).toBe(true);
  expect(box.value).toBe("");
  refuse();
  await expect.poll(onTheWay).toBe(false);
  expect(main.querySelector("[role=alert]")?.textContent).toBe("The body is too large.");
  expect(box.value).toBe("Look at this");
  expect(form.textContent).toContain("a.csv");
  const sent = () => calls.filter(({ body }) => body.kind === "prompt");
  expect(sent()[0]?.body.files).toHaveLength(1);
  expect(sent()).toHaveLength(1);
  commandAnswer = undefined;
  form.requestSubmit();
  await expect.poll(() => sent().length).toBe(2);
  expect(sent()[1]?.body).toMatchObject({ text: "Look at this", files: sent()[0]?.body.files });
});

const status = () => main.querySelector("[role=status]")?.textContent ?? "";
const named = (name: string) => [...main.querySelectorAll("button")].find((one) => one.textContent === name);

test("a conversation that the server has lost goes on there by one press", async () => {
  await open();
  answer(responses[0]);
  await expect.poll(() => main.textContent).toContain("Hello");
  over = true;
  responses[0]?.drop();
  await expect.poll(status).toContain("Done · the server no longer has this chat");
  expect(main.querySelector("[role=alert]")?.textContent).toBe("");
  over = false;
  write("A draft");
  named("Continue here")?.click();
  await expect.poll(() => responses.length).toBe(3);
  const before = streams()[0]?.body;
  const [moved, now] = streams()
    .slice(-2)
    .map(({ body }) => body);
  expect(moved?.turns).toMatchObject([{ id: "t2", blocks: [{ text: "Hello" }], reply: { status: "done" } }]);
  expect(now).toEqual({ chat: true, id: moved?.id });
  expect(moved?.id).not.toBe(before?.id);
  const box = main.querySelector<HTMLTextAreaElement>(".nbstream-composer textarea");
  expect(box?.value).toBe("A draft");
});

test("a server that refuses the conversation says why", async () => {
  await open();
  answer(responses[0]);
  await expect.poll(() => main.textContent).toContain("Hello");
  over = true;
  responses[0]?.drop();
  await expect.poll(() => named("Continue here")).toBeDefined();
  named("Continue here")?.click();
  await expect
    .poll(() => main.querySelector(".nbstream-refusal")?.textContent)
    .toBe("It is not here any more.");
  expect(named("Continue here")).toBeDefined();
});

test("a tab keeps its conversation over a reload and a restart of the server", async () => {
  await open();
  answer(responses[0]);
  await expect.poll(() => main.textContent).toContain("Hello");
  dispatchEvent(new PageTransitionEvent("pagehide"));
  life.abort();
  over = true;
  life = new AbortController();
  openPage(main, newChat, life.signal, "/api/stream");
  await expect.poll(() => main.querySelector(".nbstream-text")?.textContent).toBe("Hello");
  await expect.poll(status).toContain("the server no longer has this chat");
  expect(responses).toHaveLength(1);
  over = false;
  named("Continue here")?.click();
  await expect.poll(() => responses.length).toBe(3);
});

function write(text: string): HTMLTextAreaElement {
  const box = main.querySelector<HTMLTextAreaElement>(".nbstream-composer textarea");
  if (!box) throw new Error("there is no message box");
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  return box;
}

test("a message on its way to a server that has lost the conversation goes back to the box", async () => {
  await open();
  answer(responses[0]);
  await expect.poll(() => main.textContent).toContain("Hello");
  over = true;
  const box = write("Is anybody here?");
  box.form?.requestSubmit();
  await expect.poll(status).toContain("the server no longer has this chat");
  expect(box.value).toBe("Is anybody here?");
  expect(named("Send")?.disabled).toBe(true);
});

test("a repeated problem is read out once", async () => {
  await open();
  answer(responses[0]);
  await expect.poll(() => main.textContent).toContain("Hello");
  commandAnswer = () => refusal(429, "Too many.");
  const alert = main.querySelector("[role=alert]");
  let read = 0;
  const observer = new MutationObserver((changes) => {
    read += changes.length;
  });
  if (alert) observer.observe(alert, { childList: true });
  write("Hello?").form?.requestSubmit();
  const sent = () => calls.filter(({ body }) => body.kind === "prompt").length;
  await expect.poll(sent).toBe(3);
  expect(alert?.textContent).toBe("Too many.");
  expect(read).toBe(1);
  observer.disconnect();
});
