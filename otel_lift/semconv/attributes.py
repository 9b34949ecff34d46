"""Names of the attributes that carry the fields of Lift events.

Written from the registry by `make docs`; edit the events instead.
"""

from typing import Final

__all__ = [
    "CLIENT_ADDRESS",
    "DB_COLLECTION_NAME",
    "DB_OPERATION_NAME",
    "DEPLOYMENT_ENVIRONMENT_NAME",
    "ERROR_TYPE",
    "EXCEPTION_MESSAGE",
    "EXCEPTION_STACKTRACE",
    "FEATURE_FLAG_KEY",
    "FEATURE_FLAG_RESULT_VARIANT",
    "GEN_AI_AGENT_ID",
    "GEN_AI_CONVERSATION_ID",
    "GEN_AI_PROVIDER_NAME",
    "GEN_AI_REQUEST_MODEL",
    "GEN_AI_USAGE_INPUT_TOKENS",
    "GEN_AI_USAGE_OUTPUT_TOKENS",
    "HTTP_REQUEST_METHOD",
    "HTTP_RESPONSE_STATUS_CODE",
    "HTTP_ROUTE",
    "LIFT_ACCEPTED",
    "LIFT_ACTION",
    "LIFT_ACTUAL",
    "LIFT_AMOUNT",
    "LIFT_API_CALLS",
    "LIFT_ATTEMPTS",
    "LIFT_CACHE_HIT",
    "LIFT_CATEGORY",
    "LIFT_CHANNEL",
    "LIFT_CODE",
    "LIFT_COMPLETED",
    "LIFT_COMPONENT_STACK",
    "LIFT_CONNECTION_POOL_SIZE",
    "LIFT_CONSENT_ANALYTICS",
    "LIFT_CONSENT_ESSENTIAL",
    "LIFT_CONSENT_MARKETING",
    "LIFT_CONSENT_PERSONALIZATION",
    "LIFT_CONSENT_PROOF",
    "LIFT_CONSENT_PURPOSE",
    "LIFT_CONTEXT",
    "LIFT_CONVERTED",
    "LIFT_COST",
    "LIFT_DATA_LOSS",
    "LIFT_DAYS_USED",
    "LIFT_DEVICE_TYPE",
    "LIFT_DOCUMENT_LENGTH",
    "LIFT_DURATION",
    "LIFT_DURATION_MS",
    "LIFT_ENDPOINTS",
    "LIFT_ENTITY",
    "LIFT_ERRORS_ENCOUNTERED",
    "LIFT_EVENT_ID",
    "LIFT_EXECUTION_TIME",
    "LIFT_EXPECTED",
    "LIFT_FALLBACK_USED",
    "LIFT_FEATURE",
    "LIFT_FEATURES_ACCESSED",
    "LIFT_FEATURES_USED",
    "LIFT_FIELD",
    "LIFT_FLOW",
    "LIFT_FORM",
    "LIFT_FROM_PAGE",
    "LIFT_HELPFUL",
    "LIFT_HIT",
    "LIFT_INPUT_DATA",
    "LIFT_INTERACTION_ID",
    "LIFT_INTERACTION_TYPE",
    "LIFT_JOB",
    "LIFT_KEY",
    "LIFT_KIND",
    "LIFT_LATENCY",
    "LIFT_LIMIT",
    "LIFT_LOAD_TIME",
    "LIFT_LOCALE",
    "LIFT_MOOD",
    "LIFT_NETWORK_LATENCY",
    "LIFT_PAGE",
    "LIFT_PAGES_VISITED",
    "LIFT_PARTNER",
    "LIFT_PAYMENT_METHOD",
    "LIFT_PHASE",
    "LIFT_PLATFORM",
    "LIFT_PREVIOUS_ERRORS",
    "LIFT_PROVIDER",
    "LIFT_QUERY_TIME",
    "LIFT_RATING",
    "LIFT_REASON",
    "LIFT_RECOVERY_ATTEMPTED",
    "LIFT_RECOVERY_METHOD",
    "LIFT_RECOVERY_RETRY_ATTEMPT",
    "LIFT_RECOVERY_SUCCESSFUL",
    "LIFT_RECOVERY_USER_ACTION",
    "LIFT_RENDER_TIME",
    "LIFT_RESPONSE_TIME",
    "LIFT_RETRY_COUNT",
    "LIFT_ROUND",
    "LIFT_SCORE",
    "LIFT_SCORE_AFTER",
    "LIFT_SCORE_BEFORE",
    "LIFT_SESSION_DURATION",
    "LIFT_SEVERITY",
    "LIFT_SOURCE",
    "LIFT_SOURCES_COMPARED",
    "LIFT_STAKEHOLDER",
    "LIFT_STATUS",
    "LIFT_STEP",
    "LIFT_STRIPE_ERROR_CODE",
    "LIFT_SUBJECT",
    "LIFT_TECHNICAL",
    "LIFT_TIME_TO_RESOLUTION",
    "LIFT_TIME_ZONE",
    "LIFT_TO_PAGE",
    "LIFT_TRIAL_TYPE",
    "LIFT_TTL",
    "LIFT_USER_BLOCKED",
    "LIFT_USER_MESSAGE",
    "LIFT_USER_TYPE",
    "LIFT_WAVE_ID",
    "LIFT_WINDOW",
    "LIFT_WORKFLOW_FAILED",
    "LIFT_WORKFLOW_ID",
    "SERVICE_VERSION",
    "SESSION_ID",
    "URL_PATH",
    "USER_AGENT_ORIGINAL",
    "USER_ID",
]

