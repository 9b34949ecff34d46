"""Presidio's side of the oracle: texts in, findings out, as JSON lines. Runs in Presidio's own environment.

The pipeline is spaCy's blank English one, without a model: what Presidio finds are its recognisers of patterns and
context words, not names of people and places, of which the corpus has none but in addresses.
"""

import importlib
import importlib.metadata
import json
import logging
import sys
from typing import Any

__all__: list[str] = []


def _analyser() -> Any:
    analyzer = importlib.import_module("presidio_analyzer")
    engines = importlib.import_module("presidio_analyzer.nlp_engine")
    tldextract: Any = importlib.import_module("tldextract")
    # the list of domains' ends that the package brings, so that nothing is asked of the network
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())
    engine = engines.SpacyNlpEngine()
    engine.nlp = {"en": importlib.import_module("spacy").blank("en")}
    registry = analyzer.RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    return analyzer.AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])


def _main() -> None:
    logging.disable(logging.CRITICAL)
    analyser = _analyser()
    names = ("presidio-analyzer", "spacy")
    print(json.dumps(" with ".join(f"{name} {importlib.metadata.version(name)}" for name in names)))
    for line in sys.stdin:
        found = analyser.analyze(json.loads(line), language="en")
        print(json.dumps([[one.start, one.end, one.score, one.entity_type] for one in found]))


if __name__ == "__main__":
    _main()
