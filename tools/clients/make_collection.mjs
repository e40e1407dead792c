// Makes the Postman collection out of the contract: make_collection.mjs OPENAPI_YAML COLLECTION_JSON
//
// The requests come in an order in which they can be run one after another (newman does), from the upload to the deletion,
// with a check of each answer. The same contract gives the same bytes.
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";

const require = createRequire(process.env.NODE_MODULES ? `${process.env.NODE_MODULES}/` : import.meta.url);
const converter = require("openapi-to-postmanv2");

const ORDER = [
  "transcribe", "listJobs", "getJob", "watchJob", "getResults", "getStem", "getFrames", "getNotes", "getChords", "getArchive",
  "beginUpload", "appendToUpload", "getUpload", "deleteUpload", "cancelJob", "deleteJob", "cleanUp", "health", "ready", "live", "metrics", "contract",
];
// What is sent besides what the contract requires.
const PARAMETERS = { cleanUp: { dry_run: "true" }, getFrames: { from: "0", to: "1" }, listJobs: { limit: "5" } };
const HEADERS = { appendToUpload: { "Upload-Offset": "0" } };
const STATUS = { transcribe: [200, 202], cancelJob: [409], beginUpload: [201], deleteUpload: [204] }; // a job that has ended cannot be cancelled
const SCRIPTS = {
  transcribe: [
    "pm.collectionVariables.set('job_id', pm.response.json().job_id);",
    "pm.test('the answer tells where the job is', () => pm.expect(pm.response.headers.get('Location')).to.include(pm.response.json().job_id));",
  ],
  getJob: [
    "const job = pm.response.json();",
    "if (['queued', 'processing'].includes(job.status)) {",
    "  setTimeout(() => {}, 500);",
    "  pm.execution.setNextRequest(pm.info.requestName);",
    "} else pm.test('the job is completed', () => pm.expect(job.status).to.equal('completed'));",
  ],
  getResults: ["pm.test('there are five stems', () => pm.expect(Object.keys(pm.response.json().results.stems)).to.have.length(5));"],
  getChords: ["pm.test('there are chords', () => pm.expect(pm.response.json().chords).not.to.be.empty);"],
  beginUpload: ["pm.collectionVariables.set('upload_id', pm.response.json().upload_id);"],
  appendToUpload: ["pm.test('the bytes are here', () => pm.expect(pm.response.json().offset).to.be.above(0));"],
  deleteJob: ["pm.test('it is gone', () => pm.expect(pm.response.json().deleted).to.equal(true));"],
};

const convert = (data) =>
  new Promise((resolve, reject) => {
    const options = { requestNameSource: "Fallback", parametersResolution: "Example", optimizeConversion: false };
    converter.convertV2({ type: "string", data }, options, (error, result) => {
      if (error || !result.result) reject(error ?? new Error(result.reason));
      else resolve(result.output[0].data);
    });
  });

/** Every request of a tree of folders. */
const flat = (items) => items.flatMap((item) => (item.item ? flat(item.item) : [item]));

/** Takes away the random ids, in place. */
function withoutIds(value) {
  if (Array.isArray(value)) value.forEach(withoutIds);
  else if (value && typeof value === "object") {
    for (const key of ["id", "_postman_id", "_"]) delete value[key];
    Object.values(value).forEach(withoutIds);
  }
}

function prepare(item, operation) {
  const { request } = item;
  const { operationId } = operation;
  const values = { job_id: "{{job_id}}", upload_id: "{{upload_id}}", stem: "vocals" };
  for (const variable of request.url.variable ?? []) Object.assign(variable, { value: values[variable.key] });
  const sent = PARAMETERS[operationId] ?? {};
  for (const query of request.url.query ?? []) Object.assign(query, { value: sent[query.key] ?? "", disabled: !(query.key in sent) });
  for (const header of request.header ?? []) {
    const value = HEADERS[operationId]?.[header.key];
    if (value !== undefined) Object.assign(header, { value });
    else if (!["Accept", "Content-Type"].includes(header.key)) Object.assign(header, { value: "", disabled: true });
  }
  delete request.auth; // the collection's
  if (operationId === "transcribe") request.body.formdata = [{ key: "file", type: "file", src: "{{song}}" }];
  if (operationId === "appendToUpload") request.body = { mode: "file", file: { src: "{{song}}" } };
  const wanted = STATUS[operationId] ?? [200];
  const check = `pm.test('the status is ${wanted.join(" or ")}', () => pm.expect(pm.response.code).to.be.oneOf([${wanted}]));`;
  item.event = [{ listen: "test", script: { type: "text/javascript", exec: [check, ...(SCRIPTS[operationId] ?? [])] } }];
  item.response = [];
  return item;
}

async function main([contractPath, collectionPath]) {
  const text = await readFile(contractPath, "utf8");
  const collection = await convert(text);
  const contract = require("js-yaml").load(text);
  const operations = Object.entries(contract.paths).flatMap(([path, methods]) =>
    Object.entries(methods).filter(([, operation]) => operation.operationId).map(([method, operation]) => ({ path, method, ...operation })),
  );
  const requests = flat(collection.item);
  const left = operations.map((operation) => operation.operationId).filter((id) => !ORDER.includes(id));
  if (left.length > 0) throw new Error(`give ${left} a place in ORDER`);
  collection.item = ORDER.map((id) => {
    const operation = operations.find((each) => each.operationId === id);
    const path = operation.path.replace(/{(\w+)}/g, ":$1");
    const item = requests.find(({ request }) => request.method.toLowerCase() === operation.method && `/${request.url.path.join("/")}` === path);
    return prepare(item, operation);
  });
  withoutIds(collection);
  collection.auth = { type: "bearer", bearer: [{ key: "token", value: "{{key}}", type: "string" }] };
  const keep = (collection.variable ?? []).filter(({ key }) => !["baseUrl", "bearerToken"].includes(key));
  collection.variable = [
    { key: "baseUrl", value: "http://localhost:8000" }, { key: "key", value: "" }, { key: "job_id", value: "" },
    { key: "upload_id", value: "" }, { key: "song", value: "song.mp3" }, ...keep,
  ];
  await writeFile(collectionPath, `${JSON.stringify(collection, null, 1)}\n`);
}

await main(process.argv.slice(2));
