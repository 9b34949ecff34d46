// Who comes back: cohorts by week, streaks, and who has left.

import { card } from "../components/card.js";
import { bars, heatmap } from "../components/marks.js";
import { stats } from "../components/stat.js";
import { FORMATS, asDate, plural } from "../format.js";

const cohorts = () =>
  card({
    title: "Who comes back, week by week",
    hint: "Of those who came for the first time in a week: how many percent came in each week after",
    query: "retention",
    least: "-84d",
    size: "wide",
    render: (rows) => {
      const byCohort = new Map();
      for (const row of rows) byCohort.set(row.cohort, [...(byCohort.get(row.cohort) ?? []), row]);
      const weeks = Math.max(...rows.map((row) => Number(row.week))) + 1;
      const latest = Math.max(...rows.map((row) => asDate(row.cohort).getTime() + Number(row.week) * 604_800_000));
      const lines = [...byCohort].sort(([a], [b]) => (a < b ? -1 : 1)).map(([cohort, of]) => {
        const shares = new Map(of.map((row) => [Number(row.week), Number(row.share)]));
        const passed = Math.round((latest - asDate(cohort).getTime()) / 604_800_000);
        const cells = Array.from({ length: weeks }, (_, week) => (week > passed ? null : (shares.get(week) ?? 0)));
        return { row: FORMATS.day(cohort), note: FORMATS.count(of[0].cohort_size), cells };
      });
      return heatmap(lines, { caption: "Retention by week, in percent", first: "Week of", second: "People", columns: Array.from({ length: weeks }, (_, week) => String(week)) });
    },
  });

const churn = () =>
  card({
    title: "Come and gone",
    query: "churn",
    least: "-30d",
    size: "wide",
    render: ([row]) =>
      stats(
        { label: "Active", value: FORMATS.count(row.active) },
        { label: "New", value: FORMATS.count(row.new) },
        { label: "Came back", value: FORMATS.count(row.returned) },
        { label: "Gone", value: FORMATS.count(row.churned), note: `${FORMATS.percent(row.churn_rate)} of those before` },
        { label: "May go next", value: FORMATS.count(row.predicted), note: "by how long they stay away" },
      ),
  });

const streaks = (column, title, hint) =>
  card({
    title,
    hint,
    query: "streaks",
    least: "-90d",
    render: (rows) => {
      const lengths = [[1, 1], [2, 2], [3, 3], [4, 6], [7, 13], [14, 29], [30, Infinity]];
      const lines = lengths.map(([from, to]) => {
        const value = rows.filter((row) => Number(row.days) >= from && Number(row.days) <= to).reduce((sum, row) => sum + Number(row[column]), 0);
        const name = from === to ? plural(from, "day") : to === Infinity ? `${from} days and more` : `${from} to ${to} days`;
        return { label: name, value, text: FORMATS.count(value), note: value === 1 ? "person" : "people" };
      });
      return bars(lines, { caption: title });
    },
  });

/** The cards of this part. */
export const retention = () => [
  cohorts(),
  churn(),
  streaks("longest", "Longest streaks", "Days in a row that people came, at their best"),
  streaks("current", "Streaks that go on", "Up to the last day of the range"),
];
