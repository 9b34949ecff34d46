"""`make privacy-report`: what redaction finds of a labelled corpus, and what it finds where nothing is."""
