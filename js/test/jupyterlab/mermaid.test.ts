import { expect, test } from "vitest";
import { diagramDrawer, isSelfContained } from "../../src/jupyterlab/mermaid.ts";

const RENDERER = {
  mimeTypes: ["text/plain", "text/vnd.mermaid"],
  createModel: ({ data }: { data: Readonly<Record<string, string>> }) => data,
  createRenderer: () => {
    const node = document.createElement("div");
    return { node, renderModel: async (model: object) => node.append(...Object.values(model)) };
  },
};

test.each([
  "graph TD\n  A[Start] --> B{Is it?}\n  B -->|yes| C",
  "sequenceDiagram\n  Alice->>Bob: Hello & welcome; 50 % of #1",
  'pie title Pets\n  "Dogs" : 386',
  "classDiagram\n  Animal <|-- Duck\n  Animal : +int age",
  "stateDiagram-v2\n  [*] --> Still",
  "%%{init: {'theme': 'forest'}}%%\ngantt\n  section A\n  Task :a1, 2024-01-01, 30d",
])("a diagram that names no address is drawn: %j", async (source) => {
  expect(isSelfContained(source)).toBe(true);
  expect((await diagramDrawer({ rendermime: RENDERER })?.(source))?.textContent).toBe(source);
});

test.each([
  'A@{ img: "https://a.example/x.png" }',
  'A@{ img : "x.png" }',
  "click A href 'https://a.example'",
  "A[https:/a.example]",
  "style A fill:url( x )",
  "%%{init: {'themeCSS': '@import \"x\"'}}%%",
  "A[<img src=x>]",
  "A[&#x2f;&sol;a.example]",
  "A[#47;#47;a.example]",
  "A[h\\74tps]",
  "C4Context\n Person(a, $sprite='data:image/png')",
])("a diagram that may name an address is not drawn: %j", (source) => {
  expect(isSelfContained(source)).toBe(false);
  expect(diagramDrawer({ rendermime: RENDERER })?.(source)).toBeUndefined();
});

test("a host without a renderer draws nothing", () => {
  expect(diagramDrawer(undefined)).toBeUndefined();
  expect(diagramDrawer({})).toBeUndefined();
  expect(diagramDrawer({ rendermime: { ...RENDERER, mimeTypes: ["text/plain"] } })).toBeUndefined();
});
