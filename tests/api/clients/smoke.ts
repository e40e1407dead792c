// The generated TypeScript client against a real service: smoke.ts URL SONG
import { readFile } from "node:fs/promises";
import { Configuration, HealthApi, JobsApi, ResponseError, ResultsApi, StemFormat } from "./client/index.js";

function check(fact: boolean, what: string): void {
  if (!fact) throw new Error(what);
}

const [url, song] = process.argv.slice(2) as [string, string];
const configuration = new Configuration({ basePath: url });
const jobs = new JobsApi(configuration);
const results = new ResultsApi(configuration);
check((await new HealthApi(configuration).ready()).status === "ok", "ready");
const file = new File([await readFile(song)], "song.mp3");
const job = await jobs.transcribe({ file, name: "From TypeScript", stemFormat: StemFormat.Mp3 });
let state = await jobs.getJob({ jobId: job.job_id });
while (state.status === "queued" || state.status === "processing") {
  await new Promise((resolve) => setTimeout(resolve, 200));
  state = await jobs.getJob({ jobId: job.job_id });
}
check(state.status === "completed", state.error_message ?? "not completed");
check((await results.getResults({ jobId: job.job_id })).results.metadata.num_chords > 0, "chords");
const stem = await results.getStem({ jobId: job.job_id, stem: "vocals" });
check((await stem.slice(0, 3).text()) === "ID3", "an MP3");
check((await jobs.listJobs({ limit: 5 })).jobs.length === 1, "the list");
check((await jobs.deleteJob({ jobId: job.job_id })).deleted, "deleted");
const status = await jobs.getJob({ jobId: job.job_id }).then(
  () => 200,
  (error: ResponseError) => error.response.status,
);
check(status === 404, "gone");
console.log("ok");
