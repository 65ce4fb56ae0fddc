/**
 * View of the tools of one turn: a button that edits a message, and buttons that step between the versions of
 * a turn.
 */

import { TURN_TEXT } from "../../core/page-text.ts";
import { type Transcript, type Turn, versionsOf } from "../../core/transcript.ts";
import { button } from "../base/button.ts";
import { element, setText } from "../base/dom.ts";
import { MessageEditor } from "./message-editor.ts";

export interface TurnActions {
  /** Show the version with this id. */
  selectVersion(turn: string): void;
  /** Send this text as another version of the turn, without the blocks of these indices. */
  edit(turn: string, text: string, drops: readonly number[]): void;
}

const STEPS = { previous: -1, next: 1 } as const;
export type Step = keyof typeof STEPS;

const STEP_SIGNS: Readonly<Record<Step, string>> = { previous: "‹", next: "›" };

export class TurnToolbar {
  readonly #turn: Turn;
  readonly #article: HTMLElement;
  readonly #actions: TurnActions;
  readonly #versionsNode: HTMLElement;
  readonly #versionNumber = element("span", "");
  readonly #stepButtons: Readonly<Record<Step, HTMLButtonElement>>;
  readonly #editButton: HTMLButtonElement | undefined;
  #editor: MessageEditor | undefined;
  #versions: readonly Turn[] = [];
  #isIdle = true;

  /**
   * Add the tools to the turn's article.
   *
   * The buttons for the versions of an answer are above it, so that they do not move when its length changes.
   * Those for the versions of a message are beside it.
   */
  constructor(turn: Turn, article: HTMLElement, actions: TurnActions) {
    this.#turn = turn;
    this.#article = article;
    this.#actions = actions;
    this.#stepButtons = { previous: this.#createStep("previous"), next: this.#createStep("next") };
    this.#versionsNode = element("div", "nbstream-versions", {
      role: "group",
      "aria-label": TURN_TEXT.versions,
    });
    this.#versionsNode.append(this.#stepButtons.previous, this.#versionNumber, this.#stepButtons.next);
    if (turn.role !== "user") return;
    // The button's label comes from the style sheet, so that only the text of the message is read out, found
    // or copied.
    this.#editButton = button("", () => this.#openEditor(), {
      class: "nbstream-icon nbstream-edit",
      title: TURN_TEXT.editTitle,
      "aria-label": TURN_TEXT.edit,
    });
    article.append(this.#editButton);
  }

  /** @param isIdle Whether no reply is running, so that another version can be shown. */
  paint(transcript: Transcript, isIdle: boolean): void {
    const turn = this.#turn;
    this.#isIdle = isIdle;
    this.#versions = versionsOf(transcript, turn);
    if (this.#versions.length > 1 && !this.#versionsNode.isConnected) {
      if (this.#editButton) this.#editButton.before(this.#versionsNode);
      else this.#article.prepend(this.#versionsNode);
    }
    // The cell above the chat shows its text. Another version of it stands nowhere else.
    const isFolded = turn.role === "user" && this.#versions.length === 1 && isInCell(turn);
    this.#article.classList.toggle("nbstream-folded", isFolded);
    setText(this.#versionNumber, `${this.#versions.indexOf(turn) + 1} / ${this.#versions.length}`);
    for (const step of ["previous", "next"] as const)
      this.#stepButtons[step].disabled = !isIdle || !this.#neighbour(step);
    if (this.#editButton) this.#editButton.disabled = !isIdle;
    this.#editor?.paint(isIdle);
  }

  /** The step ("previous" or "next") whose button has the focus. */
  get focusedStep(): Step | undefined {
    const { activeElement } = this.#article.getRootNode() as Document | ShadowRoot;
    return (["previous", "next"] as const).find((step) => this.#stepButtons[step] === activeElement);
  }

  /** Focus the button of this step. If that button is disabled, focus the other one. */
  focusStep(step: Step): void {
    const { previous, next } = this.#stepButtons;
    const wanted = this.#stepButtons[step];
    (wanted.disabled ? (wanted === next ? previous : next) : wanted).focus({ preventScroll: true });
  }

  #neighbour(step: Step): Turn | undefined {
    return this.#versions[this.#versions.indexOf(this.#turn) + STEPS[step]];
  }

  #createStep(step: Step): HTMLButtonElement {
    const select = () => {
      const version = this.#neighbour(step);
      if (version) this.#actions.selectVersion(version.id);
    };
    return button(STEP_SIGNS[step], select, { "aria-label": TURN_TEXT.steps[step] });
  }

  #openEditor(): void {
    if (this.#editor) return;
    const { id } = this.#turn;
    const close = () => {
      this.#editor?.element.remove();
      this.#editor = undefined;
      this.#article.classList.remove("nbstream-editing");
      this.#editButton?.focus({ preventScroll: true });
    };
    const send = (text: string, drops: readonly number[]) => {
      close();
      this.#actions.edit(id, text, drops);
    };
    this.#editor = new MessageEditor(this.#turn, send, close);
    this.#article.classList.add("nbstream-editing");
    this.#article.append(this.#editor.element);
    this.#editor.paint(this.#isIdle);
    this.#editor.focus();
  }
}

/** Whether the user reads all of a message in the cell above the chat. */
function isInCell({ blocks }: Turn): boolean {
  return blocks.length > 0 && blocks.every(({ data }) => data.in_cell === true);
}
