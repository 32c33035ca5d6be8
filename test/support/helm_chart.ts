import { mkdir, readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { parse, parseAllDocuments, stringify } from "yaml";
import * as z from "zod";
import { findTool, ToolMissingError } from "../../sandbox/find_tool.ts";
import { runTool, type ToolResult } from "../../sandbox/run_tool.ts";
import { KUBERNETES_VERSION } from "../../sandbox/tool_table.ts";

export const CHART_FOLDER = new URL("../../deploy/helm/agent/", import.meta.url).pathname;
const GOLDEN = new URL("../golden/chart/", import.meta.url);

const metadataSchema = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
});
const objectSchema = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: metadataSchema });
export type KubeObject = z.infer<typeof objectSchema>;

const INIT_RESOURCES = { cpu: "10m", memory: "16Mi", "ephemeral-storage": "1Mi" };

export interface ChartCase {
  readonly release?: string;
  readonly namespace?: string;
  readonly values?: unknown;
}

/** The values that golden files and the API server's dry run are made for: what platform teams set, in combination. */
export const CHART_CASES: Readonly<Record<string, ChartCase>> = {
  default: {},
  namespaced: {
    namespace: "team-a",
    values: { clusterId: "prod", namespaced: { enabled: true, namespaces: ["team-a", "team-b"] } },
  },
  credentials: {
    values: {
      centralEndpoint: "tls://nats-1.example.com:4222, tls://nats-2.example.com:4222",
      nats: {
        credentialsKey: "nats.creds",
        tls: { caKey: "ca.crt", certKey: "tls.crt", keyKey: "tls.key", serverName: "nats.example.com" },
        delivery: "jetstream",
        stream: "AGENTS",
      },
      networkPolicy: { natsPorts: [4222, 443] },
    },
  },
  replicas: { values: { replicas: 2 } },
  extensions: {
    release: "agent-in-the-cluster-of-the-payment-team-frankfurt-01",
    values: {
      centralEndpoint: "nats://nats-1.example.com:24222,tls://nats-2.example.com",
      commonLabels: { "example.com/cost": "shared" },
      commonAnnotations: { "example.com/owner": "platform" },
      nats: {
        nkeySeedKey: "agent.nk",
        volume: { projected: { defaultMode: 0o440, sources: [{ secret: { name: "keys" } }] } },
        tls: { caConfigMap: "nats-ca", caKey: "bundle.pem" },
      },
      extraArgs: ["--kubeconfig", "/etc/extra/kubeconfig"],
      extraEnv: [{ name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
      extraEnvFrom: [{ configMapRef: { name: "proxy", optional: true } }],
      extraVolumes: [{ name: "extra", secret: { secretName: "kubeconfig" } }],
      extraVolumeMounts: [{ name: "extra", mountPath: "/etc/extra", readOnly: true }],
      initContainers: [{
        name: "wait",
        image: "registry.example.com/wait:1",
        command: ["/wait"],
        resources: { requests: INIT_RESOURCES, limits: INIT_RESOURCES },
        securityContext: {
          runAsUser: 65534,
          runAsGroup: 65534,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
        },
      }],
      topologySpreadConstraints: [{
        maxSkew: 1,
        topologyKey: "topology.kubernetes.io/zone",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { "app.kubernetes.io/name": "aetherius-agent" } },
      }],
      dnsPolicy: "ClusterFirst",
      dnsConfig: { options: [{ name: "ndots", value: "1" }] },
      persistence: { enabled: true, storageClass: "-" },
      service: { type: "NodePort" },
    },
  },
  evidence: { values: { config: { enable_commands: false, evidence: { logs: "on" } } } },
  everything: {
    release: "fleet",
    values: {
      namespace: { create: true },
      image: { repository: "registry.example.com/agent", digest: `sha256:${"0".repeat(64)}`, pullPolicy: "Always" },
      imagePullSecrets: [{ name: "registry" }],
      persistence: {
        enabled: true,
        storageClass: "fast",
        size: "2Gi",
        annotations: { "helm.sh/resource-policy": "keep" },
      },
      config: {
        health_port: 9090,
        buffer_size: 1000000,
        events: { backlog: "all" },
        outbox: { spool_max_bytes: "1Gi" },
      },
      rbac: { extraRules: [{ apiGroups: ["cert-manager.io"], resources: ["certificates"], verbs: ["get", "list"] }] },
      serviceAccount: { name: "reporter", annotations: { purpose: "reports" } },
      resources: { requests: { memory: "256Mi" }, limits: { memory: "512Mi" } },
      podSecurityContext: { runAsUser: null, runAsGroup: null, fsGroup: null },
      extraEnv: [{ name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "http://collector:4318" }],
      podAnnotations: { "example.com/team": "platform" },
      podLabels: { team: "platform" },
      nodeSelector: { "node-role.kubernetes.io/infra": "" },
      tolerations: [{ key: "infra", operator: "Exists", effect: "NoSchedule" }],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{
              matchExpressions: [{ key: "kubernetes.io/arch", operator: "In", values: ["amd64"] }],
            }],
          },
        },
      },
      priorityClassName: "system-cluster-critical",
      networkPolicy: { extraEgress: [{ ports: [{ protocol: "TCP", port: 4318 }] }] },
      pdb: { enabled: true },
      service: { annotations: { purpose: "metrics" } },
      serviceMonitor: { enabled: true, labels: { release: "prometheus" } },
    },
  },
  "commands-off": { values: { config: { enable_commands: false }, networkPolicy: { enabled: false } } },
};

