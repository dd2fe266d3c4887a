"""New plugin packages: what ``quorate new plugin`` writes. jinja2 is imported when something is rendered."""
