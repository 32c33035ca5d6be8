/** Objects without a secret, of every shape that an expression can meet. Created, not applied: an applied object holds a copy of itself. */
export const PARITY_OBJECTS = `apiVersion: v1
kind: Namespace
metadata: {name: parity}
---
apiVersion: v1
kind: Pod
metadata:
  name: web-0
  namespace: parity
  labels: {app: web, app.kubernetes.io/name: web, tier: front}
  annotations: {note: "a<b>&\\"c\\" é\\t|", empty: "", multi: "one\\ntwo", example.com/port: "8080"}
spec:
  terminationGracePeriodSeconds: 0
  nodeSelector: {zone: a}
  containers:
  - name: app
    image: "nginx:1.27"
    ports: [{containerPort: 80, name: http}, {containerPort: 443, name: https}]
    resources: {requests: {cpu: 250m, memory: 64Mi}}
    env: [{name: PORT, value: "80"}, {name: LEVEL, value: info}]
  - {name: side, image: busybox}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: parity, labels: {app: web}}
spec:
  containers:
  - {name: app, image: "nginx:1.28", ports: [{containerPort: 8080}], env: [{name: PORT, value: "8080"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: bare, namespace: parity}
spec:
  hostNetwork: true
  containers: [{name: only, image: alpine}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: parity}
data: {a.b: dotted, plain: "value with spaces", lines: "x\\ny\\n"}
---
apiVersion: v1
kind: Pod
metadata: {name: secretive, namespace: default}
spec:
  containers:
  - {name: app, image: alpine, env: [{name: DB_PASSWORD, value: ENV-hunter2-PW}, {name: PORT, value: "80"}]}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gauges.parity.example.com}
spec:
  group: parity.example.com
  names: {kind: Gauge, plural: gauges, singular: gauge, shortNames: [gg]}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`;

/** A custom object with every kind of value. */
export const PARITY_GAUGE = `apiVersion: parity.example.com/v1
kind: Gauge
metadata: {name: one, namespace: parity}
weight: 1.5
tiny: 0.00001234
large: 1234567.75
whole: 3
long: 1234567890123
minus: -2.25
on: true
off: false
nothing: null
list: [1, 2.5, x, true, null, {a: 1}, [2]]
empty: []
hollow: {}
nested: {b: [x, y], a: {z: 1, k: null}}
`;

const PODS = "get pods -n parity";
const POD = "get pod web-0 -n parity";
const GAUGE = "get gauge one -n parity";
const NONE = "get pods -n kube-node-lease";
const MIXED = "get pods,cm -n parity --field-selector=metadata.name!=kube-root-ca.crt";

