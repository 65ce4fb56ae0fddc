import { expect, test } from "vitest";
import convertOutput from "../../src/lazy/output.ts";

const csv = (value: unknown) => convertOutput("csv", JSON.stringify(value), {});

test("a list of objects is a table of comma-separated values, with all fields of all rows", () => {
  const rows = [
    { name: 'Li,ma "x"', people: 10_000_000, none: null },
    { name: "a\nb", tags: ["x", { y: 1 }], more: true },
  ];
  expect(csv(rows)).toBe(
    'name,people,none,tags,more\r\n"Li,ma ""x""",10000000,,,\r\n"a\nb",,,"[""x"", {""y"": 1}]",true\r\n',
  );
  expect(csv({ country: "Peru", cities: [{ name: "Lima" }] })).toBe("name\r\nLima\r\n");
});

test("any other answer has its fields in one row, or its values in one column", () => {
  expect(csv({ a: 1, b: [], c: {} })).toBe("a,b,c\r\n1,[],{}\r\n");
  expect(csv({ a: [{ x: 1 }], b: [{ y: 2 }] })).toBe('a,b\r\n"[{""x"": 1}]","[{""y"": 2}]"\r\n');
  expect(csv(["a", "b,c"])).toBe('value\r\na\r\n"b,c"\r\n');
  expect(csv("positive")).toBe("value\r\npositive\r\n");
  expect(convertOutput("csv", "Prose", {})).toBe("Prose");
});

test("complete JSON is indented, with its numbers as they are written", () => {
  expect(convertOutput("json", '{"a":[1.50,12345678901234567890],"b":{},"c":"x"}', {})).toBe(
    '{\n  "a": [\n    1.50,\n    12345678901234567890\n  ],\n  "b": {},\n  "c": "x"\n}',
  );
  for (const text of ['{"a": ', "Prose", "[] x"]) expect(convertOutput("json", text, {})).toBe(text);
});

test("the Markdown has the columns of the schema", () => {
  expect(convertOutput("markdown", "[", { "": [["name", 0]] })).toBe("| name |\n| --- |\n");
});
