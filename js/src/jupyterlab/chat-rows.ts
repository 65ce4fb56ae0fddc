/**
 * The chats that one output shows together: those of `nbstream.compare`, each under its name, or those in a
 * container of ipywidgets, which have no names.
 */

import { chatIdOf, type Output, viewedModelId, type WidgetManager } from "./notebook.ts";
import { chatsWithin } from "./widget-tree.ts";

type Row = readonly (readonly [chat: string, name: string])[];

export class ChatRows {
  readonly #manager: WidgetManager;
  /** The chats of each view that shows several, by the id of the view. */
  readonly #rows = new Map<string, Row>();

  constructor(manager: WidgetManager) {
    this.#manager = manager;
  }

  has(id: string): boolean {
    return this.#rows.has(id);
  }

  /** Return the chats of a view; a chat's own view has the chat alone. */
  get(id: string): Row {
    return this.#rows.get(id) ?? [[id, ""]];
  }

  /** Take over the chats that an output's metadata name. */
  remember(output: Output): void {
    const id = chatIdOf(output);
    const { row } = output.metadata?.nbstream ?? {};
    const chats = Object.entries(row ?? {}).map(([chat, name]) => [chat, String(name)] as const);
    if (id === undefined || typeof row !== "object" || chats.length === 0) return;
    // The children of a container may have changed since it was displayed.
    if (!this.#rows.has(id) || isNamed(chats)) this.#rows.set(id, chats);
  }

  metadata(id: string): NonNullable<Output["metadata"]> {
    const row = this.#rows.get(id);
    return { nbstream: { chat: id, ...(row && { row: Object.fromEntries(row) }) } };
  }

  /** Find the chats in the containers that outputs show now. Return true if there are others than before. */
  async find(outputs: readonly Output[]): Promise<boolean> {
    let hasChanged = false;
    for (const id of new Set(outputs.map(viewedModelId))) {
      if (typeof id !== "string") continue;
      const before = this.#rows.get(id) ?? [];
      if (isNamed(before)) continue;
      // A widget that has been closed has no model any more.
      const chats = await chatsWithin(this.#manager, id).catch(() => [id]);
      if (chats.includes(id) || chats.join() === before.map(([chat]) => chat).join()) continue;
      hasChanged = true;
      if (chats.length === 0) this.#rows.delete(id);
      else
        this.#rows.set(
          id,
          chats.map((chat) => [chat, ""] as const),
        );
    }
    return hasChanged;
  }
}

function isNamed(row: Row): boolean {
  return row.some(([, name]) => name);
}
