-- What one process of all that share the database does at a time, and until when it has its turn.
DROP TABLE agreements;
CREATE TABLE turns (
  name TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);
