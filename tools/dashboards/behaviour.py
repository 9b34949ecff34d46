"""Dashboards of what people do: use, trials, retention, waves and activation."""

from tools.dashboards.model import Board, Matrix, Row, Series, Stat, Table, Text
from tools.dashboards.sql import variable

__all__ = ["BOARDS"]

_EXPERIMENT = Text("experiment", "Experiment", "Name of an experiment.")

_WHO = {"person": "person"}

_BEHAVIOUR = Board(
    name="behaviour",
    title="Behaviour",
    description="Who uses the platform, what they use, and how well it serves them.",
    since="now-30d",
    parts=[
        Stat(
            query="realtime",
            width=24,
            columns=["dau", "users_online", "active_sessions", "live_waves", "wave_participants", "microacts_today"],
        ),
        Series(query="active-users", columns=["dau", "wau", "mau", "stickiness"]),
        Series(query="community-engagement", columns=["posts", "likes", "comments", "shares", "follows"], bars=True),
        Table(query="feature-adoption"),
        Table(query="unused-features"),
        Series(
            query="flourish-index",
            columns=["flourish_index", "mood", "microact", "community", "consistency"],
        ),
        Series(query="add-value-index", columns=["add_value_index", "created", "shared", "wave", "help"]),
        Table(query="microacts-by-category", width=8),
        Table(query="interactions", width=16),
        Row("Journeys"),
        Table(query="flows"),
        Table(query="flow-drop-off"),
        Series(query="partner-matches", columns=["matches", "accepted", "acceptance_rate"]),
        Table(query="demo-bookings"),
        Series(query="message-consistency", columns=["updates", "mean_score"]),
        Table(query="power-confidence"),
        Row("All events"),
        Table(query="platform-summary", width=24, height=12),
    ],
)

_TRIALS = Board(
    name="trials",
    title="Trials and experiments",
    description="How trials end, where people leave on the way, and which variant does better.",
    since="now-30d",
    texts=[_EXPERIMENT],
    parts=[
        Table(query="trial-conversion"),
        Table(query="funnel"),
        Row("Experiments"),
        Table(query="experiments", width=24),
        Table(query="ab-test", width=24, values={"experiment": variable("experiment")}),
    ],
)

_RETENTION = Board(
    name="retention",
    title="Retention",
    description="Who stays, who leaves, who may leave next, and what to expect.",
    since="now-84d",
    parts=[
        Matrix(query="retention", width=24, height=12, row="cohort", column="week", value="share"),
        Stat(
            query="churn",
            width=24,
            over="30d",
            columns=["active", "new", "returned", "active_before", "churned", "churn_rate", "predicted"],
        ),
        Series(query="forecast", over="28d", columns=["actual", "fitted", "low", "high"]),
        Table(query="streaks", over="90d"),
        Table(query="churn-risk", width=24, over="30d", links=_WHO),
    ],
)

_WAVES = Board(
    name="waves",
    title="Waves and activation",
    description="Waves and who takes part, and how people fare in the activation.",
    since="now-30d",
    parts=[
        Series(query="wave-trends", columns=["registered", "joined", "left", "participants"]),
        Series(
            query="wave-trends", title="Wave interactions", columns=["interactions", "microacts_shared", "mean_rating"]
        ),
        Table(query="live-waves", width=8),
        Table(query="wave-participation", width=16),
        Row("Activation"),
        Series(query="activation", columns=["started", "completed", "completion_rate"]),
        Series(query="activation-mood", columns=["mean_start", "mean_end", "change"]),
        Table(query="activation-rounds"),
        Table(query="funnel", title="From start to end of the activation"),
    ],
)

BOARDS = (_BEHAVIOUR, _TRIALS, _RETENTION, _WAVES)
"""The dashboards of this module."""
