-- One row an event; a copy that came twice goes when parts are merged.
CREATE DATABASE IF NOT EXISTS agent;
CREATE TABLE IF NOT EXISTS agent.events
(
    id          String,
    cluster_id  LowCardinality(String),
    type        LowCardinality(String),
    namespace   LowCardinality(String),
    severity    Enum8('critical' = 1, 'high' = 2, 'medium' = 3, 'low' = 4),
    category    LowCardinality(String) DEFAULT '',
    rule        LowCardinality(String) DEFAULT '',
    reason      LowCardinality(String),
    message     String,
    explanation String DEFAULT '',
    labels      Map(String, String),
    timestamp   DateTime64(3, 'UTC'),
    reported_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (cluster_id, timestamp, id)
TTL toDateTime(timestamp) + INTERVAL 90 DAY;
