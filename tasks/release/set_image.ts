/** An image as a release names it: `ghcr.io/owner/agent`, and the digest of what was built. */
export interface ReleaseImage {
  readonly repository: string;
  /** `sha256:…` */
  readonly digest: string;
}

/** Reads `ghcr.io/owner/agent@sha256:…`; throws on anything else. */
export function parseImage(text: string): ReleaseImage {
  const [, repository, digest] = /^([a-z0-9][a-z0-9.:/_-]*)@(sha256:[0-9a-f]{64})$/.exec(text) ?? [];
  if (repository === undefined || digest === undefined) {
    throw new Error(`${text} is no image with its digest, such as registry.example.com/agent@sha256:…`);
  }
  return { repository, digest };
}

/** The chart's values.yaml with the image of a release as its default. */
export function setImageInValues(values: string, { repository, digest }: ReleaseImage): string {
  return replaceOnce(
    replaceOnce(values, "\n  repository: agent\n", `\n  repository: ${repository}\n`),
    '\n  digest: ""\n',
    `\n  digest: ${digest}\n`,
  );
}

/** A manifest with the image of a release in place of the one that a build on this machine makes. */
export function setImageInManifest(manifest: string, version: string, { repository, digest }: ReleaseImage): string {
  return replaceOnce(manifest, `image: agent:${version}\n`, `image: ${repository}@${digest}\n`);
}

function replaceOnce(text: string, from: string, to: string): string {
  const [before, after, ...more] = text.split(from);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`${JSON.stringify(from)} must be there exactly once`);
  }
  return before + to + after;
}
