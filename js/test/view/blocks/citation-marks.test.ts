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

/** A text, and after the sign what it cites. */
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

/** A reply of these texts, painted as it comes and when it has ended. */
function shown(...pieces: string[]): TurnView {
  const view = begin();
  for (const op of texts(...pieces)) view.paint(write(op), () => 0);
  view.paint(write(END), () => 0);
  return view;
}

function textOf(view: TurnView): string | undefined {
  return view.element.querySelector(".nbstream-markdown")?.textContent;
}

afterEach(() => document.body.replaceChildren());

test("numbers stand after the words that lean on a source, the same source with the same number", () => {
  const view = shown("Well: ", "grass is green@a", " and ", "the sky is blue.@b", " So *it* is.@ab");
  expect(textOf(view)).toBe("Well: grass is green[1] and the sky is blue.[2] So it is.[1][2]");
  expect(view.element.querySelector("sup")?.title).toBe("A");
});

test("in lists, in emphasis, in tables they stand in their place", () => {
  expect(textOf(shown("- ", "one@a", "\n- ", "two@b", "\n"))).toBe("one[1]two[2]");
  expect(textOf(shown("**All ", "of it@a", "** is *so@b", "*."))).toBe("All of it[1] is so[2].");
  expect(textOf(shown("| x | y |\n|---|---|\n| ", "1@a", " | ", "2@b", " |\n"))).toContain("1[1]2[2]");
});

test("a link or code is not cut, and a block of code is left as it is", () => {
  const view = shown(
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

test("the host that a late definition puts beside a link before them does not lose them", () => {
  const definition = `[d]: https://${"long.".repeat(10)}example/`;
  const view = shown("See [the docs][d]: they say that ", "the grass is green@a", `.\n\n${definition}\n`);
  expect(textOf(view)).toContain("example): they say that the grass is green[1].");
});

test("while the answer grows there are none: its text is not disturbed", () => {
  const view = begin();
  view.paint(write(...texts("One.@a", " Two.")), () => 0);
  expect(view.element.querySelector("sup")).toBeNull();
});

test("when it goes on they are put anew, and none twice", () => {
  const view = shown("One.@a");
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

test("what is selected stays so, and Copy gives what Claude wrote", async () => {
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

test("any Markdown cut anywhere is what it is without them", () => {
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
