/*
question: 16
title: Community engagement
description: What people did in the community, by day (UTC).
window: 2592000
people: participants
filters: [user_type]
columns:
  day: {kind: day, description: "The day."}
  posts: {kind: count, description: "Posts written."}
  likes: {kind: count, description: "Posts liked."}
  comments: {kind: count, description: "Comments written."}
  shares: {kind: count, description: "Posts shared."}
  follows: {kind: count, description: "Users followed."}
  participants: {kind: count, description: "Distinct people who did any of it, by pseudonym."}
*/
SELECT
    toDate(event_time, 'UTC') AS day,
    countIf(event = 'post_created') AS posts,
    countIf(event = 'post_liked') AS likes,
    countIf(event = 'post_commented') AS comments,
    countIf(event = 'post_shared') AS shares,
    countIf(event = 'user_followed') AS follows,
    uniqIf(subject, subject != '') AS participants
FROM lift_events
WHERE event IN ('post_created', 'post_liked', 'post_commented', 'post_shared', 'user_followed')
  AND event_time >= toStartOfDay({from:DateTime64(9, 'UTC')})
  AND event_time < toStartOfDay({to:DateTime64(9, 'UTC')} - toIntervalNanosecond(1)) + toIntervalDay(1)
  AND (user_type = {user_type:String} OR {user_type:String} = '')
GROUP BY day
ORDER BY day
