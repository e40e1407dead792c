"""What jobs go through: cancelling, faults of the child, limits, draining."""

import http.client
import socket
import threading
import time
from pathlib import Path

import pytest
from api_service import HANG_SEC, assert_error, children_of, is_alive, wait_until

GONE_SEC = 3  # a second is what is promised; the rest is for a busy machine


def start_of(note: Path) -> int:
    """The process of the fake tool that left its note in the folder."""
    return int(wait_until(lambda: next(note.glob("[0-9]*"), None), "the tool to start").name)


# Cancelling


@pytest.mark.parametrize("what", [{}, {"spawn": True}, {"stubborn": True}], ids=["plain", "with a child", "stubborn"])
def test_cancel_stops_the_child(start_service, tmp_path, what):
    service = start_service()  # not the shared one, where uploads that other tests cut off may be on their way out
    job_id = service.submit(wait_for="/never", note=str(tmp_path), **what)
    pid = start_of(tmp_path)
    family = [pid, *children_of(pid)]
    asked_at = time.monotonic()
    response = service.client.post(f"/api/v1/jobs/{job_id}/cancel")
    assert response.status_code == 200
    assert response.json()["status"] in ("processing", "cancelled")
    wait_until(lambda: not [pid for pid in family if is_alive(pid)], "the child to go")
    assert time.monotonic() - asked_at < GONE_SEC
    job = service.wait_for(job_id, "cancelled")
    assert job["error_message"] is None or "cancel" in job["error_message"]
    assert job["completed_at"]
    assert service.job_files(job_id) == {"input/song.wav"}
    service.check_no_leftovers()
    assert service.client.post(f"/api/v1/jobs/{job_id}/cancel").status_code in (200, 409)
    service.stop()


def test_cancel_a_queued_job(start_service):
    service = start_service(MAX_CONCURRENT_JOBS=0)
    jobs = [service.submit() for _ in range(3)]
    assert [service.job(job)["queue_position"] for job in jobs] == [1, 2, 3]
    response = service.client.post(f"/api/v1/jobs/{jobs[0]}/cancel")
    assert response.status_code == 200
    assert response.json()["status"] == "cancelled"
    assert [service.job(job)["queue_position"] for job in jobs] == [None, 1, 2]
    assert list(service.events(jobs[0]))[-1][1]["status"] == "cancelled"
    service.stop()


def test_delete_a_running_job(service, tmp_path):
    job_id = service.submit(wait_for="/never", note=str(tmp_path))
    pid = start_of(tmp_path)
    assert service.client.delete(f"/api/v1/jobs/{job_id}").json() == {"job_id": job_id, "deleted": True}
    assert_error(service.client.get(f"/api/v1/jobs/{job_id}"), 404, "job_not_found")
    wait_until(lambda: not is_alive(pid), "the child to go", GONE_SEC)
    wait_until(lambda: not (service.storage / "jobs" / job_id).exists(), "its files to go")


