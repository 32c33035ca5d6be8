import assert from "node:assert/strict";
import { runCliInProcess } from "../test/support/run_cli_in_process.ts";

const ROWS: readonly {
  readonly args: string;
  readonly exitCode: number;
  readonly stdout?: RegExp;
  readonly stderr?: RegExp;
}[] = [
  { args: "help audit verify", exitCode: 0, stdout: /^Usage: agent audit verify / },
  { args: "help audit", exitCode: 0, stdout: /^Usage: agent audit / },
  { args: "help ls", exitCode: 0, stdout: /^Usage: agent fleet/ },
  { args: "help fleet setup", exitCode: 0, stdout: /^Usage: agent fleet setup / },
  { args: "help tail foo", exitCode: 0, stdout: /^Usage: agent tail / },
  { args: "help", exitCode: 0, stdout: /^Usage: agent / },
  { args: "help foo", exitCode: 2, stderr: /unknown command 'foo'/ },
  { args: "help tial", exitCode: 2, stderr: /unknown command 'tial'\n\(Did you mean tail\?\)/ },
  { args: "validate", exitCode: 2, stderr: /unknown command 'validate'\n\(Did you mean validate-config\?\)/ },
  {
    args: "status",
    exitCode: 2,
    stderr: /unknown command 'status'\n\(Did you mean fleet or validate-config --connect\?\)/,
  },
  { args: "logs -f", exitCode: 2, stderr: /\(Did you mean tail or history\?\)/ },
  { args: "constructor", exitCode: 2, stderr: /unknown command 'constructor'/ },
  { args: "check-command kubectl get pods -n default", exitCode: 0, stdout: /kubectl get pods -n default/ },
  {
    args: "check-command -o json kubectl get pods -o yaml",
    exitCode: 0,
    stdout: /"argv":\["kubectl","get","pods","-o","yaml"/,
  },
  { args: "check-command -n shop -- kubectl get pods", exitCode: 0, stdout: /shop/ },
  {
    args: "validate-config -c /nonexistent/agent.yaml",
    exitCode: 78,
    stdout: /^\/nonexistent\/agent\.yaml:1:1: there is no/,
  },
  { args: "validate-config a.yaml -c b.yaml", exitCode: 2, stderr: /Name one file/ },
  { args: "fleet setpu", exitCode: 2, stderr: /unknown command 'fleet setpu'\n\(Did you mean fleet setup\?\)/ },
  { args: "audit", exitCode: 2, stderr: /Usage: agent audit/ },
  { args: "exec prod", exitCode: 2, stderr: /as in agent exec prod -- kubectl get nodes/ },
  { args: "exec --all", exitCode: 2, stderr: /Nothing to run/ },
  // What is an option of exec before the tool is one of the tool's behind it, and gets as far as the connection.
  { args: "exec prod kubectl get pods -n shop --tail=5 -o wide", exitCode: 69 },
  { args: "exec prod --timeout 1s kubectl get pods --all", exitCode: 69 },
  { args: "exec --selector env=prod kubectl get pods --nats x", exitCode: 69 },
  {
    args: "exec prod --tiemout 1s kubectl get pods",
    exitCode: 2,
    stderr: /unknown option '--tiemout'\n\(Did you mean --timeout\?\)/,
  },
];

for (const { args, exitCode, stdout, stderr } of ROWS) {
  Deno.test(`the command line: agent ${args}`, async () => {
    const run = await runCliInProcess(args.split(" "), { env: { CENTRAL_ENDPOINT: "nats://127.0.0.1:1" } });
    assert.equal(run.exitCode, exitCode, run.stderr);
    if (stdout !== undefined) assert.match(run.stdout, stdout);
    if (stderr !== undefined) assert.match(run.stderr, stderr);
  });
}
