/**
 * Drawing of diagrams by JupyterLab's own renderer for mermaid, which is the one of its Markdown cells.
 *
 * Since 4.1 JupyterLab draws with mermaid's `securityLevel` "strict" and shows the result as an image, in which
 * nothing runs and nothing is loaded (`MermaidManager` in `@jupyterlab/mermaid`). While mermaid measures a diagram,
 * however, the diagram stands in the page, where an address in it would be loaded.
 */

const MERMAID_MIME_TYPE = "text/vnd.mermaid";

/** JupyterLab's registry of renderers. */
export interface RenderMime {
  readonly mimeTypes: readonly string[];
  createModel(options: { data: Readonly<Record<string, string>> }): object;
  createRenderer(type: string): { readonly node: HTMLElement; renderModel(model: object): Promise<void> };
}

/** Anything in a source by which a diagram may name an address, also one whose characters are written as numbers. */
const ADDRESS = /\/\s*\/|:\s*\/|\\|url\s*\(|@import|\bimg\s*:|\b(?:src|data)\s*[=:]|[&#]#?\w+;/i;

/** Whether a diagram names no address. Only such a diagram is drawn. */
export function isSelfContained(source: string): boolean {
  return !ADDRESS.test(source);
}

/**
 * Make the function that draws a diagram; undefined where the host has no renderer for it. The function returns
 * undefined for a diagram that is not drawn.
 */
export function diagramDrawer(
  manager: { readonly rendermime?: RenderMime } | undefined,
): ((source: string) => Promise<HTMLElement> | undefined) | undefined {
  const rendermime = manager?.rendermime;
  if (!rendermime?.mimeTypes?.includes(MERMAID_MIME_TYPE)) return undefined;
  return (source) => (isSelfContained(source) ? draw(rendermime, source) : undefined);
}

async function draw(rendermime: RenderMime, source: string): Promise<HTMLElement> {
  const renderer = rendermime.createRenderer(MERMAID_MIME_TYPE);
  await renderer.renderModel(rendermime.createModel({ data: { [MERMAID_MIME_TYPE]: source } }));
  return renderer.node;
}
