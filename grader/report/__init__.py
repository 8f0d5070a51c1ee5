"""Turn verdicts into formats; nothing here depends on how a verdict was computed."""
