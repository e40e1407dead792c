-- Finds what was done for the same song before.
CREATE INDEX jobs_by_song ON jobs (owner, content_sha256, created_at, id)
  WHERE status = 'completed' AND deleting = 0;
