import { afterEach, beforeEach, expect, test } from "vitest";
import { Connection } from "../../../src/chat/connection.ts";
import { sendMessage, sentMessages } from "../../../src/view/composer/send-message.ts";
import { FakeKernel, QUESTION } from "../../fakes.ts";

let life: AbortController;

beforeEach(() => {
  life = new AbortController();
});

afterEach(() => life.abort());

test("a message goes with its files and variables, and the texts of earlier ones are known", () => {
  const kernel = new FakeKernel();
  const { commands, transcript } = new Connection(kernel, [], life.signal);
  kernel.write(QUESTION);
  const file = { name: "a.txt", blob: new Blob(["a"]), data: "YQ==" };
  const key = sendMessage(commands, "Hi", [file, { name: "df", type: "DataFrame" }]);
  expect(kernel.of("prompt")).toMatchObject([
    { key, text: "Hi", files: [{ name: "a.txt", data: "YQ==" }], variables: ["df"] },
  ]);
  expect(kernel.of("prompt")[0]?.files?.[0]).not.toHaveProperty("blob");
  expect(sentMessages(transcript)).toEqual(["Hello"]);
});
