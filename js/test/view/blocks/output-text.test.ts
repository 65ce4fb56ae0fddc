import { expect, test } from "vitest";
import convertOutput from "../../../src/lazy/output.ts";
import { OutputText } from "../../../src/view/blocks/output-text.ts";
import type { ConvertOutput } from "../../../src/view/markdown/assets.ts";
import { DETACHED, type RenderEnvironment } from "../../../src/view/markdown/context.ts";

const COLUMNS = {
  "": [
    ["name", 0],
    ["people", 1],
  ],
};

function open(convert: ConvertOutput | undefined) {
  const work: (() => void)[] = [];
  const environment: RenderEnvironment = {
    ...DETACHED,
    assets: { ...DETACHED.assets, output: async () => convert },
    schedule: (task) => work.push(task),
  };
  const root = document.createElement("div");
  const text = new OutputText(root, environment, COLUMNS);
  const update = async () => {
    await Promise.resolve();
    await Promise.resolve();
    for (const task of work.splice(0)) task();
  };
  const cells = () => [...root.querySelectorAll("th, td")].map(({ textContent }) => textContent);
  return { root, text, update, work, cells };
}

test("rows and cells are shown while they come, and what is shown is never touched again", async () => {
  const { root, text, update, cells } = open(convertOutput);
  text.append("[");
  await update();
  expect(cells()).toEqual(["name", "people"]);
  const table = root.querySelector("table");
  text.append('{"name": "Li');
  await update();
  expect(cells()).toEqual(["name", "people", "Li", ""]);
  text.append('ma | *x*", "people": 10000000}, {"name": "Cusco", "people": 5}]');
  text.end();
  await update();
  expect(cells()).toEqual(["name", "people", "Lima | *x*", "10000000", "Cusco", "5"]);
  expect(root.querySelector("table")).toBe(table);
  expect(root.textContent).not.toContain("{");
});

test("text that comes within one update is laid out once", async () => {
  const { text, update, work } = open(convertOutput);
  text.append("[");
  expect(work).toHaveLength(0);
  await Promise.resolve();
  await Promise.resolve();
  text.append("1");
  text.append("2");
  expect(work).toHaveLength(1);
  await update();
});

test("prose before a call is shown as the Markdown that it is", async () => {
  const { root, text, update } = open(convertOutput);
  text.append("I will **look**.");
  text.end();
  await update();
  expect(root.querySelector("strong")?.textContent).toBe("look");
});

test("without the asset the JSON is shown as code", async () => {
  const { root, text, update } = open(undefined);
  text.append('{"a": 1}');
  text.end();
  await update();
  expect(root.querySelector("code")?.textContent).toContain('{"a": 1}');
});

test("an answer whose Markdown changes before its end is shown anew", async () => {
  const { root, text, update } = open((_, json) => (json.length > 1 ? "new" : "old"));
  text.append("1");
  await update();
  expect(root.textContent).toBe("old");
  text.append("2");
  await update();
  text.end();
  await update();
  expect(root.textContent).toBe("new");
});
