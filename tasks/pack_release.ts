import process from "node:process";
import { parseArgs } from "node:util";
import { createTempDir } from "../sandbox/temp_dir.ts";
import { packArchive } from "./release/pack_archive.ts";

const HELP = `deno task release:archive --binary FILE --output FILE

Packs the executable FILE as \`agent\`, with its license, manual pages and completions for bash, zsh and fish, into a
.tar.gz. SOURCE_DATE_EPOCH is the time of the files: the same content then makes the same archive.
`;

/** Packs the archive of one platform. */
const { values } = parseArgs({
  options: { binary: { type: "string" }, output: { type: "string" }, help: { type: "boolean", default: false } },
});
const { binary, output } = values;
if (values.help || binary === undefined || output === undefined) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 2);
}
await using dir = await createTempDir("archive");
const time = new Date(Number(process.env.SOURCE_DATE_EPOCH ?? 0) * 1_000);
const files = await packArchive({ binary, output, folder: dir.path, time });
process.stdout.write(`packed ${files.length} files into ${output}\n`);
