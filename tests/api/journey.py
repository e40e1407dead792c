"""A song that was uploaded and is completed."""

import httpx
from api_service import Service


class Journey:
    """One completed job."""

    def __init__(self, service: Service, song: bytes):
        self.service = service
        self.song = song
        self.accepted = service.upload(song, "My Sóng.mp3", name="First try", stages="separation, transcription,chords")
        self.job_id = self.accepted.json()["job_id"]
        self.url = f"/api/v1/jobs/{self.job_id}"
        self.early_results = service.client.get(f"{self.url}/results")
        self.events = list(service.events(self.job_id))
        self.results = service.client.get(f"{self.url}/results")

    def get(self, path: str, **options) -> httpx.Response:
        return self.service.client.get(self.url + path, **options)

    def stem(self, name: str = "vocals", **headers) -> httpx.Response:
        return self.get(f"/stems/{name}", headers={key.replace("_", "-"): value for key, value in headers.items()})
