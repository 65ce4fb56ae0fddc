declare module "@vscode/markdown-it-katex" {
  import type { PluginWithOptions } from "markdown-it";

  const plugin: PluginWithOptions<object> & { readonly default?: PluginWithOptions<object> };
  export default plugin;
}
