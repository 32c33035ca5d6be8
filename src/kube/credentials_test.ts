import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { inspect } from "node:util";
import { AgentError } from "../lifecycle/errors.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { openKubeconfigAccess } from "./credentials.ts";

const SECRET = "s3cret-token";

const BROKEN: readonly { readonly name: string; readonly text: string; readonly want: RegExp }[] = [
  {
    name: "a token beside a wrong indent",
    text: `apiVersion: v1\nusers:\n- name: a\n  user:\n    token: ${SECRET}\n   other: x\n`,
    want: /: it is not YAML at line 6, column \d+; correct it, or name another one with --kubeconfig$/,
  },
  { name: "a token that opens a list", text: `token: [${SECRET}`, want: /not YAML at line 1, column \d+;/ },
  { name: "a token that looks like an alias", text: `token: *${SECRET}`, want: /not YAML/ },
  { name: "a token that looks like a tag", text: `token: !!${SECRET} x`, want: /chooses no context/ },
  {
    name: "bytes that are no text",
    text: `\u0000\u0001\u001b[2J${SECRET}`,
    want: /something else than a kubeconfig|not YAML/,
  },
  {
    name: "a name that stands twice",
    text: `users:\n- {name: ${SECRET}, user: {}}\n- {name: ${SECRET}, user: {}}\n`,
    want: /: users\[1\] has a duplicate name;/,
  },
  { name: "a list of entries without names", text: "clusters:\n- cluster: {}\n", want: /at clusters\[0\]\.name;/ },
  { name: "nothing but a text", text: SECRET, want: /holds something else than a kubeconfig at its top;/ },
  { name: "brackets without end", text: "[".repeat(200_000), want: /not YAML/ },
];

for (const { name, text, want } of BROKEN) {
  Deno.test(`a kubeconfig with ${name} is refused without a word of it`, async () => {
    await using dir = await createTempDir("kubeconfig");
    const path = dir.file("config");
    await writeFile(path, text);
    await assert.rejects(openKubeconfigAccess({ files: [path], required: true, context: null }), (error) => {
      assert.ok(error instanceof AgentError && error.kind === "bad_input");
      assert.match(error.message, want);
      assert.doesNotMatch(inspect(error), new RegExp(SECRET));
      assert.doesNotMatch(error.message, /\p{Cc}/u);
      return true;
    });
  });
}

Deno.test("a kubeconfig that is not there is told with the system's reason", async () => {
  await assert.rejects(
    openKubeconfigAccess({ files: ["/nonexistent/config"], required: true, context: null }),
    /Cannot read the kubeconfig \/nonexistent\/config: there is no such file; /,
  );
});

Deno.test("what an exec plugin prints instead of JSON stands in no error", async () => {
  await using dir = await createTempDir("kubeconfig");
  const path = dir.file("config");
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "/bin/echo", args: [SECRET] };
  await writeFile(
    path,
    JSON.stringify({
      "current-context": "test",
      clusters: [{ name: "test", cluster: { server: "https://127.0.0.1:1" } }],
      users: [{ name: "test", user: { exec } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    }),
  );
  const access = await openKubeconfigAccess({ files: [path], required: true, context: null });
  await assert.rejects(access.credentials(false), (error) => {
    assert.ok(error instanceof AgentError);
    assert.match(error.message, /^Cannot log in with the kubeconfig \(context test\): .*check the context's user$/);
    assert.doesNotMatch(inspect(error), new RegExp(SECRET));
    return true;
  });
  access.close();
});
