/** What a release consists of, as package managers want to know it. */
export interface ReleaseFacts {
  readonly version: string;
  /** Where people read about it. */
  readonly homepage: string;
  /** The address below which the archives lie. */
  readonly download: string;
  /** The SHA-256 of each archive, in hex, by platform. */
  readonly archives: Readonly<Record<string, string>>;
}

/** `linux/amd64` becomes `agent-linux-amd64.tar.gz`. */
export const archiveName = (platform: string) => `agent-${platform.replace("/", "-")}.tar.gz`;

export const PACKAGE_SUMMARY = "Reports faults of a Kubernetes cluster over NATS, and reads such reports";

/** Homebrew's words for `darwin/arm64` and the others. */
const PLACES: readonly { readonly system: string; readonly machine: string; readonly platform: string }[] = [
  { system: "on_macos", machine: "on_arm", platform: "darwin/arm64" },
  { system: "on_macos", machine: "on_intel", platform: "darwin/amd64" },
  { system: "on_linux", machine: "on_arm", platform: "linux/arm64" },
  { system: "on_linux", machine: "on_intel", platform: "linux/amd64" },
];

/** agent-faults.rb, a formula for a Homebrew tap. A release without one of the platforms throws. */
export function renderFormula({ version, homepage, download, archives }: ReleaseFacts): string {
  const archive = ({ machine, platform }: typeof PLACES[number]) => {
    const sha256 = archives[platform];
    if (sha256 === undefined) throw new Error(`there is no archive for ${platform}`);
    return `    ${machine} do
      url "${download}/${archiveName(platform)}"
      sha256 "${sha256}"
    end
`;
  };
  const systems = [...new Set(PLACES.map(({ system }) => system))].map((system) =>
    `  ${system} do\n${PLACES.filter((place) => place.system === system).map(archive).join("\n")}  end\n`
  );
  return `class AgentFaults < Formula
  desc "${PACKAGE_SUMMARY}"
  homepage "${homepage}"
  version "${version}"
  license "Apache-2.0"

${systems.join("\n")}
  def install
    bin.install "agent"
    bin.install_symlink "agent" => "kubectl-agent_faults"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/agent.bash" => "agent"
    zsh_completion.install "completions/_agent"
    fish_completion.install "completions/agent.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/agent --version")
  end
end
`;
}
