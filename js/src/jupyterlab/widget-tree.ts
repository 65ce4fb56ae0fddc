/**
 * Search for the chats in a widget of ipywidgets, such as a `VBox`, whose children may be containers again. An
 * `Output` of ipywidgets has outputs instead of children, and they name the models that they show.
 */

import { type Model, type Output, viewedModelId, type WidgetManager } from "./notebook.ts";

/** How deep lists and objects in a widget's state are searched for widgets. */
const MAX_DEPTH = 6;

/** How many items of a list are searched. Widgets of plots have lists with a million numbers. */
const MAX_ITEMS = 1000;

/** The members of a widget's model that the search uses. JupyterLab's models have all their state in `attributes`. */
interface WidgetModel {
  readonly model_id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Return the ids of the chats that the widget with this id shows, in the order of its children. */
export async function chatsWithin(manager: WidgetManager, id: string): Promise<string[]> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const search = async (model: Model & Partial<WidgetModel>, modelId: string): Promise<void> => {
    if (seen.has(modelId)) return;
    seen.add(modelId);
    if (model.get("_chat") === modelId) {
      found.add(modelId);
      return;
    }
    for (const item of itemsIn(model.attributes, MAX_DEPTH)) {
      if (typeof item !== "string") await search(item as unknown as Model, item.model_id);
      else if (manager.has_model(item)) await search(await manager.get_model(item), item);
    }
  };
  if (manager.has_model(id)) await search(await manager.get_model(id), id);
  return [...found];
}

/** Find the models in a value, and the ids of the models that outputs in it show. */
function* itemsIn(value: unknown, depth: number): Generator<WidgetModel | string> {
  if (typeof value !== "object" || value === null || depth === 0) return;
  if (!Array.isArray(value) && depth < MAX_DEPTH && isModel(value)) {
    yield value;
    return;
  }
  const viewed = viewedModelId(value as Output);
  if (typeof viewed === "string") yield viewed;
  else for (const item of Object.values(value).slice(0, MAX_ITEMS)) yield* itemsIn(item, depth - 1);
}

function isModel(value: object): value is WidgetModel {
  const { model_id, attributes } = value as Partial<WidgetModel>;
  return typeof model_id === "string" && typeof attributes === "object";
}
