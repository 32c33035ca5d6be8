import assert from "node:assert/strict";
import { diffTemplate, type TemplateChange } from "./diff_template.ts";

const container = (more: object = {}) => ({ name: "app", image: "registry.example/web:1", ...more });
const template = (spec: object, metadata: object = {}) => ({ metadata, spec });
const pod = (more: object = {}, spec: object = {}) => template({ containers: [container(more)], ...spec });

interface Row {
  readonly name: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly changes: readonly TemplateChange[];
}

const ROWS: readonly Row[] = [
  { name: "nothing", before: pod(), after: pod(), changes: [] },
  {
    name: "an image, a limit and a selector",
    before: pod({ resources: { limits: { memory: "64Mi", cpu: "1" } } }),
    after: pod({ image: "registry.example/web:2", resources: { limits: { memory: "32Mi", cpu: "1" } } }, {
      nodeSelector: { disk: "ssd" },
    }),
    changes: [
      {
        path: "containers[app].image",
        change: "changed",
        from: "registry.example/web:1",
        to: "registry.example/web:2",
      },
      { path: "containers[app].resources.limits.memory", change: "changed", from: "64Mi", to: "32Mi" },
      { path: "nodeSelector", change: "added", to: '{"disk":"ssd"}' },
    ],
  },
  {
    name: "of variables and annotations the names alone",
    before: {
      metadata: { annotations: { "checksum/config": "a" }, labels: { app: "web", "pod-template-hash": "1" } },
      spec: { containers: [container({ env: [{ name: "LEVEL", value: "info" }, { name: "OLD", value: "hunter2" }] })] },
    },
    after: {
      metadata: { annotations: { "checksum/config": "b" }, labels: { app: "web", "pod-template-hash": "2" } },
      spec: {
        containers: [container({ env: [{ name: "LEVEL", value: "debug" }, { name: "NEW", value: "hunter3" }] })],
      },
    },
    changes: [
      { path: "annotations[checksum/config]", change: "changed" },
      { path: "containers[app].env[LEVEL]", change: "changed" },
      { path: "containers[app].env[OLD]", change: "removed" },
      { path: "containers[app].env[NEW]", change: "added" },
    ],
  },
  {
    name: "the first variables of a container",
    before: pod(),
    after: pod({ env: [{ name: "LEVEL", value: "info" }] }),
    changes: [{ path: "containers[app].env[LEVEL]", change: "added" }],
  },
  {
    name: "a new container is one change, without the values of its variables",
    before: pod(),
    after: template({
      containers: [container(), { name: "side", image: "proxy:1", env: [{ name: "P", value: "hunter2" }] }],
    }),
    changes: [{ path: "containers[side]", change: "added", to: '{"name":"side","image":"proxy:1"}' }],
  },
  {
    name: "containers in another order are the same",
    before: template({ containers: [{ name: "a" }, { name: "b", image: "x" }] }),
    after: template({ containers: [{ name: "b", image: "y" }, { name: "a" }] }),
    changes: [{ path: "containers[b].image", change: "changed", from: "x", to: "y" }],
  },
  {
    name: "arguments as lists, probes and headers by name",
    before: pod({
      args: ["--port", "80"],
      livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name: "A", value: "1" }] } },
    }),
    after: pod({
      args: ["--port", "81"],
      livenessProbe: { httpGet: { port: 81, httpHeaders: [{ name: "A", value: "2" }] } },
    }),
    changes: [
      { path: "containers[app].args", change: "changed", from: '["--port","80"]', to: '["--port","81"]' },
      { path: "containers[app].livenessProbe.httpGet.port", change: "changed", from: "80", to: "81" },
      { path: "containers[app].livenessProbe.httpGet.httpHeaders[A]", change: "changed" },
    ],
  },
  { name: "what is no template", before: null, after: "x", changes: [] },
];

for (const { name, before, after, changes } of ROWS) {
  Deno.test(`template diff: ${name}`, () => {
    assert.deepEqual(diffTemplate(before, after, (value) => value), { changes, leftOut: 0 });
  });
}

Deno.test("template diff: more than forty changes are counted", () => {
  const env = (value: string) => Array.from({ length: 100 }, (_, index) => ({ name: `V${index}`, value }));
  const { changes, leftOut } = diffTemplate(pod({ env: env("a") }), pod({ env: env("b") }), (value) => value);
  assert.deepEqual([changes.length, leftOut], [40, 60]);
});
