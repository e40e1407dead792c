-- API keys, of which only the hash is kept, and what each has used in a day (days since 1970, UTC).

CREATE TABLE api_keys (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  is_admin INTEGER NOT NULL,
  jobs_a_day BIGINT NOT NULL,
  audio_sec_a_day BIGINT NOT NULL,
  bytes_a_day BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT
);

CREATE TABLE key_use (
  key_id TEXT NOT NULL REFERENCES api_keys (id),
  day BIGINT NOT NULL,
  jobs BIGINT NOT NULL,
  audio_sec BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  PRIMARY KEY (key_id, day)
);
