/** What the message box needs for the notebook's variables. The menu itself is code that is loaded later. */

import type { Variables } from "../../core/variable-frames.ts";

/** A variable that goes with a message: its name, and its type and shape in words. */
export interface VariableChip {
  readonly name: string;
  readonly type: string;
}

/** What the menu works on. */
export interface MenuHost {
  readonly box: HTMLTextAreaElement;
  /** The element that holds the box. */
  readonly frame: HTMLElement;
  /** Ask the kernel for variables. A busy kernel answers late or never. */
  list(text: string): Promise<Variables>;
  /** Add a variable to the message. */
  choose(variable: VariableChip): void;
}

/** The list of variables at a message box. */
export interface VariableMenu {
  /** Open, change or close the list, because the text or the caret has changed. */
  update(): void;
  /** Handle a key, and return whether it was for the list. */
  handleKey(event: KeyboardEvent): boolean;
}

export type AttachMenu = (host: MenuHost) => VariableMenu;

export interface VariableSource {
  list: MenuHost["list"];
  /** Load the menu; undefined if it cannot be loaded. */
  load(): Promise<AttachMenu | undefined>;
}
