-- What many machines need.

-- Fair between owners: among jobs of one priority the lowest turn is next, and an owner's jobs take one turn each.
ALTER TABLE jobs ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
DROP INDEX jobs_queue;
CREATE INDEX jobs_queue ON jobs (status, priority DESC, turn, created_at, id)
  WHERE status = 'queued' AND deleting = 0;
CREATE INDEX jobs_turns ON jobs (owner, priority, turn) WHERE status = 'queued' AND deleting = 0;

-- Announcements to be made; written in the transaction that queues a job, or gives it up (is_dead).
CREATE TABLE outbox (
  id BIGINT NOT NULL PRIMARY KEY,
  job_id TEXT NOT NULL,
  is_dead INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  next_at BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (next_at, created_at);

-- What all processes that share the database must agree on.
CREATE TABLE agreements (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);
