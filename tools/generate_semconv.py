"""Write what is derived from the registry of events: `python tools/generate_semconv.py`."""

from pathlib import Path

from otel_lift.semconv.documents import attributes_module, json_schema, reference_page

ROOT = Path(__file__).resolve().parent.parent

WRITTEN = {
    "otel_lift/semconv/attributes.py": attributes_module,
    "docs/reference/events.md": reference_page,
    "docs/reference/events.schema.json": json_schema,
}


def main() -> None:
    """Write each file anew."""
    for path, make in WRITTEN.items():
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(make(), encoding="utf-8")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
