/*
question: 21
title: Jobs
description: The latest run of each job of each gateway, and how many runs failed in the last 24 hours.
columns:
  job: {description: "The job."}
  gateway: {description: "The gateway that ran it."}
  outcome: {description: "How it ended: done or failed."}
  started: {kind: time, description: "When the run started."}
  ended: {kind: time, description: "When it ended."}
  took: {kind: number, unit: s, description: "How long it took."}
  error: {description: "What went wrong: kind and place."}
  failures_24h: {kind: count, description: "Runs that failed in the last 24 hours."}
*/
SELECT
    job,
    gateway,
    argMax(j.outcome, j.started) AS outcome,
    max(j.started) AS started,
    argMax(j.ended, j.started) AS ended,
    round(argMax(j.took, j.started), 3) AS took,
    argMax(j.error, j.started) AS error,
    sumIf(j.failures, j.started >= now() - toIntervalDay(1)) AS failures_24h
FROM lift_jobs AS j
GROUP BY job, gateway
ORDER BY job, gateway
