import { afterEach, expect, test, vi } from "vitest";
import type { Op } from "../../../src/core/protocol.ts";
import { apply, newTranscript, type Transcript, type Turn } from "../../../src/core/transcript.ts";
import { TurnView } from "../../../src/view/turns/turn.ts";
import { seeded } from "../../core/random.ts";

let transcript: Transcript;

function write(...ops: Op[]): Turn {
  apply(transcript, { v: 1, kind: "update", base: 0, seq: ops.length, ops }, 0);
  return transcript.turns[0] as Turn;
}

const SOURCES = { a: { title: "A", url: "https://a.example/" }, b: { title: "B" } };

/** Make text blocks; the part after `@` names the sources that the text cites. */
function texts(...pieces: string[]): Op[] {
  return pieces.flatMap((piece): Op[] => {
    const [text = "", names = ""] = piece.split("@");
    const citations = [...names].map((name) => SOURCES[name as "a" | "b"]);
    return [
      { op: "block", type: "text" },
      { op: "text", text },
      { op: "close", data: citations.length > 0 ? { citations } : {} },
    ];
  });
}

const END: Op = { op: "reply", status: "done" };

function begin(): TurnView {
  transcript = newTranscript();
  const turn = write({ op: "turn", id: "t1", role: "assistant" }, { op: "reply", status: "streaming" });
  const view = new TurnView(turn);
  document.body.append(view.element);
  return view;
}

/** Paint a reply of these texts as it comes and after its end. */
function render(...pieces: string[]): TurnView {
  const view = begin();
  for (const op of texts(...pieces)) view.paint(write(op), () => 0);
  view.paint(write(END), () => 0);
  return view;
}

function textOf(view: TurnView): string | undefined {
  return view.element.querySelector(".nbstream-markdown")?.textContent;
}

afterEach(() => document.body.replaceChildren());

test("numbers stand after the words that a source supports, the same source with the same number", () => {
  const view = render("Well: ", "grass is green@a", " and ", "the sky is blue.@b", " So *it* is.@ab");
  expect(textOf(view)).toBe("Well: grass is green[1] and the sky is blue.[2] So it is.[1][2]");
  expect(view.element.querySelector("sup")?.title).toBe("A");
});

test("marks in lists, emphasis and tables stand in their place", () => {
  expect(textOf(render("- ", "one@a", "\n- ", "two@b", "\n"))).toBe("one[1]two[2]");
  expect(textOf(render("**All ", "of it@a", "** is *so@b", "*."))).toBe("All of it[1] is so[2].");
  expect(textOf(render("| x | y |\n|---|---|\n| ", "1@a", " | ", "2@b", " |\n"))).toContain("1[1]2[2]");
});

test("marks do not cut a link or code, and a code block gets none", () => {
  const view = render(
    "See `x",
    "y@a",
    "`, [li",
    "nk@b",
    "](https://x.example).\n\n```\n",
    "code@a",
    "\n```\n",
  );
  expect(view.element.querySelector("code")?.textContent).toBe("xy");
  expect(view.element.querySelector("pre")?.textContent).not.toContain("[1]");
  expect(view.element.querySelectorAll("sup").length).toBeLessThanOrEqual(2);
  expect(view.element.querySelector("a sup, code sup")).toBeNull();
});

test("a mark is found again although a late definition puts a host beside an earlier link", () => {
  const definition = `[d]: https://${"long.".repeat(10)}example/`;
  const view = render("See [the docs][d]: they say that ", "the grass is green@a", `.\n\n${definition}\n`);
  expect(textOf(view)).toContain("example): they say that the grass is green[1].");
});

test("while the answer grows there are no marks", () => {
  const view = begin();
  view.paint(write(...texts("One.@a", " Two.")), () => 0);
  expect(view.element.querySelector("sup")).toBeNull();
});

test("when the answer goes on the marks are inserted again, and none twice", () => {
  const view = render("One.@a");
  view.paint(write({ op: "reply", status: "waiting" }, { op: "reply", status: "streaming" }), () => 0);
  view.paint(write(...texts(" Two.@b")), () => 0);
  expect(textOf(view)).toBe("One. Two.");
  view.paint(write(END), () => 0);
  expect(textOf(view)).toBe("One.[1] Two.[2]");
  write({ op: "reply", status: "waiting" }, { op: "block", type: "tool_use" }, ...texts("Three.@a"), END);
  view.paint(transcript.turns[0] as Turn, () => 0);
  const all = [...view.element.querySelectorAll(".nbstream-markdown")].map((one) => one.textContent);
  expect(all).toEqual(["One.[1] Two.[2]", "Three.[1]"]);
});

test("a selection survives the marks, and Copy gives Claude's text without them", async () => {
  const view = begin();
  view.paint(write(...texts("Grass is green.@a", " Yes.")), () => 0);
  const text = view.element.querySelector("p")?.firstChild as Text;
  getSelection()?.setBaseAndExtent(text, 6, text, 20);
  view.paint(write(END), () => 0);
  const range = getSelection()?.getRangeAt(0);
  expect(range?.toString()).toBe("is green.[1] Yes.");
  const wrote = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  view.element.querySelector<HTMLButtonElement>(".nbstream-actions button")?.click();
  await expect.poll(() => wrote.mock.calls).toEqual([["Grass is green. Yes."]]);
  wrote.mockRestore();
});

test("marks change no Markdown, wherever citations cut it", () => {
  const parts = [
    "word ",
    "*",
    "**",
    "`",
    "\n",
    "\n\n",
    "- ",
    "| a |\n|---|\n",
    "[x](https://y.example)",
    "```\n",
    "# ",
    "> ",
  ];
  for (let seed = 0; seed < 300; seed++) {
    const random = seeded(seed);
    const pieces = Array.from({ length: 8 }, () =>
      Array.from({ length: 4 }, () => parts[Math.floor(random() * parts.length)]).join(""),
    );
    const view = begin();
    const ops = pieces.flatMap((text): Op[] => [
      { op: "block", type: "text" },
      { op: "text", text },
      { op: "close", data: random() < 0.5 ? { citations: [SOURCES.a] } : {} },
    ]);
    for (const op of ops) view.paint(write(op), () => 0);
    view.paint(write(END), () => 0);
    for (const mark of view.element.querySelectorAll("sup")) mark.remove();
    const cited = view.element.querySelector(".nbstream-markdown") as Element;
    cited.normalize();
    const plain = begin();
    plain.paint(write({ op: "block", type: "text" }, { op: "text", text: pieces.join("") }), () => 0);
    plain.paint(write({ op: "close" }, END), () => 0);
    const expected = plain.element.querySelector(".nbstream-markdown") as Element;
    expected.normalize();
    expect(cited.innerHTML).toBe(expected.innerHTML);
  }
});
