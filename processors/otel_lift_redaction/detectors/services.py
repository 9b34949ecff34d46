"""Keys and tokens of services, by the prefixes, alphabets and lengths that their makers publish.

The lengths are the least that a maker has ever given out: they grow from time to time. Prefixes are joined to the rest
here and in the triggers only, so that no scanner of this source takes it for a leak.
"""

from otel_lift_redaction.detectors.model import EDGE, END, Detector
from otel_lift_redaction.triggers import Trigger

__all__ = ["KEYS", "TOKENS"]

TOKENS: tuple[Detector, ...] = (
    Detector(
        "private_key",
        Trigger.PEM,
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?s:.*?)"
        r"(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)",
    ),
    Detector("private_key", Trigger.KEY, r"AGE-SECRET-KEY-[0-9A-Za-z]{40,}", before=EDGE),
    Detector("jwt", Trigger.JWT, r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)*", before=EDGE),
    # two parts that are JSON are none of a word's, wherever they stand
    Detector("jwt", Trigger.JWT, r"eyJ[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)*"),
)
"""What is a key or a token whoever gave it out."""

KEYS: tuple[Detector, ...] = (
    Detector(
        "aws_key",
        Trigger.KEY,
        r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA|AROA|AIDA|AGPA|ANPA|ANVA|AIPA)[A-Z0-9]{16}",
        before=EDGE,
        after=END,
    ),
    Detector("aws_key", Trigger.KEY, r"ABSK[0-9A-Za-z+/]{40,}={0,2}", before=EDGE),
    Detector(
        "gcp_key",
        Trigger.KEY,
        r"(?:AIza[0-9A-Za-z_-]{35}|ya29\.[0-9A-Za-z_-]{16,}|GOCSPX-[0-9A-Za-z_-]{20,}"
        r"|1//0[0-9a-z]{0,30}[A-Z_-][0-9A-Za-z_-]{20,})",
        before=EDGE,
    ),
    # a client's secret of Entra ID; the keys of storage accounts and signatures have no form of their own, but names
    Detector("azure_key", Trigger.KEY, r"[0-9A-Za-z_.~-]{3}[0-9]Q~[0-9A-Za-z_.~-]{31,34}"),
    Detector("github_token", Trigger.KEY, r"(?:gh[pousr]_[0-9A-Za-z]{30,}|github_pat_[0-9A-Za-z_]{22,})", before=EDGE),
    Detector(
        "gitlab_token",
        Trigger.KEY,
        r"gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct|wt)-[0-9A-Za-z_-]{16,}(?:\.[0-9A-Za-z_-]+)*",
        before=EDGE,
    ),
    Detector(
        "slack_token",
        Trigger.KEY,
        r"(?:xox[a-z]-[0-9A-Za-z-]{10,}|xapp-[0-9A-Za-z-]{10,}"
        r"|hooks\.slack\.com/(?:services|workflows|triggers)/[0-9A-Za-z/_-]+)",
        before=EDGE,
    ),
    Detector(
        "stripe_key",
        Trigger.KEY,
        r"(?:(?:sk|rk|pk)_(?:live|test)_[0-9A-Za-z]{10,}|whsec_[0-9A-Za-z+/=]{16,})",
        before=EDGE,
    ),
    Detector("anthropic_key", Trigger.KEY, r"sk-ant-[0-9A-Za-z_-]{16,}", before=EDGE),
    Detector("openai_key", Trigger.KEY, r"sk-(?:proj-|svcacct-|admin-|None-)?[0-9A-Za-z_-]{20,}", before=EDGE),
    # Hugging Face, Groq, xAI, Replicate, NVIDIA, Perplexity
    Detector("huggingface_token", Trigger.KEY, r"(?:hf|api_org)_[0-9A-Za-z]{30,}", before=EDGE),
    Detector(
        "ai_key",
        Trigger.KEY,
        r"(?:gsk_[0-9A-Za-z]{40,}|xai-[0-9A-Za-z]{40,}|r8_[0-9A-Za-z]{36,}|nvapi-[0-9A-Za-z_-]{40,}|pplx-[0-9A-Za-z]{40,})",
        before=EDGE,
    ),
    # npm, PyPI, RubyGems, Docker
    Detector(
        "package_token",
        Trigger.KEY,
        r"(?:npm_[0-9A-Za-z]{36,}|pypi-[0-9A-Za-z_-]{50,}|rubygems_[0-9a-f]{40,}|dckr_[po]at_[0-9A-Za-z_-]{24,})",
        before=EDGE,
    ),
    # DigitalOcean, Databricks, Vault, Doppler, Cloudflare's origin CA, PlanetScale, Supabase, Heroku, Pulumi, Dynatrace
    Detector(
        "cloud_key",
        Trigger.KEY,
        r"(?:do[opr]_v1_[0-9a-f]{40,}|hv[sbr]\.[0-9A-Za-z_-]{24,}"
        r"|dp\.(?:pt|ct|sa|scim|audit)\.[0-9A-Za-z]{40,}|dp\.st\.(?:[0-9A-Za-z_-]{2,35}\.)?[0-9A-Za-z]{40,}"
        r"|v1\.0-[0-9a-f]{24}-[0-9a-f]{100,}|pscale_(?:tkn|pw|oauth)_[0-9A-Za-z_=.-]{32,}|sbp_[0-9a-f]{40,}"
        r"|HRKU-[0-9A-Za-z_-]{36,}|pul-[0-9a-f]{40,}|(?:dt0c01\.[0-9A-Z]{24}|dt0s01\.[0-9A-Z]{8})(?:\.[0-9A-Z]{64,})?)",
        before=EDGE,
    ),
    Detector(
        "cloud_key",
        Trigger.KEY,
        r"dapi[a-f]{0,15}[0-9][0-9a-f]{16,31}(?:-[0-9])?",
        before=r"^|[^0-9A-Za-z/\[\]^\x60{|}~\x7f]",  # not in a path of small letters, which is not looked at
    ),
    # Grafana, New Relic, Sentry
    Detector(
        "monitoring_key",
        Trigger.KEY,
        r"(?:glc_[0-9A-Za-z+/]{32,}={0,2}|glsa_[0-9A-Za-z_]{32,}|NRAK-[0-9A-Z]{27,}|NRII-[0-9A-Za-z_-]{32,}|NRRA-[0-9a-f]{27,}"
        r"|NRJS-[0-9a-f]{19,}|sntrys_[0-9A-Za-z+/=_-]{40,}|sntryu_[0-9a-f]{40,})",
        before=EDGE,
    ),
    # Shopify, Square, Braintree
    Detector(
        "shop_key",
        Trigger.KEY,
        r"(?:shp(?:at|ca|pa|ss|tka)_[0-9A-Fa-f]{32,}|sq0(?:atp|csp|idp)-[0-9A-Za-z_-]{22,}|EAAA[0-9A-Za-z_-]{40,}"
        r"|access_token\$[a-z]+\$[0-9a-z]{16}\$[0-9a-f]{32})",
        before=EDGE,
    ),
    # SendGrid, Mailgun, Brevo, Twilio
    Detector(
        "mail_key",
        Trigger.KEY,
        r"(?:SG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}|key-[0-9a-f]{32}|key-[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}"
        r"|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}|xkeysib-[0-9a-f]{32,}-?[0-9A-Za-z]*)",
        before=EDGE,
        after=END,
    ),
    Detector("mail_key", Trigger.KEY, r"(?:SK|AC)[a-f]{0,15}[0-9][0-9a-f]{16,31}", before=r"^|[^0-9A-Za-z]", after=END),
    # Telegram and Discord
    Detector(
        "chat_token",
        Trigger.KEY,
        r"(?:[0-9]{6,12}:AA[0-9A-Za-z_-]{33,}|discord(?:app)?\.com/api/webhooks/[0-9]+/[0-9A-Za-z_-]+)",
        before=EDGE,
    ),
    Detector(
        "chat_token",
        Trigger.KEY,
        r"[MNO][0-9A-Za-z_-]{22,27}\.[0-9A-Za-z_-]{6}\.[0-9A-Za-z_-]{27,}",
        before=r"^|[^0-9A-Za-z_-]",
    ),
    # Figma, Linear, Notion, Postman, ReadMe
    Detector(
        "saas_key",
        Trigger.KEY,
        r"(?:figd_[0-9A-Za-z_-]{20,}|lin_(?:api|oauth)_[0-9A-Za-z]{32,}|secret_[0-9A-Za-z]{43,}|ntn_[0-9A-Za-z]{40,}"
        r"|PMAK-[0-9a-f]{24}-[0-9a-f]{34}|rdme_[0-9A-Za-z]{40,})",
        before=EDGE,
    ),
)
"""Keys of services; `sk-ant-` before `sk-`, which it begins with too."""