def receive_some(service, path: str):
    """A connection on which an answer of many megabytes has begun, and is held up."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(HANG_SEC)
    connection.connect((service.host, service.port))
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    response = http.client.HTTPResponse(connection)
    response.begin()
    assert response.status == 200
    return response, response.read(1000)


def test_delete_while_results_are_being_sent(service):
    """What has begun as a whole file is sent to its end; what was to follow of an archive is not, and the client can tell."""
    job_id = service.completed(size=1500)  # five stems of 6 to 18 MB
    url = f"/api/v1/jobs/{job_id}"
    stem, head_of_stem = receive_some(service, f"{url}/stems/vocals")
    archive, _ = receive_some(service, f"{url}/archive")
    assert service.client.delete(url).json()["deleted"] is True
    assert_error(service.client.get(f"{url}/stems/vocals"), 404, "job_not_found")
    assert head_of_stem + stem.read() == b"vocals" * 1_500_000
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        archive.read()
    assert not (service.storage / "jobs" / job_id).exists()


# Faults of the child


@pytest.mark.parametrize(
    ("end", "message"),
    [
        ("crash", "crashed (SIGSEGV)"),
        ("fail", "the song is too strange"),
        ("usage", "did not take its options"),
        ("nothing", "left no result"),
        ("link", "left no stems/vocals.mp3"),
    ],
)
def test_a_faulty_child_fails_its_job_alone(service, tmp_path, end, message):
    neighbour = service.submit(wait_for=str(tmp_path / "gate"))
    job_id = service.submit(end=end)
    job = service.wait_for(job_id, "failed")
    assert message in job["error_message"]
    assert str(service.folder) not in job["error_message"]
    assert job["error_code"]
    assert job["completed_at"]
    assert service.job_files(job_id) == {"input/song.wav"}
    (tmp_path / "gate").touch()
    service.wait_for(neighbour, "completed")


@pytest.mark.parametrize(
    ("end", "message"),
    [
        ("link of the stems", "left no stems/vocals.mp3"),
        ("link of the folder", "left no result"),
        ("large result", "left a result.json that is too large"),
        ("large chords", "left a chords.json that is too large"),
        ("large notes", "left a notes.json that is too large"),
        ("pipe", "left no frames.json"),
        ("many stems", "left too many stems"),
        ("strange stem", "left a stem of a strange name"),
    ],
)
def test_what_a_hostile_child_leaves_is_not_taken(service, tmp_path, end, message):
    """Nothing outside is read, moved or written, and nothing of any size is read into memory."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "vocals.mp3").write_bytes(b"of somebody else")
    job_id = service.submit(end=end, outside=str(outside))
    job = service.wait_for(job_id, "failed")
    assert message in job["error_message"]
    assert service.job_files(job_id) == {"input/song.wav"}
    assert (outside / "vocals.mp3").read_bytes() == b"of somebody else"


def test_a_link_where_the_service_writes_is_replaced(service, tmp_path):
    target = tmp_path / "vocals.mp3"
    target.write_bytes(b"of somebody else")
    job_id = service.completed(end="link to write", outside=str(tmp_path))
    assert service.client.get(f"/api/v1/jobs/{job_id}/frames").json()["num_frames"] == 300
    assert target.read_bytes() == b"of somebody else"


def test_a_child_that_hangs_or_eats_memory(start_service, tmp_path):
    service = start_service(JOB_TIMEOUT_MIN=0.05, JOB_MEMORY_MB=512, MAX_CONCURRENT_JOBS=2)
    hung, hungry = service.submit(end="hang", spawn=True, note=str(tmp_path)), service.submit(end="memory")
    job = service.wait_for(hungry, "failed")
    assert job["error_message"] == "the transcription process ran out of memory"
    assert job["error_code"] == "processing_failed"
    job = service.wait_for(hung, "failed")
    assert "took longer than 3 s" in job["error_message"]
    assert not is_alive(start_of(tmp_path))
    assert service.running_children == []
    assert service.job_files(hung) == service.job_files(hungry) == {"input/song.wav"}
    service.stop()


def test_the_real_tool_without_enough_memory(programs, start_service, example_song):
    service = start_service(STEMSCRIBE_BIN="", JOB_MEMORY_MB=256)
    response = service.upload(example_song.read_bytes(), "song.mp3")
    assert response.status_code == 202, response.text
    job = service.wait_for(response.json()["job_id"], "failed")
    assert job["error_code"] == "processing_failed"
    assert "memory" in job["error_message"]
    assert service.job_files(job["job_id"]) == {"input/song.mp3"}
    service.stop()


def test_a_tool_that_is_not_there(start_service, tmp_path):
    service = start_service(STEMSCRIBE_BIN=tmp_path / "nothing")
    response = service.upload(b"RIFF\0\0\0\0WAVEfmt " + bytes(100))
    assert_error(response, 503, "unavailable")
    service.stop()


# Limits and progress


def test_no_more_children_than_allowed(start_service, tmp_path):
    service = start_service(MAX_CONCURRENT_JOBS=2)
    notes = [tmp_path / f"note-{n}" for n in range(5)]
    for note in notes:
        note.mkdir()
    jobs = [service.submit(wait_for=str(note / "gate"), note=str(note)) for note in notes]
    for n, job_id in enumerate(jobs):
        wait_until(lambda n=n: any(notes[n].iterdir()), "its start")  # in the order of their coming
        running = [note for note in notes if any(note.iterdir()) and not (note / "gate").exists()]
        assert len(running) <= 2
        assert len([pid for pid in service.running_children if Path(f"/proc/{pid}/cmdline").read_bytes().find(b"transcribe") > 0]) <= 2
        (notes[n] / "gate").touch()
        service.wait_for(job_id, "completed")
    service.stop()


