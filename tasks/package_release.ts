import process from "node:process";
import { parseArgs } from "node:util";
import { readBuildFacts } from "./build_facts.ts";
import { parseImage } from "./release/set_image.ts";
import { writePackages } from "./release/write_packages.ts";

const HELP =
  `deno task release:packages --archives FOLDER --image REPOSITORY@DIGEST --homepage URL --download URL --output FOLDER

Writes agent-faults.rb (Homebrew), agent-faults.yaml (krew), install.yaml (manifests) and chart/agent, whose image is the
given one. FOLDER holds the archives of all platforms, which lie below the address --download.
`;

/** Writes what package managers and clusters take of a release. */
const text = { type: "string" } as const;
const { values } = parseArgs({
  options: {
    archives: text,
    image: text,
    homepage: text,
    download: text,
    output: text,
    help: { type: "boolean", default: false },
  },
});
const { archives, image, homepage, download, output, help } = values;
if (help || !archives || !image || !homepage || !download || !output) {
  process.stdout.write(HELP);
  process.exit(help ? 0 : 2);
}
const { version } = await readBuildFacts();
await writePackages({ version, archives, image: parseImage(image), homepage, download, output });
process.stdout.write(`wrote the packages of version ${version} to ${output}\n`);
