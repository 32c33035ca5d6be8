import assert from "node:assert/strict";
import ts from "typescript";
import { runTool } from "../sandbox/run_tool.ts";
import { SUBJECT_KINDS } from "../src/wire/subject.ts";
import { parseContractDocument, readContractText } from "./support/read_contract_document.ts";

const ROOT = new URL("../", import.meta.url);

Deno.test("contract: AsyncAPI's parser takes docs/asyncapi.yaml, and finds every kind of message", async () => {
  const document = await parseContractDocument(await readContractText());
  const channels = document.channels().all();
  assert.deepEqual(
    channels.map((channel) => channel.address()),
    SUBJECT_KINDS.map((kind) => `agent.${kind}.{cluster_id}`),
  );
  const sent = document.operations().filterBySend().flatMap((operation) => operation.channels().all());
  assert.deepEqual(sent.map((channel) => channel.id()), SUBJECT_KINDS.filter((kind) => kind !== "command"));
  for (const message of document.messages().all()) assert.ok(message.payload() !== undefined, message.id());
});

Deno.test("contract: a reference that leads nowhere is found by the parser", async () => {
  const text = (await readContractText()).replace("#/components/schemas/Severity", "#/components/schemas/Sev");
  await assert.rejects(parseContractDocument(text), /Sev/);
});

/** What a reader of the declarations may write, and what not. */
const READER = `
import type { Messages, Update } from "./agent.d.ts";
export const owner = (event: Messages["event"]): string => event.labels.owner_name ?? event.caused_by?.[0]?.object ?? "";
export const proof = (update: Update): string => update.kind === "resolved" ? update.proof : "";
// @ts-expect-error: no such severity
export const severity: Messages["event"]["severity"] = "severe";
`;

Deno.test("contract: a program that uses types/agent.d.ts compiles, and what the declarations forbid does not", () => {
  const folder = new URL("types/", ROOT).pathname;
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
    lib: ["lib.es2022.d.ts"],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  const reader = `${folder}reader.ts`;
  host.getSourceFile = (name, target) =>
    name === reader ? ts.createSourceFile(name, READER, target) : getSourceFile(name, target);
  const program = ts.createProgram([reader], options, host);
  const said = ts.getPreEmitDiagnostics(program).map(({ messageText }) =>
    ts.flattenDiagnosticMessageText(messageText, "\n")
  );
  assert.deepEqual(said, []);
});

const go = await runTool("go", ["version"]).then(({ code }) => code === 0, () => false);
Deno.test({
  name: "contract: types/go is Go that builds, and as gofmt writes it (needs Go)",
  ignore: !go,
  async fn() {
    const cwd = new URL("types/go/", ROOT).pathname;
    const vet = await runTool("go", ["vet", "./..."], { cwd });
    assert.equal(vet.code, 0, vet.stderr);
    const { stdout } = await runTool("gofmt", ["-l", "."], { cwd });
    assert.equal(stdout, "");
  },
});
