"""The generated Python client against a real service: smoke.py URL SONG"""

import sys
import time

import stemscribe_client
from stemscribe_client.exceptions import ApiException

url, song = sys.argv[1:]
with stemscribe_client.ApiClient(stemscribe_client.Configuration(host=url)) as connection:
    jobs, results, health = (getattr(stemscribe_client, f"{tag}Api")(connection) for tag in ("Jobs", "Results", "Health"))
    assert health.ready().status == "ok"
    job = jobs.transcribe(file=song, name="From Python", stem_format=stemscribe_client.StemFormat.MP3)
    while (state := jobs.get_job(job.job_id)).status in ("queued", "processing"):
        time.sleep(0.2)
    assert state.status == "completed", state.error_message
    found = results.get_results(job.job_id).results
    assert found.metadata.num_chords > 0
    assert results.get_stem(job.job_id, "vocals")[:3] == b"ID3"
    assert [each.job_id for each in jobs.list_jobs(limit=5).jobs] == [job.job_id]
    assert jobs.delete_job(job.job_id).deleted
    try:
        jobs.get_job(job.job_id)
        raise SystemExit("the job is still there")
    except ApiException as error:
        assert error.status == 404
print("ok")