def test_progress_never_falls_and_passes_through_all_stages(service):
    job_id = service.submit(seconds=2, steps=40)
    jobs = [job for _, job in service.events(job_id)]
    percents = [job["progress"] for job in jobs]
    assert percents == sorted(percents)
    assert len(set(percents)) > 5
    stages = [job["stage"] for job in jobs if job["stage"]]
    assert list(dict.fromkeys(stages)) == ["separation", "transcription", "chords"]
    for job in jobs:
        if job["stage"] == "transcription":
            assert 33 <= job["progress"] <= 68
            assert job["seconds_left"] >= 0


def test_events_resume(service, tmp_path):
    gate = tmp_path / "gate"
    job_id = service.submit(wait_for=str(gate), steps=10)
    seen = []
    for event_id, job in service.events(job_id):
        seen.append(event_id)
        if job["stage"] == "transcription":
            break
    gate.touch()
    rest = [event_id for event_id, _ in service.events(job_id, seen[-1])]
    assert rest
    assert set(map(int, rest)) & set(map(int, seen)) == set()
    assert min(map(int, rest)) > int(seen[-1])


def test_many_watch_one_job(service, tmp_path):
    gate = tmp_path / "gate"
    job_id = service.submit(wait_for=str(gate))
    ends = []

    def watch():
        ends.append(list(service.events(job_id))[-1][1]["status"])

    threads = [threading.Thread(target=watch) for _ in range(10)]
    for thread in threads:
        thread.start()
    gate.touch()
    for thread in threads:
        thread.join()
    assert ends == ["completed"] * 10


# Draining


def test_sigterm_returns_jobs_to_the_queue_and_a_restart_finishes_them(make_service, tmp_path):
    gate = tmp_path / "gate"
    service = make_service(MAX_CONCURRENT_JOBS=2).start()
    jobs = [service.submit(wait_for=str(gate), steps=10) for _ in range(4)]
    for job_id in jobs[:2]:
        wait_until(lambda job_id=job_id: service.job(job_id)["stage"] == "transcription", "two jobs half done")
    progress = service.job(jobs[0])["progress"]
    assert progress > 0
    service.stop()
    assert service.sql("SELECT status, count(*) FROM jobs GROUP BY status") == [("queued", 4)]
    assert {path.name for path in (service.storage / "jobs").iterdir()} == set(jobs)
    gate.touch()
    service.start()
    assert service.job(jobs[0])["progress"] >= progress  # it is not seen to fall
    for job_id in jobs:
        service.wait_for(job_id, "completed")
    service.stop()


def test_sigterm_gives_running_jobs_their_grace(start_service, tmp_path):
    gate = tmp_path / "gate"
    service = start_service(DRAIN_SEC=HANG_SEC, MAX_CONCURRENT_JOBS=1)
    running, waiting = service.submit(wait_for=str(gate)), service.submit()
    service.wait_for(running, "processing")
    with service.client.stream("GET", f"/api/v1/jobs/{running}/events") as events:
        lines = events.iter_lines()
        next(lines)
        service.terminate()
        wait_until(lambda: '"draining"' in service.log.read_text(), "draining")
        refused = service.upload(b"x")  # on a connection that it had already
        assert_error(refused, 503, "unavailable")
        assert "retry-after" in refused.headers
        gate.touch()
        assert '"status":"completed"' in [line for line in lines if line.startswith("data:")][-1]
    assert service.wait() == 0
    assert dict(service.sql("SELECT id, status FROM jobs")) == {running: "completed", waiting: "queued"}


def test_the_last_progress_before_a_long_silence_is_told(service, tmp_path):
    """Progress that comes in a burst is put off, never dropped."""
    gate = tmp_path / "go"
    job_id = service.submit(steps=10, wait_for=str(gate), wait_at=40)
    wait_until(lambda: service.job(job_id)["progress"] == 40, "the newest of the burst")
    gate.touch()
    service.wait_for(job_id, "completed")
