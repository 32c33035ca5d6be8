import assert from "node:assert/strict";
import { collectNats } from "../support/collect_nats.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { runProgramUnderTest } from "../support/program_under_test.ts";
import { subjectToken } from "../../src/wire/subject_token.ts";

const ROWS: readonly { readonly given: string; readonly want: string }[] = [
  { given: "prod", want: "prod" },
  { given: " prod ", want: "prod" },
  { given: "a b.*", want: subjectToken("a b.*") },
  { given: ">", want: subjectToken(">") },
  { given: "$(CLUSTER_ID)", want: "test" },
  { given: "", want: "test" },
];

Deno.test("agent send-event makes of CLUSTER_ID what agent run makes of it", async () => {
  await using server = await startNatsServer();
  await using collector = await collectNats(server.url, [">"]);
  for (const { given } of ROWS) {
    const run = await runProgramUnderTest(["send-event", "--nats", server.url], {
      env: { CLUSTER_ID: given },
    });
    assert.equal(run.exitCode, 0, run.stderr);
  }
  const heard = await collector.waitForCount(ROWS.length, () => true);
  assert.deepEqual(heard.map(({ subject }) => subject), ROWS.map(({ want }) => `agent.event.${want}`));
});

Deno.test("agent send-event: what a file lacks is the configuration's fault, not the server's", async () => {
  await using server = await startNatsServer();
  const run = await runProgramUnderTest(["send-event", "--nats", server.url, "--creds", "/nonexistent/agent.creds"]);
  assert.equal(run.exitCode, 78);
  assert.match(run.stderr, /NATS credentials file \/nonexistent\/agent\.creds/);
});

const NARROW = "authorization: { users: [{ user: narrow, password: narrow, permissions: { publish: [other] } }] }";
const REFUSED = [
  { args: ["send-event", "--cluster", "prod"], subject: "agent.event.prod" },
  { args: ["send-event", "--cluster", "prod", "--wait"], subject: "agent.event.prod" },
  { args: ["exec", "prod", "--", "uname", "-a"], subject: "agent.command.prod" },
];
for (const { args, subject } of REFUSED) {
  Deno.test(`agent ${args.join(" ")}: a subject that the user may not publish to is named, and ends with 77`, async () => {
    await using server = await startNatsServer({ config: NARROW });
    const CENTRAL_ENDPOINT = server.url.replace("nats://", "nats://narrow:narrow@");
    const run = await runProgramUnderTest(args, { env: { CENTRAL_ENDPOINT } });
    assert.equal(run.exitCode, 77, run.stdout + run.stderr);
    assert.ok(
      run.stderr.includes(`NATS does not allow this user to publish "${subject}"; add the subject`),
      run.stderr,
    );
  });
}
