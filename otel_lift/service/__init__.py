"""The gateway as processes: a supervisor, ingest workers and one store process, which share only the data folder."""
