"""What the kernel holds a real job to, seen from the outside."""

import re
import struct
from pathlib import Path

from api_service import wait_until


def kernel_view(pid: int) -> dict[str, str]:
    return dict(
        re.findall(
            r"^(\w+):\t(.*)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE
        )
    )


def limits(pid: int) -> dict[str, str]:
    """Name -> soft limit."""
    return dict(
        re.findall(
            r"^(Max [a-z ]+?)  +(\S+)",
            Path(f"/proc/{pid}/limits").read_text(),
            re.MULTILINE,
        )
    )


def locked_in(service) -> int | None:
    """The job's process, once it has locked itself in."""
    for pid in service.running_children:
        try:
            if kernel_view(pid)["Seccomp"] == "2":
                return pid
        except OSError:
            pass
    return None


def test_a_job_is_locked_in(start_service, example_song):
    service = start_service(
        STEMSCRIBE_BIN="", JOB_MEMORY_MB=5000, JOB_CPU_MIN=7, JOB_FILE_MB=300
    )
    response = service.upload(example_song.read_bytes(), "song.mp3", stages="chords")
    assert response.status_code == 202, response.text
    pid = wait_until(lambda: locked_in(service), "a job in its sandbox")
    view, bounds = kernel_view(pid), limits(pid)
    assert view["NoNewPrivs"] == "1"
    assert bounds["Max address space"] == str(5000 << 20)
    assert bounds["Max cpu time"] == str(7 * 60)
    assert bounds["Max file size"] == str(300 << 20)
    assert bounds["Max open files"] == "256"
    assert bounds["Max core file size"] == "0"
    sockets = [
        fd
        for fd in Path(f"/proc/{pid}/fd").iterdir()
        if fd.exists() and "socket" in str(fd.readlink())
    ]
    assert sockets == []
    service.wait_for(response.json()["job_id"], "completed")
    service.stop()


def test_a_file_that_becomes_too_large_fails_the_job(start_service):
    """The limit is on what comes out, not on what goes in."""
    samples = bytes(2 * 44100 * 40)
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, 1, 44100, 88200, 2, 16,
                         b"data", len(samples))  # fmt: skip
    service = start_service(STEMSCRIBE_BIN="", JOB_FILE_MB=1)
    response = service.upload(header + samples, stem_format="wav", stages="separation")
    assert response.status_code == 202, response.text
    job = service.wait_for(response.json()["job_id"], "failed")
    assert job["error_code"] == "storage_limit_exceeded"
    assert "larger than allowed" in job["error_message"]
    assert service.job_files(job["job_id"]) == {"input/song.wav"}
    service.stop()


def test_files_that_together_become_too_large_fail_the_job(start_service):
    service = start_service(JOB_FILE_MB=2, JOB_OUTPUT_MB=20)
    job_id = service.submit(end="litter")
    job = service.wait_for(job_id, "failed")
    assert job["error_code"] == "storage_limit_exceeded"
    assert job["error_message"] == "the job's output became larger than 20 MB (JOB_OUTPUT_MB)"
    starts = [line for line in service.log_lines() if line.get("message") == "job started"]
    assert len(starts) == 1, "it would be no smaller the next time"
    assert service.job_files(job_id) == {"input/song.wav"}
    service.stop()


def test_a_job_that_takes_too_much_cpu_time(start_service, example_song):
    service = start_service(STEMSCRIBE_BIN="", JOB_SANDBOX="off", JOB_CPU_MIN=0.02)
    response = service.upload(6 * example_song.read_bytes(), "song.mp3")  # a minute, which takes several times as much
    job = service.wait_for(response.json()["job_id"], "failed")
    assert job["error_message"] == "the transcription took more CPU time than allowed"
    service.stop()
