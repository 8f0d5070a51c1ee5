"""The look of verdicts in a notebook.

Text, background and frames are those of the page: JupyterLab and VS Code say them in variables, and
elsewhere they are mixed from the color of the text, so that they suit light and dark pages alike.
"""

STYLE = """
.kata { --ink: var(--jp-content-font-color1, var(--vscode-editor-foreground, currentColor));
  --quiet: color-mix(in srgb, currentColor 72%, transparent);
  --line: color-mix(in srgb, currentColor 22%, transparent);
  --panel: color-mix(in srgb, currentColor 6%, transparent);
  --passed: color-mix(in srgb, #1a8a3c 72%, currentColor);
  --failed: color-mix(in srgb, #d92d20 72%, currentColor);
  --progress: color-mix(in srgb, #b07400 72%, currentColor);
  color: var(--ink); font: 14px/1.5 var(--jp-content-font-family, var(--vscode-font-family,
  system-ui, sans-serif)); max-width: 52rem; overflow-wrap: anywhere; }
.kata p { margin: .35em 0; }
.kata .head { font-size: 1.15em; }
.kata .quiet { color: var(--quiet); }
.kata .status { font-weight: 600; }
.kata .passed { color: var(--passed); }
.kata .failed, .kata .error { color: var(--failed); }
.kata .in_progress, .kata .skipped, .kata .not_checked, .kata .outdated { color: var(--progress); }
.kata .test { margin: .6em 0; padding: .1em 0 .1em .8em; border-left: 3px solid var(--failed); }
.kata .mistake { margin: .6em 0; padding: .25em .8em; border-left: 3px solid var(--progress);
  background: var(--panel); }
.kata code, .kata pre, .kata .values { color: inherit;
  font: .92em/1.45 var(--jp-code-font-family, var(--vscode-editor-font-family, ui-monospace,
  monospace)); }
.kata code { padding: .05em .25em; background: var(--panel); border-radius: 3px; }
.kata pre { margin: .35em 0; padding: 0; background: none; white-space: pre-wrap;
  word-break: normal; }
.kata pre.printed { padding: .4em .6em; max-height: 14em; overflow-y: auto;
  background: var(--panel); }
.kata tr, .kata tr:nth-child(n) { background: none; }
.kata .pair { display: flex; flex-wrap: wrap; gap: 0 2em; }
.kata .values { margin: .3em 0; border-collapse: collapse; border: 0; width: auto;
  table-layout: auto; }
.kata .values caption { text-align: left; padding: 0 .3em; color: var(--quiet); }
.kata .values td { padding: .1em .5em; text-align: right; border: 1px solid var(--line);
  background: none; white-space: nowrap; color: inherit; }
.kata .values td.wrong { color: var(--failed); font-weight: 700;
  background: color-mix(in srgb, #d92d20 16%, transparent); }
.kata .heat { line-height: 1.35; letter-spacing: .35em; white-space: pre; overflow-x: auto; }
.kata .heat span { padding: .1em 0; }
.kata .m0 { color: var(--quiet); background: color-mix(in srgb, #1a8a3c 18%, transparent); }
.kata .m1 { background: color-mix(in srgb, #e08a00 30%, transparent); }
.kata .m2 { background: color-mix(in srgb, #e0541e 55%, transparent); }
.kata .m3 { background: color-mix(in srgb, #d92d20 85%, transparent); color: #fff; }
.kata .legend span { padding: 0 .3em; }
.kata details { margin: .3em 0; }
.kata summary { cursor: pointer; color: var(--quiet); }
.kata ul { margin: .2em 0; padding-left: 1.4em; }
.kata .map td { padding: .1em .8em .1em 0; border: 0; text-align: left; background: none; }
.kata .map { border: 0; border-collapse: collapse; margin: .3em 0; }
.kata .map td.points { text-align: right; white-space: nowrap; }
"""
