/** The page that shows the notebook: whose it is, and who writes the notebook's file. */

import type { AnyModel } from "@anywidget/types";
import type { WriteChats } from "../lazy/loader.ts";
import { type ChatState, widgetManagerOf } from "../transport/jupyter.ts";
import { classicManager } from "./nbclassic.ts";
import type { WidgetManager } from "./notebook.ts";
import { NotebookSaver } from "./notebook-saver.ts";
import type { ChatSaver } from "./saved-chats.ts";
import { SharedSaver } from "./shared-saver.ts";

/**
 * Return the widget manager of a model; undefined if the model of its notebook cannot be reached. A notebook
 * has a path. VS Code gives its widget manager an empty notebook without one, which no file is written from.
 */
export function notebookManagerOf(model: Parameters<typeof widgetManagerOf>[0]): WidgetManager | undefined {
  const manager = widgetManagerOf(model) as Partial<WidgetManager> | undefined;
  const notebook = manager?.context?.model;
  const isReal = typeof manager?.context?.path === "string";
  const isNotebook = typeof notebook?.toJSON === "function" && notebook.cells;
  return isReal && isNotebook ? (manager as WidgetManager) : classicManager(manager);
}

/**
 * Make the saver of a notebook; undefined on a page that does not write the notebook's file.
 *
 * @param open Connects a chat whose output is not drawn, until the signal aborts.
 * @param fetch Loads the asset that writes the chats; it is loaded now, because it is needed as soon as an answer
 *   ends.
 */
export function createSaver(
  manager: WidgetManager | undefined,
  open: (model: AnyModel<ChatState>, signal: AbortSignal) => void,
  fetch: () => Promise<WriteChats | undefined>,
  signal: AbortSignal,
): ChatSaver | undefined {
  if (!manager?.restored) return undefined;
  const Saver = manager.context.model.collaborative ? SharedSaver : NotebookSaver;
  return new Saver(manager, open, fetch, signal);
}
