"""What a user can say about maintenance."""

from pathlib import Path

from pydantic import Field

from otel_lift.pipeline import ComponentConfig

__all__ = ["BackupConfig", "MaintenanceConfig", "ReportsConfig"]


class BackupConfig(ComponentConfig):
    """Backups of embedded stores, each day; a server has its own."""

    folder: Path | None = Field(
        default=None,
        description="Folder of the backups; by default `backups` in the data folder. Another disk is a better place.",
    )
    keep_days: int = Field(default=90, ge=1, description="Days after which a backup is removed.")
    full_every: int = Field(
        default=7,
        ge=1,
        description="Days until the next full backup; the ones between hold what is new since the full one.",
    )


class ReportsConfig(ComponentConfig):
    """Executive reports, of each day and each month."""

    keep_days: int = Field(default=730, ge=1, description="Days for which the files are kept.")
    k: int = Field(default=5, ge=1, description="Least number of people of a group that is shown: reports travel.")


class MaintenanceConfig(ComponentConfig):
    """Jobs that the gateway does by itself; of several gateways on one store, one does those of the store."""

    metrics_interval: float = Field(
        default=15.0,
        ge=0,
        description="Seconds between two writes of the gateway's own metrics into the store; 0 writes none.",
    )
    refresh_interval: float = Field(
        default=60.0,
        gt=0,
        description="Seconds between two looks for events that were sent twice, which are then made one.",
    )
    archive_days: int = Field(
        default=7,
        ge=1,
        description="Days before the end of their retention from which rows are in the lake, if `service.lake` is set.",
    )
    quarantine_days: int = Field(
        default=30, ge=1, description="Days after which requests in quarantine, and damaged segments, are removed."
    )
    backup: BackupConfig | None = Field(
        default=BackupConfig(), description="Daily backups of embedded stores; null for none."
    )
    reports: ReportsConfig | None = Field(default=ReportsConfig(), description="Executive reports; null for none.")
