"""What happened to each job, written down by PostgreSQL itself: no program of ours can leave anything out."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from cluster.postgresql_server import PostgresqlServer

SCHEMA = """
CREATE TABLE audit (number bigserial PRIMARY KEY, job_id text, before text, after text, decided boolean, attempt bigint);
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.status, OLD.publishing, OLD.attempt) IS DISTINCT FROM (NEW.status, NEW.publishing, NEW.attempt) THEN
    INSERT INTO audit (job_id, before, after, decided, attempt)
    VALUES (NEW.id, OLD.status, NEW.status, OLD.publishing = 0 AND NEW.publishing = 1, NEW.attempt);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit AFTER UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION audit();
"""
FINAL = ("completed", "failed", "cancelled")


@dataclass(frozen=True)
class Lease:
    job_id: str
    attempt: int


class Audit:
    """Begin it before the first job. `zombies` are the leases that were lost by workers that then woke up again."""

    def __init__(self, postgresql: PostgresqlServer):
        self.postgresql = postgresql
        self.zombies: list[Lease] = []

    def start(self):
        self.postgresql.query(SCHEMA)

    def lease_of(self, instance: str) -> Lease | None:
        """The lease that this worker holds on a job whose result is not decided."""
        rows = self.postgresql.query(
            f"SELECT id, attempt FROM jobs WHERE status = 'processing' AND publishing = 0 AND lease_owner = '{instance}' LIMIT 1"
        )
        return Lease(rows[0][0], int(rows[0][1])) if rows else None

    def is_lost(self, lease: Lease) -> bool:
        return not self.postgresql.query(
            f"SELECT 1 FROM jobs WHERE id = '{lease.job_id}' AND status = 'processing' AND attempt = {lease.attempt}"
        )

    def check(self) -> dict[str, int]:
        """Each result was decided once, by an attempt that was no zombie's, and what had ended stayed as it was. Gives
        counts."""
        rows = self.postgresql.query("SELECT job_id, before, after, decided, attempt FROM audit ORDER BY number")
        decided = defaultdict(list)
        ends: Counter = Counter()
        for job_id, before, after, is_decision, attempt in rows:
            assert before not in FINAL, f"{job_id} had ended and went on"
            ends[job_id] += after in FINAL
            if is_decision == "t":
                decided[job_id].append(int(attempt))
        assert all(count == 1 for count in ends.values()), "a job ended twice, or never"
        assert all(len(attempts) == 1 for attempts in decided.values()), "a result was published twice"
        late = [lease for lease in self.zombies if lease.attempt in decided[lease.job_id]]
        assert not late, f"results of zombies were taken: {late}"
        claims = sum(1 for _, before, after, *_ in rows if (before, after) == ("queued", "processing"))
        return {"claims": claims, "results": sum(map(len, decided.values())), "zombies refused": len(self.zombies)}
