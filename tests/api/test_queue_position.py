"""The place in the queue: of others, that is, whose songs come and go."""


def test_who_watches_a_queued_job_sees_it_move_up(start_service):
    service = start_service(MAX_CONCURRENT_JOBS=0)
    first, second, watched = (service.submit() for _ in range(3))
    places = []
    for _, job in service.events(watched):
        places.append(job["queue_position"])
        if job["status"] == "cancelled":
            break
        service.client.post(f"/api/v1/jobs/{[first, second, watched][len(places) - 1]}/cancel")
    assert places == [3, 2, 1, None]
    service.stop()
