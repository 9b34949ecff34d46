/*
question: 23
title: Consent as it stands
description: Persons who granted and who denied each category, by their latest answer; of equal times a denial counts.
columns:
  category: {description: "The category of consent."}
  granted: {kind: count, description: "Persons whose latest answer is yes."}
  denied: {kind: count, description: "Persons whose latest answer is no."}
*/
SELECT
    category,
    countIf(given) AS granted,
    countIf(NOT given) AS denied
FROM (
    SELECT
        category,
        argMax(c.granted, (event_time, NOT c.granted)) AS given
    FROM lift_consent AS c
    GROUP BY category, person
)
GROUP BY category
ORDER BY granted DESC, category