/**
 * helm's path, or `null` with one loud line where it can not be had. Building it takes minutes, which the end-to-end suite
 * may (`build`): a control plane takes longer.
 */
export async function findHelm({ build }: { readonly build: boolean }): Promise<string | null> {
  try {
    return await findTool("helm", { fetch: build });
  } catch (error) {
    if (!(error instanceof ToolMissingError)) throw error;
    process.stderr.write(`SKIPPED: the chart; ${error.message}; deno task test:e2e builds it\n`);
    return null;
  }
}

/** Without it helm takes the Kubernetes it was built with, which for one built from its Go module is 1.20. */
const KUBE_VERSION = ["--kube-version", KUBERNETES_VERSION];

/** `helm lint`, whatever its exit code. */
export function helmLint(helm: string): Promise<ToolResult> {
  return runTool(helm, ["lint", "--strict", ...KUBE_VERSION, CHART_FOLDER]);
}

/** `helm template` with values on standard input, whatever its exit code. */
export function helmTemplate(helm: string, given: ChartCase): Promise<ToolResult> {
  const { release = "agent", namespace = "aetherius-agent", values = {} } = given;
  const args = ["template", release, CHART_FOLDER, ...KUBE_VERSION, "--namespace", namespace, "--values", "-"];
  return runTool(helm, args, { stdin: JSON.stringify(values) });
}

/** What a person who installs the chart reads; no cluster is asked. */
export async function renderNotes(helm: string, values: unknown): Promise<string> {
  const args = [
    "install",
    "agent",
    CHART_FOLDER,
    "--namespace",
    "aetherius-agent",
    "--dry-run=client",
    "--values",
    "-",
  ];
  const run = await runTool(helm, args, { stdin: JSON.stringify(values) });
  if (run.code !== 0) throw new Error(`helm install ended with ${run.code}: ${run.stderr}`);
  return run.stdout.slice(run.stdout.indexOf("\nNOTES:\n"));
}

/** The chart's objects as text; fails with helm's words. */
export async function renderChart(helm: string, given: ChartCase = {}): Promise<string> {
  const run = await helmTemplate(helm, given);
  if (run.code !== 0) throw new Error(`helm template ended with ${run.code}: ${run.stderr}`);
  return run.stdout;
}

/** Every object in a text of YAML documents, sorted by kind and name. YAML 1.1, as kubectl and helm read it: 0440 is octal. */
export function parseObjects(text: string): KubeObject[] {
  const keyOf = ({ kind, metadata }: KubeObject) => `${kind} ${metadata.namespace ?? ""} ${metadata.name}`;
  return parseAllDocuments(text, { version: "1.1" }).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    const value: unknown = document.toJS();
    return value === null ? [] : [objectSchema.parse(value)];
  }).sort((a, b) => keyOf(a) < keyOf(b) ? -1 : 1);
}

/** What only tells who manages an object: labels that charts have by convention, and the checksum that rolls a pod. */
const BOOKKEEPING = new Set([
  "app.kubernetes.io/instance",
  "app.kubernetes.io/version",
  "app.kubernetes.io/managed-by",
  "helm.sh/chart",
  "checksum/config",
]);

/** The object without bookkeeping, and the agent's configuration in it as a value: comments and order are no substance. */
export function substanceOf(value: unknown, key = ""): unknown {
  if (key === "config.yaml" && typeof value === "string") return substanceOf(parse(value));
  if (Array.isArray(value)) return value.map((item) => substanceOf(item));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => !BOOKKEEPING.has(name)).sort(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(entries.map(([name, inner]) => [name, substanceOf(inner, name)]));
}

/** Compares by the recorded text, or records it with UPDATE_GOLDEN=1. Helm's own comments and spacing do not count. */
export async function readGolden(
  name: string,
  objects: readonly KubeObject[],
): Promise<{ found: string; want: string }> {
  const found = objects.map((object) => `---\n${stringify(object, { sortMapEntries: true, lineWidth: 0 })}`).join("");
  const file = new URL(`${name}.yaml`, GOLDEN);
  if (process.env["UPDATE_GOLDEN"] === "1") {
    await mkdir(GOLDEN, { recursive: true });
    await writeFile(file, found);
  }
  return { found, want: await readFile(file, "utf8") };
}
