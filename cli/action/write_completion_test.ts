import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { runProgramUnderTest } from "../../test/support/program_under_test.ts";

const isInstalled = (program: string) => spawnSync(program, ["--version"]).status === 0;
const script = async (shell: string) => (await runProgramUnderTest(["completion", shell])).stdout;

const TYPED = [
  { name: "the beginning of a subcommand", words: ["agent", "vers"], want: ["version"] },
  { name: "an option", words: ["agent", "validate-config", "--eff"], want: ["--effective"] },
  { name: "an option's values", words: ["agent", "version", "--output", ""], want: ["text", "json", "yaml"] },
  { name: "a short option's values", words: ["agent", "version", "-o", "j"], want: ["json"] },
  { name: "an argument's values", words: ["agent", "completion", ""], want: ["bash", "zsh", "fish"] },
  { name: "an option of an alias", words: ["agent", "ls", "--sel"], want: ["--selector"] },
  { name: "a file", words: ["agent", "validate-config", "/etc/passw"], want: ["/etc/passwd"] },
  {
    name: "a file after an option",
    words: ["agent", "validate-config", "--creds", "/etc/passw"],
    want: ["/etc/passwd"],
  },
  { name: "nothing where anything may stand", words: ["agent", "validate-config", "--nats", ""], want: [] },
];

for (const { name, words, want } of TYPED) {
  Deno.test({
    name: `bash completes ${name}`,
    ignore: !isInstalled("bash"),
    fn: async () => {
      const source = `${await script("bash")}
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _agent; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const printed = execFileSync("bash", ["-c", source, "bash", ...words], { encoding: "utf8" });
      assert.deepEqual(printed.split("\n").filter((line) => line !== "" && !/^\/etc\/passwd.+/.test(line)), want);
    },
  });
}

for (const shell of ["zsh", "fish"]) {
  Deno.test({
    name: `${shell} takes its completion script`,
    ignore: !isInstalled(shell),
    fn: async () => {
      const checked = spawnSync(shell, ["-n"], { input: await script(shell), encoding: "utf8" });
      assert.equal(checked.status, 0, checked.stderr);
    },
  });
}

Deno.test("the zsh and fish scripts know every subcommand and its options", async () => {
  const [zsh, fish] = [await script("zsh"), await script("fish")];
  assert.match(zsh, /^#compdef agent\n/);
  for (const word of ["validate-config", "completion", "version"]) {
    assert.ok(zsh.includes(`'${word}:`), word);
    assert.ok(fish.includes(`-a '${word}'`), word);
  }
  assert.match(zsh, /'version -o'\|'version --output'\) compadd -- 'text' 'json' 'yaml'/);
  assert.match(fish, /-s o -l output -x -a 'text json yaml'/);
});
