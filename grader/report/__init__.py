"""Turn verdicts into text, JSON, XML and issues; nothing here knows how they were reached."""
