import { Ajv2020 } from "ajv/dist/2020.js";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { runProgramUnderTest } from "../../test/support/program_under_test.ts";

const EXAMPLE = new URL("../../deploy/config.example.yaml", import.meta.url);
const ENDPOINT = "central_endpoint: nats://a\n";

Deno.test("validate-config accepts the shipped example", async () => {
  const run = await runProgramUnderTest(["validate-config", EXAMPLE.pathname]);
  assert.deepEqual([run.exitCode, run.stderr], [0, ""]);
  assert.match(run.stdout, /config\.example\.yaml: the configuration is valid\n$/);
});

Deno.test("validate-config prints every problem and ends with 78", async () => {
  const run = await runProgramUnderTest(["validate-config", "-"], {
    stdin: `${ENDPOINT}healthport: 1\nmax_retries: 0\n`,
  });
  assert.equal(run.exitCode, 78);
  assert.equal(
    run.stdout,
    "<stdin>:2:1: healthport: unknown key; did you mean health_port?\n" +
      "<stdin>:3:14: max_retries: must be an integer from 1 to 1000000, or -1 for no limit; found 0\n",
  );
  assert.equal(run.stderr, "2 problems in the configuration\n");
});

Deno.test("validate-config --output json prints one object with places", async () => {
  const run = await runProgramUnderTest(["validate-config", "-", "--output", "json"], {
    stdin: "buffer_sise: 1\n",
    env: { CENTRAL_ENDPOINT: "nats://a" },
  });
  const { valid, problems } = JSON.parse(run.stdout);
  assert.equal(valid, false);
  assert.deepEqual(
    problems.map(({ file, line, column, path, nearest }: Record<string, unknown>) => ({
      file,
      line,
      column,
      path,
      nearest,
    })),
    [
      { file: "<stdin>", line: 1, column: 1, path: "buffer_sise", nearest: "buffer_size" },
    ],
  );
});

Deno.test("validate-config names a file that is not there and ends with 78", async () => {
  const run = await runProgramUnderTest(["validate-config", "/nowhere/config.yaml"]);
  assert.deepEqual([run.exitCode, run.stdout], [78, "/nowhere/config.yaml:1:1: there is no such file\n"]);
});

Deno.test("validate-config --effective prints values with their origins, and what it prints is valid", async () => {
  const given = { stdin: "central_endpoint: nats://u:s3cr3t@a\nevents: {backlog: 90}\n", env: { BUFFER_SIZE: "50" } };
  const run = await runProgramUnderTest(["validate-config", "-", "--effective", "--tls-ca", "/ca.pem"], given);
  assert.equal(run.exitCode, 0);
  assert.doesNotMatch(run.stdout, /s3cr3t/);
  assert.match(run.stdout, /^central_endpoint: \[ nats:\/\/\*\*\*@a \] # <stdin>:1:19$/m);
  assert.match(run.stdout, /^buffer_size: 50 # environment variable BUFFER_SIZE$/m);
  assert.match(run.stdout, /^ {2}backlog: 1m30s # <stdin>:2:19$/m);
  assert.match(run.stdout, /^ {4}ca_file: \/ca\.pem # option --tls-ca$/m);
  assert.match(run.stdout, /^health_port: 8080 # default$/m);
  const again = await runProgramUnderTest(["validate-config", "-"], { stdin: run.stdout });
  assert.deepEqual([again.exitCode, again.stdout], [0, "standard input: the configuration is valid\n"]);
});

Deno.test("the JSON Schema takes the example and refuses unknown keys and values beyond limits", async () => {
  const schema = JSON.parse((await runProgramUnderTest(["validate-config", "--schema"])).stdout);
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(schema);
  const example = parse(await readFile(EXAMPLE, "utf8"));
  assert.equal(validate(example), true, JSON.stringify(validate.errors));
  for (
    const wrong of [{ zzz: 1 }, { nats: { zzz: 1 } }, { buffer_size: 9 }, { log_level: "loud" }, {
      central_endpoint: 5,
    }]
  ) {
    assert.equal(validate({ ...example, ...wrong }), false, JSON.stringify(wrong));
  }
  assert.equal(validate({ ...example, nats: null }), true);
});

Deno.test("validate-config --connect says which server can not be reached and ends with 69", async () => {
  const run = await runProgramUnderTest(["validate-config", "-", "--connect"], {
    stdin: "central_endpoint: nats://u:s3cr3t@127.0.0.1:1\n",
    env: { HOME: "/nowhere", AGENT_SERVICE_ACCOUNT_DIR: "/nowhere" },
  });
  assert.equal(run.exitCode, 69);
  assert.match(run.stdout, /^FAIL nats connect: nats:\/\/\*\*\*@127\.0\.0\.1:1: .*refused/m);
  assert.match(run.stdout, /^FAIL kubernetes access: Cannot find a Kubernetes cluster/m);
  assert.doesNotMatch(run.stdout + run.stderr, /s3cr3t/);
});
