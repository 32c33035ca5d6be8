import assert from "node:assert/strict";
import { addressesInHosts, fullNames, parseResolvConf } from "./resolver_files.ts";

const POD = `search shop.svc.cluster.local svc.cluster.local cluster.local
nameserver 10.96.0.10
options ndots:5
`;

const CONFIGS: readonly { name: string; text: string; want: Partial<ReturnType<typeof parseResolvConf>> }[] = [
  {
    name: "a pod's",
    text: POD,
    want: {
      servers: ["10.96.0.10"],
      search: ["shop.svc.cluster.local", "svc.cluster.local", "cluster.local"],
      ndots: 5,
    },
  },
  { name: "an empty one", text: "", want: { servers: [], search: [], ndots: 1 } },
  {
    name: "comments, tabs and carriage returns",
    text: "# nameserver 1.1.1.1\n;nameserver 2.2.2.2\nnameserver\t2001:db8::53\r\n",
    want: { servers: ["2001:db8::53"] },
  },
  { name: "of domain and search the last counts", text: "search a b\ndomain c.\n", want: { search: ["c"] } },
  { name: "a server that is no address", text: "nameserver evil.example\n", want: { servers: [] } },
  {
    name: "more servers than are asked",
    text: "nameserver 1.1.1.1\nnameserver 2.2.2.2\nnameserver 3.3.3.3\nnameserver 4.4.4.4\n",
    want: { servers: ["1.1.1.1", "2.2.2.2", "3.3.3.3"] },
  },
  { name: "ndots above the limit", text: "options edns0 ndots:99\n", want: { ndots: 15 } },
];

for (const { name, text, want } of CONFIGS) {
  Deno.test(`resolv.conf: ${name}`, () => {
    const config = parseResolvConf(text);
    assert.deepEqual({ ...config, ...want }, config);
  });
}

const NAMES: readonly { name: string; asked: string; ndots: number; want: readonly string[] }[] = [
  {
    name: "fewer dots than ndots: search first",
    asked: "web.shop",
    ndots: 5,
    want: ["web.shop.a", "web.shop.b", "web.shop"],
  },
  {
    name: "enough dots: the name itself first",
    asked: "web.shop",
    ndots: 1,
    want: ["web.shop", "web.shop.a", "web.shop.b"],
  },
  { name: "a closing dot: no search", asked: "web.", ndots: 5, want: ["web"] },
  { name: "a name that would get too long", asked: "x".repeat(252), ndots: 1, want: ["x".repeat(252)] },
];

for (const { name, asked, ndots, want } of NAMES) {
  Deno.test(`names that are looked up: ${name}`, () => {
    assert.deepEqual(fullNames(asked, { servers: [], search: ["a", "b"], ndots }), want);
  });
}

Deno.test("hosts file: every address of a name, in order, in any case", () => {
  const hosts = "127.0.0.1 localhost\n10.0.0.1 Web web.shop # the web\n::1 localhost\nbad web\n10.0.0.2\tweb.\n";
  assert.deepEqual(addressesInHosts(hosts, "web"), ["10.0.0.1", "10.0.0.2"]);
  assert.deepEqual(addressesInHosts(hosts, "localhost"), ["127.0.0.1", "::1"]);
  assert.deepEqual(addressesInHosts(hosts, "the"), []);
});
