"""What the audit log says of an erasure: its receipt, so that none can vanish unnoticed."""

from collections.abc import Mapping, Sequence

from otel_lift.jobs import Audited, OpenStore
from otel_lift.rights.receipts import Receipt

__all__ = ["NUMBER", "SHA256", "audited", "audited_hashes"]

NUMBER, SHA256 = "receipt_number", "receipt_sha256"


def audited(receipt: Receipt, rows: Mapping[str, int], persons: Sequence[str]) -> Audited:
    """Answer what is recorded: the receipt as it lies in its file, its number and hash."""
    details = {
        NUMBER: str(receipt.content["number"]),
        SHA256: receipt.hash,
        "receipt": receipt.line.decode(),
        "persons": " ".join(persons),
    }
    return Audited(persons[0], rows, details)


def audited_hashes(opened: OpenStore, gateway: str) -> dict[int, str]:
    """Answer the hashes of a gateway's receipts by number, as a store's audit log has them."""
    rows = opened.store.query(
        f"SELECT details['{NUMBER}'], details['{SHA256}'] FROM {opened.options.qualified('lift_audit')} "  # noqa: S608 - quoted
        f"WHERE gateway = {{gateway:String}} AND details['{NUMBER}'] != ''",
        {"gateway": gateway},
    ).rows
    return {int(number): str(sha256) for number, sha256 in rows if str(number).isdigit()}
