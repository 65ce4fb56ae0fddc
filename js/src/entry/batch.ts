/** Entry point of a batch's widget model: its connection lives as long as the model, and each output has a view. */

import type { InitializeProps, RenderProps } from "@anywidget/types";
import { BatchView } from "../batch/batch-view.ts";
import { BatchConnection, type BatchState } from "../batch/connection.ts";

export default () => {
  let connection: BatchConnection;
  let life: AbortSignal;
  const views = new Set<BatchView>();
  return {
    initialize({ model, signal }: InitializeProps<BatchState>) {
      life = signal;
      connection = new BatchConnection(model, signal);
    },
    render({ el, signal }: RenderProps<BatchState>) {
      new BatchView(el, connection, views, AbortSignal.any([life, signal]));
    },
  };
};
