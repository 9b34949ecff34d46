"""The privacy classes of OpenTelemetry's own attributes that no Lift event declares.

Names are those of the OpenTelemetry semantic conventions 1.40 (https://opentelemetry.io/docs/specs/semconv/), with the
older names that instrumentations still send. What can hold an id of a person, an address or free text is not public;
neither is what names a device that only one person uses. An attribute in no class is treated as not public.
"""

from collections.abc import Mapping
from types import MappingProxyType

from otel_lift.semconv.declare import Privacy

__all__ = ["STANDARD"]

_PUBLIC = """
browser.mobile browser.platform
cloud.account.id cloud.availability_zone cloud.platform cloud.provider cloud.region
code.column.number code.function.name code.line.number code.namespace code.function code.lineno code.column
container.image.name container.image.tags container.runtime
db.namespace db.operation.batch.size db.query.summary db.response.returned_rows db.response.status_code
db.stored_procedure.name db.system db.system.name db.client.connection.pool.name
deployment.environment
exception.type exception.escaped
faas.coldstart faas.name faas.trigger faas.version
feature_flag.provider.name feature_flag.result.reason feature_flag.set.id feature_flag.version
gen_ai.operation.name gen_ai.output.type gen_ai.request.choice.count gen_ai.request.max_tokens
gen_ai.request.temperature gen_ai.request.top_k gen_ai.request.top_p gen_ai.request.frequency_penalty
gen_ai.request.presence_penalty gen_ai.response.finish_reasons gen_ai.response.model gen_ai.system gen_ai.token.type
gen_ai.tool.name gen_ai.tool.type gen_ai.agent.name gen_ai.usage.prompt_tokens gen_ai.usage.completion_tokens
http.flavor http.method http.request.body.size http.request.method_original http.request.resend_count
http.request.size http.response.body.size http.response.size http.scheme http.status_code
http.request_content_length http.response_content_length
k8s.cluster.name k8s.container.name k8s.cronjob.name k8s.daemonset.name k8s.deployment.name k8s.job.name
k8s.namespace.name k8s.pod.name k8s.replicaset.name k8s.statefulset.name
lift.consent lift.event lift.fingerprint lift.template lift.redaction.count lift.redaction.rules
messaging.batch.message_count messaging.consumer.group.name messaging.destination.template
messaging.message.body.size messaging.message.envelope.size messaging.operation.name messaging.operation.type
messaging.system
network.protocol.name network.protocol.version network.transport network.type
os.name os.type
otel.scope.name otel.scope.version otel.status_code
process.runtime.name process.runtime.version
rpc.grpc.status_code rpc.method rpc.response.status_code rpc.service rpc.system rpc.system.name
server.port service.name service.namespace
telemetry.distro.name telemetry.distro.version telemetry.sdk.language telemetry.sdk.name telemetry.sdk.version
thread.id
url.scheme url.template
"""

_PSEUDONYM = """
enduser.pseudo.id lift.person log.record.uid messaging.message.id gen_ai.response.id
service.instance.id session.previous_id user.hash
"""

_PERSONAL = """
app.installation.id browser.brands browser.document.url.full browser.language
client.port code.file.path code.stacktrace
db.query.text db.statement db.user
destination.address device.id device.manufacturer device.model.identifier device.model.name
enduser.id enduser.role enduser.scope error.message
feature_flag.context.id feature_flag.result.value
gen_ai.completion gen_ai.input.messages gen_ai.output.messages gen_ai.prompt gen_ai.retrieval.query.text
gen_ai.system_instructions gen_ai.tool.call.arguments gen_ai.tool.call.result
geo.country.iso_code geo.continent.code geo.locality.name geo.location.lat geo.location.lon geo.postal_code
geo.region.iso_code
host.id host.ip host.mac host.name http.client_ip http.target http.url http.user_agent
log.record.original messaging.client.id messaging.destination.name messaging.kafka.message.key
net.peer.ip net.peer.name net.sock.peer.addr network.local.address network.peer.address network.peer.port
os.description otel.status_description process.command process.command_args process.command_line
process.executable.path process.owner process.user.id process.user.name process.working_directory
server.address source.address thread.name
url.fragment url.full url.original url.path url.query
user.email user.full_name user.name user.roles
user_agent.name user_agent.os.name user_agent.os.version user_agent.version
"""

_CREDENTIALS = """
http.request.header.authorization http.request.header.cookie http.request.header.proxy-authorization
http.request.header.x-api-key http.response.header.set-cookie
"""

STANDARD: Mapping[str, Privacy] = MappingProxyType(
    {
        name: privacy
        for privacy, names in (
            (Privacy.PUBLIC, _PUBLIC),
            (Privacy.PSEUDONYM, _PSEUDONYM),
            (Privacy.PERSONAL, _PERSONAL),
            (Privacy.SECRET, _CREDENTIALS),
        )
        for name in names.split()
    }
)
"""Privacy class by attribute."""
