-- Times are milliseconds since 1970 in UTC; flags are 0 or 1. The SQL is that of SQLite and PostgreSQL.

CREATE TABLE jobs (
  id TEXT NOT NULL PRIMARY KEY,
  status TEXT NOT NULL,
  stage TEXT,
  progress INTEGER NOT NULL,
  seconds_left DOUBLE PRECISION,
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  completed_at BIGINT,
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL,
  input_filename TEXT NOT NULL,
  input_blob TEXT NOT NULL,
  file_size BIGINT NOT NULL,
  content_sha256 TEXT NOT NULL,
  duration_sec DOUBLE PRECISION,
  name TEXT NOT NULL,
  options TEXT NOT NULL,
  callback_url TEXT NOT NULL,
  owner TEXT NOT NULL,
  priority INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  attempt BIGINT NOT NULL,
  lease_owner TEXT NOT NULL,
  lease_expires_at BIGINT,
  cancel_requested INTEGER NOT NULL,
  publishing INTEGER NOT NULL,
  version BIGINT NOT NULL,
  deleting INTEGER NOT NULL,
  idempotency_key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  CHECK (status IN ('queued', 'processing', 'completed', 'failed', 'cancelled')),
  CHECK (progress BETWEEN 0 AND 100),
  CHECK (status = 'processing' OR publishing = 0),
  CHECK ((status = 'processing') = (lease_expires_at IS NOT NULL))
);

-- Lists, newest first.
CREATE INDEX jobs_by_time ON jobs (created_at, id) WHERE deleting = 0;
CREATE INDEX jobs_by_status ON jobs (status, created_at, id) WHERE deleting = 0;
CREATE INDEX jobs_by_owner ON jobs (owner, created_at, id) WHERE deleting = 0;

-- The queue, in the order of claiming.
CREATE INDEX jobs_queue ON jobs (status, priority DESC, created_at, id)
  WHERE status = 'queued' AND deleting = 0;

CREATE INDEX jobs_leases ON jobs (lease_expires_at) WHERE status = 'processing';
CREATE INDEX jobs_lease_owners ON jobs (lease_owner) WHERE status = 'processing';
CREATE INDEX jobs_ended ON jobs (completed_at, id) WHERE deleting = 0 AND completed_at IS NOT NULL;
CREATE INDEX jobs_deleting ON jobs (deleting) WHERE deleting = 1;
CREATE UNIQUE INDEX jobs_idempotency ON jobs (owner, idempotency_key) WHERE idempotency_key <> '';

-- Apart from the jobs, because they are large and seldom read.
CREATE TABLE job_results (
  job_id TEXT NOT NULL PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  result TEXT NOT NULL
);

-- The outbox: a row is written in the transaction that ends its job.
CREATE TABLE webhooks (
  id TEXT NOT NULL PRIMARY KEY,
  job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  url TEXT NOT NULL,
  event TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_at BIGINT NOT NULL,
  last_error TEXT NOT NULL,
  CHECK (state IN ('pending', 'delivered', 'dead'))
);
CREATE INDEX webhooks_due ON webhooks (state, next_at) WHERE state = 'pending';
CREATE INDEX webhooks_by_job ON webhooks (job_id);
