/** What a reader can do with one turn: word a message anew, and go between the versions that there are. */

import { type Transcript, type Turn, textOf, versionsOf } from "../../core/transcript.ts";
import { button } from "../base/button.ts";
import { element, setText } from "../base/dom.ts";
import { MessageBox } from "../composer/message-box.ts";

export interface TurnActions {
  /** Show this version. */
  selectVersion(turn: string): void;
  /** Send this text instead of what the turn says. */
  edit(turn: string, text: string): void;
}

const STEPS = { previous: -1, next: 1 } as const;
export type Step = keyof typeof STEPS;

const SIGNS: Readonly<Record<Step, string>> = { previous: "‹", next: "›" };

export class TurnToolbar {
  readonly #turn: Turn;
  readonly #article: HTMLElement;
  readonly #acts: TurnActions;
  readonly #versions: HTMLElement;
  readonly #place = element("span", "");
  readonly #steps: Readonly<Record<Step, HTMLButtonElement>>;
  readonly #edit: HTMLButtonElement | undefined;
  #box: EditBox | undefined;
  #others: readonly Turn[] = [];
  #idle = true;

  /** Stands in the turn's article: above an answer, where it stays whatever the answer's length, or beside a message. */
  constructor(turn: Turn, article: HTMLElement, acts: TurnActions) {
    this.#turn = turn;
    this.#article = article;
    this.#acts = acts;
    this.#steps = { previous: this.#step("previous"), next: this.#step("next") };
    this.#versions = element("div", "nbstream-versions", { role: "group", "aria-label": "Versions" });
    this.#versions.append(this.#steps.previous, this.#place, this.#steps.next);
    if (turn.role === "assistant") return;
    // Its word is in the style sheet: a message that is read, searched or copied is what was written and no more.
    this.#edit = button("", () => this.#open(), {
      class: "nbstream-edit",
      title: "Change this message and go on from here",
      "aria-label": "Edit",
    });
    article.append(this.#edit);
  }

  /** `idle`: no reply runs, so that the conversation can go another way. */
  paint(transcript: Transcript, idle: boolean): void {
    const turn = this.#turn;
    this.#idle = idle;
    this.#others = versionsOf(transcript, turn);
    if (this.#others.length > 1 && !this.#versions.isConnected) {
      if (this.#edit) this.#edit.before(this.#versions);
      else this.#article.prepend(this.#versions);
    }
    setText(this.#place, `${this.#others.indexOf(turn) + 1} / ${this.#others.length}`);
    for (const step of ["previous", "next"] as const)
      this.#steps[step].disabled = !idle || !this.#other(step);
    if (this.#edit) this.#edit.disabled = !idle;
    this.#box?.paint(idle);
  }

  /** Which step has the focus. */
  get focusedStep(): Step | undefined {
    const { activeElement } = this.#article.getRootNode() as Document | ShadowRoot;
    return (["previous", "next"] as const).find((step) => this.#steps[step] === activeElement);
  }

  /** Give it to this step, or to the other one where it leads nowhere. */
  focusStep(step: Step): void {
    const { previous, next } = this.#steps;
    const wanted = this.#steps[step];
    (wanted.disabled ? (wanted === next ? previous : next) : wanted).focus({ preventScroll: true });
  }

  #other(step: Step): Turn | undefined {
    return this.#others[this.#others.indexOf(this.#turn) + STEPS[step]];
  }

  #step(step: Step): HTMLButtonElement {
    const name = `${step === "next" ? "Next" : "Previous"} version`;
    const go = () => {
      const other = this.#other(step);
      if (other) this.#acts.selectVersion(other.id);
    };
    return button(SIGNS[step], go, { "aria-label": name });
  }

  #open(): void {
    if (this.#box) return;
    const { id, blocks } = this.#turn;
    const close = () => {
      this.#box?.element.remove();
      this.#box = undefined;
      this.#article.classList.remove("nbstream-editing");
      this.#edit?.focus({ preventScroll: true });
    };
    this.#box = new EditBox(
      textOf(this.#turn),
      blocks.some(({ type }) => type !== "text"),
      (text) => {
        close();
        this.#acts.edit(id, text);
      },
      close,
    );
    this.#article.classList.add("nbstream-editing");
    this.#article.append(this.#box.element);
    this.#box.paint(this.#idle);
    this.#box.focus();
  }
}

/** The message as it can be changed. */
class EditBox {
  readonly element: HTMLFormElement;
  readonly #box: MessageBox;
  readonly #send = element("button", "nbstream-button", { type: "submit" }, "Send");
  #idle = true;

  constructor(text: string, files: boolean, send: (text: string) => void, cancel: () => void) {
    this.#box = new MessageBox("Edited text", {
      onChange: () => this.paint(this.#idle),
      onKey: (event) => {
        if (event.key !== "Escape") return false;
        event.stopPropagation();
        cancel();
        return true;
      },
    });
    const note = files ? [element("p", "nbstream-note", {}, "What was attached is not sent again.")] : [];
    const buttons = element("div", "nbstream-actions", {}, this.#send, button("Cancel", cancel));
    this.element = element("form", "nbstream-editor", {}, this.#box.element, ...note, buttons);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#send.disabled) send(this.#box.text);
    });
    this.#box.setText(text);
  }

  paint(idle: boolean): void {
    this.#idle = idle;
    this.#send.disabled = !idle || !this.#box.text.trim();
  }

  /** At its end, on the page: only there it has a height. */
  focus(): void {
    this.#box.setText(this.#box.text);
    this.#box.element.focus({ preventScroll: true });
    this.#box.element.setSelectionRange(-1, -1);
  }
}