CLIENT_ADDRESS: Final = "client.address"
DB_COLLECTION_NAME: Final = "db.collection.name"
DB_OPERATION_NAME: Final = "db.operation.name"
DEPLOYMENT_ENVIRONMENT_NAME: Final = "deployment.environment.name"
ERROR_TYPE: Final = "error.type"
EXCEPTION_MESSAGE: Final = "exception.message"
EXCEPTION_STACKTRACE: Final = "exception.stacktrace"
FEATURE_FLAG_KEY: Final = "feature_flag.key"
FEATURE_FLAG_RESULT_VARIANT: Final = "feature_flag.result.variant"
GEN_AI_AGENT_ID: Final = "gen_ai.agent.id"
GEN_AI_CONVERSATION_ID: Final = "gen_ai.conversation.id"
GEN_AI_PROVIDER_NAME: Final = "gen_ai.provider.name"
GEN_AI_REQUEST_MODEL: Final = "gen_ai.request.model"
GEN_AI_USAGE_INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
GEN_AI_USAGE_OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
HTTP_REQUEST_METHOD: Final = "http.request.method"
HTTP_RESPONSE_STATUS_CODE: Final = "http.response.status_code"
HTTP_ROUTE: Final = "http.route"
LIFT_ACCEPTED: Final = "lift.accepted"
LIFT_ACTION: Final = "lift.action"
LIFT_ACTUAL: Final = "lift.actual"
LIFT_AMOUNT: Final = "lift.amount"
LIFT_API_CALLS: Final = "lift.api_calls"
LIFT_ATTEMPTS: Final = "lift.attempts"
LIFT_CACHE_HIT: Final = "lift.cache_hit"
LIFT_CATEGORY: Final = "lift.category"
LIFT_CHANNEL: Final = "lift.channel"
LIFT_CODE: Final = "lift.code"
LIFT_COMPLETED: Final = "lift.completed"
LIFT_COMPONENT_STACK: Final = "lift.component_stack"
LIFT_CONNECTION_POOL_SIZE: Final = "lift.connection_pool_size"
LIFT_CONSENT_ANALYTICS: Final = "lift.consent.analytics"
LIFT_CONSENT_ESSENTIAL: Final = "lift.consent.essential"
LIFT_CONSENT_MARKETING: Final = "lift.consent.marketing"
LIFT_CONSENT_PERSONALIZATION: Final = "lift.consent.personalization"
LIFT_CONSENT_PROOF: Final = "lift.consent.proof"
LIFT_CONSENT_PURPOSE: Final = "lift.consent.purpose"
LIFT_CONTEXT: Final = "lift.context"
LIFT_CONVERTED: Final = "lift.converted"
LIFT_COST: Final = "lift.cost"
LIFT_DATA_LOSS: Final = "lift.data_loss"
LIFT_DAYS_USED: Final = "lift.days_used"
LIFT_DEVICE_TYPE: Final = "lift.device_type"
LIFT_DOCUMENT_LENGTH: Final = "lift.document_length"
LIFT_DURATION: Final = "lift.duration"
LIFT_DURATION_MS: Final = "lift.duration_ms"
LIFT_ENDPOINTS: Final = "lift.endpoints"
LIFT_ENTITY: Final = "lift.entity"
LIFT_ERRORS_ENCOUNTERED: Final = "lift.errors_encountered"
LIFT_EVENT_ID: Final = "lift.event_id"
LIFT_EXECUTION_TIME: Final = "lift.execution_time"
LIFT_EXPECTED: Final = "lift.expected"
LIFT_FALLBACK_USED: Final = "lift.fallback_used"
LIFT_FEATURE: Final = "lift.feature"
LIFT_FEATURES_ACCESSED: Final = "lift.features_accessed"
LIFT_FEATURES_USED: Final = "lift.features_used"
LIFT_FIELD: Final = "lift.field"
LIFT_FLOW: Final = "lift.flow"
LIFT_FORM: Final = "lift.form"
LIFT_FROM_PAGE: Final = "lift.from_page"
LIFT_HELPFUL: Final = "lift.helpful"
LIFT_HIT: Final = "lift.hit"
LIFT_INPUT_DATA: Final = "lift.input_data"
LIFT_INTERACTION_ID: Final = "lift.interaction_id"
LIFT_INTERACTION_TYPE: Final = "lift.interaction_type"
LIFT_JOB: Final = "lift.job"
LIFT_KEY: Final = "lift.key"
LIFT_KIND: Final = "lift.kind"
LIFT_LATENCY: Final = "lift.latency"
LIFT_LIMIT: Final = "lift.limit"
LIFT_LOAD_TIME: Final = "lift.load_time"
LIFT_LOCALE: Final = "lift.locale"
LIFT_MOOD: Final = "lift.mood"
LIFT_NETWORK_LATENCY: Final = "lift.network_latency"
LIFT_PAGE: Final = "lift.page"
LIFT_PAGES_VISITED: Final = "lift.pages_visited"
LIFT_PARTNER: Final = "lift.partner"
LIFT_PAYMENT_METHOD: Final = "lift.payment_method"
LIFT_PHASE: Final = "lift.phase"
LIFT_PLATFORM: Final = "lift.platform"
LIFT_PREVIOUS_ERRORS: Final = "lift.previous_errors"
LIFT_PROVIDER: Final = "lift.provider"
LIFT_QUERY_TIME: Final = "lift.query_time"
LIFT_RATING: Final = "lift.rating"
LIFT_REASON: Final = "lift.reason"
LIFT_RECOVERY_ATTEMPTED: Final = "lift.recovery.attempted"
LIFT_RECOVERY_METHOD: Final = "lift.recovery.method"
LIFT_RECOVERY_RETRY_ATTEMPT: Final = "lift.recovery.retry_attempt"
LIFT_RECOVERY_SUCCESSFUL: Final = "lift.recovery.successful"
LIFT_RECOVERY_USER_ACTION: Final = "lift.recovery.user_action"
LIFT_RENDER_TIME: Final = "lift.render_time"
LIFT_RESPONSE_TIME: Final = "lift.response_time"
LIFT_RETRY_COUNT: Final = "lift.retry_count"
LIFT_ROUND: Final = "lift.round"
LIFT_SCORE: Final = "lift.score"
LIFT_SCORE_AFTER: Final = "lift.score_after"
LIFT_SCORE_BEFORE: Final = "lift.score_before"
LIFT_SESSION_DURATION: Final = "lift.session_duration"
LIFT_SEVERITY: Final = "lift.severity"
LIFT_SOURCE: Final = "lift.source"
LIFT_SOURCES_COMPARED: Final = "lift.sources_compared"
LIFT_STAKEHOLDER: Final = "lift.stakeholder"
LIFT_STATUS: Final = "lift.status"
LIFT_STEP: Final = "lift.step"
LIFT_STRIPE_ERROR_CODE: Final = "lift.stripe_error_code"
LIFT_SUBJECT: Final = "lift.subject"
LIFT_TECHNICAL: Final = "lift.technical"
LIFT_TIME_TO_RESOLUTION: Final = "lift.time_to_resolution"
LIFT_TIME_ZONE: Final = "lift.time_zone"
LIFT_TO_PAGE: Final = "lift.to_page"
LIFT_TRIAL_TYPE: Final = "lift.trial_type"
LIFT_TTL: Final = "lift.ttl"
LIFT_USER_BLOCKED: Final = "lift.user_blocked"
LIFT_USER_MESSAGE: Final = "lift.user_message"
LIFT_USER_TYPE: Final = "lift.user_type"
LIFT_WAVE_ID: Final = "lift.wave_id"
LIFT_WINDOW: Final = "lift.window"
LIFT_WORKFLOW_FAILED: Final = "lift.workflow_failed"
LIFT_WORKFLOW_ID: Final = "lift.workflow_id"
SERVICE_VERSION: Final = "service.version"
SESSION_ID: Final = "session.id"
URL_PATH: Final = "url.path"
USER_AGENT_ORIGINAL: Final = "user_agent.original"
USER_ID: Final = "user.id"
