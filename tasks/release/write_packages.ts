import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { TARGETS } from "../build_target.ts";
import { renderShippedChartReadme } from "../chart_copies.ts";
import { archiveName, type ReleaseFacts, renderFormula } from "./render_formula.ts";
import { PLUGIN_NAME, renderKrewManifest } from "./render_krew_manifest.ts";
import { type ReleaseImage, setImageInManifest, setImageInValues } from "./set_image.ts";

const DEPLOY = new URL("../../deploy/", import.meta.url);

export interface PackagesOptions extends Pick<ReleaseFacts, "version" | "homepage" | "download"> {
  readonly image: ReleaseImage;
  /** The folder with the archives of all platforms. */
  readonly archives: string;
  readonly output: string;
}

/**
 * Writes what package managers and clusters take of a release: the formula, the manifest of the kubectl plugin, one file of
 * manifests, and the chart's folder, whose image is that of the release.
 */
export async function writePackages({ image, archives, output, ...facts }: PackagesOptions): Promise<void> {
  await mkdir(output, { recursive: true });
  const sums: Record<string, string> = {};
  for (const platform of Object.keys(TARGETS)) {
    const bytes = await readFile(join(archives, archiveName(platform)));
    sums[platform] = createHash("sha256").update(bytes).digest("hex");
  }
  const release: ReleaseFacts = { ...facts, archives: sums };
  await writeFile(join(output, `${PLUGIN_NAME}.rb`), renderFormula(release));
  await writeFile(join(output, `${PLUGIN_NAME}.yaml`), renderKrewManifest(release));
  await writeFile(join(output, "install.yaml"), await joinManifests(facts.version, image));
  await copyChart(join(output, "chart", "agent"), image);
}

/** deploy/manifests as one file, for `kubectl apply -f`. */
async function joinManifests(version: string, image: ReleaseImage): Promise<string> {
  const folder = new URL("manifests/", DEPLOY);
  const names = (await readdir(folder)).filter((name) => /^\d\d-/.test(name)).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, folder), "utf8")));
  return setImageInManifest(texts.join("---\n"), version, image);
}

async function copyChart(folder: string, image: ReleaseImage): Promise<void> {
  await cp(new URL("helm/agent/", DEPLOY), folder, { recursive: true });
  const read = (name: string) => readFile(join(folder, name), "utf8");
  const values = setImageInValues(await read("values.yaml"), image);
  await writeFile(join(folder, "values.yaml"), values);
  await writeFile(join(folder, "files", "defaults.yaml"), values);
  await writeFile(join(folder, "README.md"), renderShippedChartReadme(await read("Chart.yaml"), values));
}
