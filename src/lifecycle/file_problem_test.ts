import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { fileProblem } from "./file_problem.ts";

const problemOf = (doing: "read" | "write", done: Promise<unknown>) =>
  done.then(() => "none", (error) => fileProblem(doing, error));

Deno.test("file problem: what people do wrong with paths is said in words, and once", async () => {
  const file = new URL(import.meta.url).pathname;
  const folder = new URL(".", import.meta.url).pathname;
  assert.equal(await problemOf("read", readFile(`${folder}nosuch`)), "there is no such file");
  assert.equal(await problemOf("read", readFile(`${file}/inside`)), "a part of the path before its name is no folder");
  assert.equal(await problemOf("read", readFile(folder)), "it is a folder; name the file in it");
  assert.equal(await problemOf("write", writeFile(`${folder}nosuch/key`, "")), "there is no such folder");
  assert.equal(await problemOf("write", writeFile(folder, "")), "it is a folder; name a file in it");
});

Deno.test("file problem: what the table does not know keeps its own words", () => {
  assert.equal(fileProblem("read", new Error("not a key")), "not a key");
});
