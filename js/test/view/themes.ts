/**
 * The colours of JupyterLab 4.6's themes and of VS Code's default dark theme. The theme of high contrast leaves many
 * of its colours undefined, such as those of links and errors.
 */
export const THEMES: Readonly<Record<string, string>> = {
  "JupyterLab, light": `--jp-layout-color0: white; --jp-layout-color1: white; --jp-layout-color2: #eee;
    --jp-content-font-color1: rgba(0,0,0,.87); --jp-border-color2: #e0e0e0; --jp-brand-color1: #1976d2;
    --jp-error-color1: #d32f2f; --jp-warn-color1: #f57c00; --jp-content-link-color: #0d47a1;
    --jp-cell-editor-background: #f5f5f5; --jp-rendermime-table-row-background: #f5f5f5;
    --jp-mirror-editor-keyword-color: green; --jp-mirror-editor-string-color: #ba2121;
    --jp-mirror-editor-number-color: #080; --jp-mirror-editor-comment-color: #408080;
    --jp-mirror-editor-def-color: #00f; --jp-mirror-editor-operator-color: #7800c2; background: white;`,
  "JupyterLab, dark": `--jp-layout-color0: #111; --jp-layout-color1: #212121; --jp-layout-color2: #424242;
    --jp-content-font-color1: #fff; --jp-border-color2: #424242; --jp-brand-color1: #2196f3;
    --jp-error-color1: #f44336; --jp-warn-color1: #ff9800; --jp-content-link-color: #64b5f6;
    --jp-cell-editor-background: #212121; --jp-rendermime-table-row-background: #212121;
    --jp-mirror-editor-keyword-color: #4caf50; --jp-mirror-editor-string-color: #ff7070;
    --jp-mirror-editor-number-color: #66bb6a; --jp-mirror-editor-comment-color: #408080;
    --jp-mirror-editor-def-color: #1e88e5; --jp-mirror-editor-operator-color: #d48fff; background: #111;`,
  "JupyterLab, dark high contrast": `--jp-layout-color0: #111; --jp-layout-color1: #111; --jp-layout-color2: #424242;
    --jp-content-font-color1: #fff; --jp-brand-color1: #319bf2; --jp-cell-editor-background: #111;
    --jp-mirror-editor-keyword-color: #4eb352; --jp-mirror-editor-string-color: #ff7070;
    --jp-mirror-editor-comment-color: #56acac; --jp-mirror-editor-operator-color: #cc7cff; background: #111;`,
  "VS Code, dark": `--vscode-editor-foreground: #ccc; --vscode-editor-background: #1f1f1f;
    --vscode-textBlockQuote-background: #2b2b2b; --vscode-textCodeBlock-background: #2b2b2b;
    --vscode-focusBorder: #0078d4; --vscode-errorForeground: #f85149; --vscode-input-background: #313131;
    --vscode-textLink-foreground: #4daafc; background: #1f1f1f;`,
  "a bare page": "background: Canvas;",
  "a bare dark page": "color-scheme: dark; background: Canvas;",
};