/** Queries, and the forms of output to compare: what kubectl prints, or that it fails. */
export const PARITY_ROWS: readonly (readonly [query: string, forms: readonly string[]])[] = [
  [PODS, [
    "jsonpath={.items[*].metadata.name}",
    'jsonpath={range .items[*]}{.metadata.name}{"\\t"}{.status.phase}{"\\n"}{end}',
    "jsonpath={.items[0].metadata.name}",
    "jsonpath={.items[-1:].metadata.name}",
    "jsonpath={.items[0:2].metadata.name}",
    "jsonpath={.items[::2].metadata.name}",
    "jsonpath={.items[*].spec.containers[*].image}",
    "jsonpath={.items[*].spec.containers[0].image}",
    "jsonpath={.items[*].spec.containers[*].ports[*].containerPort}",
    'jsonpath={.items[?(@.metadata.name=="web-1")].spec.containers[0].image}',
    "jsonpath={.items[?(@.spec.hostNetwork)].metadata.name}",
    "jsonpath={.items[?(@.spec.hostNetwork==true)].metadata.name}",
    "jsonpath={.items[*]['metadata.name','status.phase']}",
    "jsonpath={.items[*].metadata['name','namespace']}",
    "jsonpath={.apiVersion} {.kind} {.metadata}",
    "jsonpath={.items[*].metadata.labels.app\\.kubernetes\\.io/name}",
    "jsonpath={.items[*].metadata.labels['app\\.kubernetes\\.io/name']}",
    "jsonpath={.items[*].metadata.labels}",
    "jsonpath={.items[*].metadata.annotations}",
    "jsonpath={.items[*].metadata.annotations.note}",
    "jsonpath=text only",
    "jsonpath={\"quoted\\n\"}{'single\\t'}",
    'jsonpath={"\\x41\\u00e9\\101"}',
    "jsonpath={$.items[*].metadata.name}",
    "jsonpath={range .items[*]}{@.metadata.name} {end}",
    "jsonpath={range .items[*]}{range .spec.containers[*]}{.name}={.image};{end}|{end}",
    'jsonpath={range .items[*]}{.metadata.name}:{range .spec.containers[*].ports[*]}{.containerPort},{end}{"\\n"}{end}done',
    "jsonpath={range .items[*]}{.metadata.name}{end}{range .items[*]}{.metadata.namespace}{end}",
    "jsonpath={range .items[*].spec.containers[*]}{.name} {end}",
    'jsonpath={range .items[?(@.metadata.labels.tier=="front")]}{.metadata.name}{end}',
    "jsonpath={range .items[*]}{.metadata.name}",
    "jsonpath={.items[*].nope}",
    "jsonpath={..metadata.name}",
    "jsonpath={..containers[*].name}",
    'jsonpath={.items[*].spec.containers[*].env[?(@.name=="PORT")].value}',
    'jsonpath={.items[*].spec.containers[?(@.name!="app")].name}',
    "jsonpath={.items[*].spec.containers[*].ports[?(@.containerPort>100)].containerPort}",
    "jsonpath={.items[*].spec.containers[*].ports[?(@.containerPort<=443)].name}",
    "jsonpath={.items[0].spec.containers}",
    "jsonpath={.items[*].metadata.managedFields[*].manager}",
    "jsonpath={.items[0].metadata}",
    "jsonpath={.items[1]['metadata'].name}",
    "jsonpath={.items[*].spec.tolerations[*].key}",
    "jsonpath={true} {3} {-4} {.kind}",
    "jsonpath={.items[*]..image}",
    "jsonpath={.items[5].metadata.name}",
    "jsonpath={.items[*].metadata.name[0]}",
    "jsonpath={foo}",
    "jsonpath={end}",
    "jsonpath-as-json={.items[*].metadata.name}",
    "jsonpath-as-json={.items[*].metadata.labels}",
    "jsonpath-as-json={.items[*].metadata.annotations}",
    "jsonpath-as-json={range .items[*]}{.metadata.name}{.spec.containers[*].image}{end}",
    "jsonpath-as-json={.items[0].spec.containers}{.kind}text{.nope}",
    "custom-columns=NAME:.metadata.name",
    "custom-columns=:metadata.name",
    "custom-columns=:.metadata.name,:.metadata.namespace",
    "custom-columns=NAME:.metadata.name,IMAGE:.spec.containers[*].image",
    "custom-columns=N:{.metadata.name},P:{.spec.containers[0].ports[*].containerPort},L:.metadata.labels",
    "custom-columns=A:.metadata.annotations,N:.metadata.name",
    "custom-columns=LONG HEADER HERE:.metadata.name,X:.nope,Y:.spec.hostNetwork",
    "custom-columns=NAME:metadata.name,MULTI:.metadata.annotations.multi,Z:.kind",
    "custom-columns=N:.metadata.name,NOTE:.metadata.annotations.note,K:.kind",
    "custom-columns=CONTAINERS:.spec.containers",
    'custom-columns=F:.spec.containers[?(@.name=="side")].image',
    "custom-columns=R:..image",
    "custom-columns=X:.spec.containers[5].name",
  ]],
  [`${PODS} --no-headers`, ["custom-columns=N:.metadata.name,K:.kind", "custom-columns=N:.nope"]],
  [`${PODS} --sort-by=.spec.containers[0].image`, ["jsonpath={.items[*].metadata.name}", "custom-columns=N:.kind"]],
  [`${PODS} --allow-missing-template-keys=false`, ["jsonpath={.items[*].metadata.labels.tier}", "jsonpath={.nope}"]],
  [POD, [
    "jsonpath={.metadata.name}",
    "jsonpath={@.kind}",
    "jsonpath={.metadata.labels}",
    "jsonpath={.metadata.annotations.multi}",
    'jsonpath={range .spec.containers[*]}{.name}{"\\n"}{end}',
    "jsonpath={.items[*].metadata.name}",
    "jsonpath={range .items[*]}{.x}{end}",
    "jsonpath={.spec}",
    "jsonpath-as-json={.items[*]}",
    "custom-columns=NAME:.metadata.name,C:.spec.containers[*].name",
  ]],
  [GAUGE, [
    "jsonpath={.weight} {.tiny} {.large} {.whole} {.long} {.minus}",
    "jsonpath={.on} {.off} {.nothing}|",
    "jsonpath={.list}",
    "jsonpath={.list[*]}",
    "jsonpath={.empty}{.hollow}{.empty[*]}",
    "jsonpath={.empty[0]}",
    "jsonpath={.nested}",
    "jsonpath={.nested.b[-1]}",
    "jsonpath={.nested.b[1:]}",
    "jsonpath={.weight[0]}",
    "jsonpath-as-json={.list}{.nested}{.empty}{.nothing}",
    "custom-columns=W:.weight,T:.tiny,L:.list,N:.nested,O:.on,NO:.nothing,E:.empty,H:.hollow,LONG:.long",
  ]],
  ["get gauges -n parity", [
    "jsonpath={.items[?(@.weight>0.5)].metadata.name}",
    "jsonpath={.items[?(@.whole==3)].list}",
    "jsonpath={.items[?(@.weight>1)].whole}",
  ]],
  [NONE, [
    "jsonpath={.items[*].metadata.name}",
    "jsonpath={.items}",
    "jsonpath={.items[0]}",
    "jsonpath={range .items[*]}{.a.b[0]}{end}x",
    "custom-columns=NAME:.metadata.name,X:.kind",
  ]],
  ["get cm settings -n parity", ["jsonpath={.data.a\\.b}", "jsonpath={.data['a\\.b']}", "jsonpath={.data}"]],
  [MIXED, ["jsonpath={.items[*].kind}", "jsonpath={.items[*].data.plain}", "custom-columns=K:.kind,D:.data"]],
  ["get pod web-0 absent -n parity", ["jsonpath={.items[*].metadata.name}"]],
  ["get pod absent -n parity --ignore-not-found", ["jsonpath={.metadata.name}", "custom-columns=A:.kind"]],
];
