"""How an operation is carried out: found by name, written to the audit log, its answers as JSON."""

import json
import logging
import os
import pwd
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from otel_lift.errors import ConfigError, OtelLiftError, SpoolError, StoreError, StoreUnavailableError
from otel_lift.jobs.audit_log import begin, end
from otel_lift.jobs.job import Audited, JobContext, Operation
from otel_lift.store.failures import error_code, error_name
from otel_lift.tenants import DEFAULT_TENANT

__all__ = ["find", "operate", "told", "user_name"]

logger = logging.getLogger(__name__)


def find(operations: Mapping[str, Operation], name: str) -> Operation:
    """Answer the operation of this name; raises ConfigError where no processor in use brings it."""
    if name not in operations:
        raise ConfigError(
            f"nothing in this configuration can do '{name}'; add the processor that does to a pipeline "
            f"(there is: {', '.join(sorted(operations))})"
        )
    return operations[name]


def operate(
    context: JobContext, operation: Operation, arguments: Mapping[str, Any], actor: str
) -> Generator[Mapping[str, Any], None, None]:
    """Carry an operation out for `actor` and yield what it answers, as it reads after a passage through JSON.

    Whoever closes the iterator ends the operation where it stands. What ends early is audited as failed.
    """
    row = begin(context, actor, operation.name, str(arguments.get("tenant") or DEFAULT_TENANT))
    last: Mapping[str, Any] = {}
    failure = "the caller went away"
    try:
        with closing(_generator(operation.run(context, arguments))) as answers:
            for answer in answers:
                last = json.loads(json.dumps(answer))
                yield last
        failure = ""
    except Exception as error:
        failure = type(error).__name__
        raise
    finally:
        audited = _audited(operation, last)
        if failure:
            audited = Audited(audited.person, audited.rows, {**(audited.details or {}), "error": failure})
        end(context, row, audited, "failed" if failure else "done")


def told(error: BaseException) -> str:
    """Say what went wrong without a text that can hold what a person sent: a store repeats values, as anybody may."""
    kind = type(error).__name__
    if isinstance(error, StoreError | StoreUnavailableError):
        code = error_code(str(error))
        return f"{kind}: code {code} {error_name(str(error)) or ''}".strip() if code else kind
    if isinstance(error, ConfigError | SpoolError):
        return f"{kind}: {error}"
    if isinstance(error, OtelLiftError):
        return kind
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return kind
    return f"{kind} in {Path(traceback.tb_frame.f_code.co_filename).name}, line {traceback.tb_lineno}"


def user_name(uid: int | None = None) -> str:
    """Answer the name of a user of this machine, by default of this process; ``uid:<number>`` where it has none."""
    uid = os.getuid() if uid is None else uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid:{uid}"


def _generator(answers: Iterator[Mapping[str, Any]]) -> Any:
    # An operation is written as a generator, and only that can be closed; a plain iterator becomes one.
    return (answer for answer in answers) if not hasattr(answers, "close") else answers


def _audited(operation: Operation, last: Mapping[str, Any]) -> Audited:
    if not last:
        return Audited()
    try:
        return operation.audit(last)
    except Exception as error:  # noqa: BLE001 - what ended early yields less; that it ended is recorded anyway
        logger.debug("operation %s does not say what it did: %s", operation.name, told(error))
        return Audited()
