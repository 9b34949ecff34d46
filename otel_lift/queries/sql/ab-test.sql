/*
question: 15
title: A/B test
description: >-
  Conversion by variant of an experiment. A person counts in the variant of the first exposure in the window, and has
  converted if the goal came with it or after it. z and p_value are of the two-sided z-test of two proportions, pooled,
  against the control: z = (p1 - p0) / sqrt(p (1 - p) (1 / n1 + 1 / n0)), p_value = erfc(|z| / sqrt(2)).
window: 2592000
people: users
parameters:
  experiment: {type: String, default: '', description: "Key of the experiment."}
  goal: {type: String, default: '', description: "Event that is the goal; '' for a trial_conversion that converted."}
  control: {type: String, default: '', description: "The variant to compare with; '' for the first by name."}
  confidence: {type: Float64, default: 0.95, least: 0, most: 1, description: "1 minus the p_value not to be reached."}
columns:
  variant: {description: "The variant."}
  users: {kind: count, description: "Persons who saw it first; one across key rotations."}
  conversions: {kind: count, description: "Of these, who reached the goal."}
  rate: {kind: ratio, unit: '%', description: "Conversions of the persons."}
  difference: {kind: number, unit: '%', description: "Rate minus that of the control, in percentage points."}
  z: {kind: number, description: "Statistic of the test; 0 for the control."}
  p_value: {kind: number, description: "How probable a difference at least as large is by chance; 1 for the control."}
  significant: {kind: flag, description: "Whether p_value is below 1 minus the confidence."}
*/
WITH
    persons AS (
        SELECT
            argMinIf(e.variant, (e.event_time, e.variant), e.event = 'experiment_exposure') AS variant,
            minIf(e.event_time, e.event = 'experiment_exposure') AS exposed,
            maxIf(
                e.event_time,
                if({goal:String} = '', e.event = 'trial_conversion' AND e.converted, e.event = {goal:String})
            ) AS reached,
            reached >= exposed AS converts
        FROM lift_events_relinked AS e
        WHERE e.event IN ('experiment_exposure', if({goal:String} = '', 'trial_conversion', {goal:String}))
          AND e.subject != ''
          AND e.event_time >= {from:DateTime64(9, 'UTC')}
          AND e.event_time < {to:DateTime64(9, 'UTC')}
          AND (e.event != 'experiment_exposure' OR e.experiment = {experiment:String})
        GROUP BY e.linked_subject
        HAVING countIf(e.event = 'experiment_exposure') > 0
    ),
    variants AS (
        SELECT
            variant,
            count() AS users,
            countIf(converts) AS conversions,
            if({control:String} = '', min(variant) OVER (), {control:String}) AS control
        FROM persons
        GROUP BY variant
    ),
    compared AS (
        SELECT
            variant,
            users,
            conversions,
            sumIf(users, variant = control) OVER () AS control_users,
            sumIf(conversions, variant = control) OVER () AS control_conversions
        FROM variants
    ),
    tested AS (
        SELECT
            variant,
            users,
            conversions,
            (conversions + control_conversions) / (users + control_users) AS pooled,
            sqrt(pooled * (1 - pooled) * (1 / users + 1 / control_users)) AS deviation,
            ifNotFinite(conversions / users - control_conversions / control_users, 0) AS apart,
            ifNotFinite(apart / deviation, 0) AS statistic
        FROM compared
    )
SELECT
    variant,
    users,
    conversions,
    round(100 * conversions / users, 2) AS rate,
    round(100 * apart, 2) AS difference,
    round(statistic, 4) AS z,
    round(erfc(abs(statistic) / sqrt(2)), 6) AS p_value,
    toBool(erfc(abs(statistic) / sqrt(2)) < 1 - {confidence:Float64}) AS significant
FROM tested
ORDER BY users DESC, variant
