/**
 * The page of nbclassic as the widget manager of JupyterLab shows its notebook. There the notebook's file is written
 * from the JSON of the page's notebook too.
 *
 * The names are those of nbclassic 1.3 (`notebook/js/notebook.js`) and of widgetsnbextension 4.0 (`manager.js`).
 */

import type { Cell, Model, NotebookJson, NotebookModel, Output, WidgetManager } from "./notebook.ts";

interface ClassicCell {
  readonly output_area?: { outputs: Output[]; trusted: boolean };
  set_text(source: string): void;
}

/** JupyterLab's states of a save, by the events of nbclassic. */
const SAVE_STATES = new Map([
  ["before_save", "started"],
  ["notebook_saved", "completed"],
  ["notebook_save_failed", "failed"],
]);
const SAVE_EVENTS = [...SAVE_STATES.keys()].map((name) => `${name}.Notebook`).join(" ");

interface ClassicNotebook {
  readonly events: { on(names: string, handler: (event: { type: string }) => void): void };
  readonly notebook_path: string;
  readonly dirty: boolean;
  readonly writable: boolean;
  get_cells(): ClassicCell[];
  insert_cell_at_index(type: string, index: number): ClassicCell;
  render_cell_output(cell: ClassicCell): void;
  set_dirty(value: boolean): void;
  save_notebook(): Promise<void>;
  toJSON(): NotebookJson;
}

/** The widget manager of nbclassic. */
interface ClassicManager {
  readonly notebook: ClassicNotebook;
  _get_comm_info(): Promise<object>;
  has_model(id: string): boolean;
  get_model(id: string): Promise<Model>;
}

/** Return nbclassic's widget manager in JupyterLab's form; undefined if `manager` is another host's. */
export function classicManager(manager: unknown): WidgetManager | undefined {
  const classic = manager as Partial<ClassicManager> | undefined;
  const isClassic = typeof classic?.notebook?.get_cells === "function" && classic.notebook.save_notebook;
  return isClassic ? adapt(classic as ClassicManager) : undefined;
}

function adapt(manager: ClassicManager): WidgetManager {
  const { notebook } = manager;
  return {
    context: {
      path: notebook.notebook_path,
      model: adaptNotebook(notebook),
      saveState: {
        connect: (slot) =>
          notebook.events.on(SAVE_EVENTS, ({ type }) => slot(notebook, SAVE_STATES.get(type) ?? "")),
        disconnect() {},
      },
      save: () => notebook.save_notebook(),
    },
    kernel: {
      requestCommInfo: async () => ({ content: { comms: await manager._get_comm_info() } }),
    },
    // The manager makes the kernel's models in one step, before the code of any of them is loaded.
    restoredStatus: true,
    restored: { connect() {}, disconnect() {} },
    has_model: (id) => manager.has_model(id),
    get_model: (id) => manager.get_model(id),
  };
}

function adaptNotebook(notebook: ClassicNotebook): NotebookModel {
  // The notebook is sealed, so its class gets the function; a page has one notebook. A function that needs no `this`
  // can be wrapped and compared as JupyterLab's can.
  const methods: Pick<ClassicNotebook, "toJSON"> = Object.getPrototypeOf(notebook);
  methods.toJSON = methods.toJSON.bind(notebook);
  return {
    get dirty() {
      return notebook.dirty;
    },
    set dirty(value) {
      notebook.set_dirty(value);
    },
    get readOnly() {
      return !notebook.writable;
    },
    get cells() {
      const cells = notebook.get_cells();
      return {
        length: cells.length,
        get: (index: number) => adaptCell(notebook, cells[index] as ClassicCell),
      };
    },
    sharedModel: {
      insertCell: (index, { source }) => notebook.insert_cell_at_index("code", index).set_text(source),
    },
    get toJSON() {
      return methods.toJSON;
    },
    set toJSON(toJSON) {
      methods.toJSON = toJSON;
    },
  };
}

/** Adapt a cell. Its id is not that of JupyterLab, because nbclassic names no cell to the kernel. */
function adaptCell(notebook: ClassicNotebook, cell: ClassicCell): Cell {
  const area = cell.output_area;
  const render = () => notebook.render_cell_output(cell);
  return {
    id: "",
    get trusted() {
      return area?.trusted === true;
    },
    set trusted(value) {
      if (area) area.trusted = value;
    },
    ...(area && {
      outputs: {
        length: area.outputs.length,
        get: (index: number) => ({ toJSON: () => area.outputs[index] as Output }),
        set(index: number, output: Output) {
          area.outputs[index] = output;
          render();
        },
        add(output: Output) {
          area.outputs.push(output);
          render();
        },
      },
    }),
  };
}
