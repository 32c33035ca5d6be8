import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { type DnsServer, type DnsZone, startDnsServer } from "../../../test/support/dns_server.ts";
import { createTempDir, type TempDir } from "../../../sandbox/temp_dir.ts";
import { createNameLookup, type LookUpName } from "./look_up_name.ts";

const never = new AbortController().signal;

async function withZone(
  zone: DnsZone,
  body: (lookUp: LookUpName, dns: DnsServer, folder: TempDir) => Promise<void>,
): Promise<void> {
  await using dns = await startDnsServer(zone);
  await using folder = await createTempDir("lookup");
  await writeFile(
    folder.file("resolv.conf"),
    "search shop.svc.cluster.local svc.cluster.local cluster.local\n" +
      "nameserver 127.0.0.1\noptions ndots:5\n",
  );
  await writeFile(folder.file("hosts"), "10.9.9.9 pinned.example\n");
  const options = { resolvConf: folder.file("resolv.conf"), hosts: folder.file("hosts"), port: dns.port };
  await body(createNameLookup(options), dns, folder);
}

const ZONE: DnsZone = {
  "web.shop.svc.cluster.local": ["10.1.2.3", "10.1.2.4"],
  "www.example.com": ["192.0.2.7"],
  "late.example": "silent",
  "broken.example.shop.svc.cluster.local": "servfail",
  "broken.example": ["192.0.2.8"],
};

const FOUND: readonly { name: string; asked: string; want: readonly string[] }[] = [
  { name: "a service by its short name", asked: "web", want: ["10.1.2.3", "10.1.2.4"] },
  {
    name: "a service by name and namespace, as curl http://web.shop asks",
    asked: "web.shop",
    want: ["10.1.2.3", "10.1.2.4"],
  },
  { name: "a service by its full name", asked: "web.shop.svc.cluster.local", want: ["10.1.2.3", "10.1.2.4"] },
  { name: "a name outside the cluster", asked: "www.example.com", want: ["192.0.2.7"] },
  { name: "a name of the hosts file, and DNS is not asked", asked: "pinned.example", want: ["10.9.9.9"] },
  { name: "a name that one search domain can't tell", asked: "broken.example", want: ["192.0.2.8"] },
  { name: "a name that is nowhere", asked: "nowhere.example", want: [] },
];

for (const { name, asked, want } of FOUND) {
  Deno.test(`name lookup: ${name}`, async () => {
    await withZone(ZONE, async (lookUp, dns) => {
      const found = await lookUp(asked, { deadlineMs: 5_000, signal: never });
      assert.deepEqual([...found].sort(), want);
      if (asked === "pinned.example") assert.deepEqual(dns.asked, []);
    });
  });
}

Deno.test("name lookup: a hundred names that nobody answers for end in time, and files are written meanwhile", async () => {
  await withZone({ "late.example.shop.svc.cluster.local": "silent" }, async (lookUp, _dns, folder) => {
    const startMs = performance.now();
    const lookups = Array.from({ length: 100 }, () => lookUp("late.example", { deadlineMs: 800, signal: never }));
    await writeFile(folder.file("written"), "at once");
    assert.equal(await readFile(folder.file("written"), "utf8"), "at once");
    const writtenMs = performance.now() - startMs;
    assert.deepEqual(new Set((await Promise.all(lookups)).map(({ length }) => length)), new Set([0]));
    const endedMs = performance.now() - startMs;
    assert.ok(writtenMs < 700, `the file took ${Math.round(writtenMs)} ms`);
    assert.ok(endedMs >= 790 && endedMs < 5_000, `the lookups took ${Math.round(endedMs)} ms`);
  });
});

Deno.test("name lookup: the signal ends it", async () => {
  await withZone({ "late.example.shop.svc.cluster.local": "silent" }, async (lookUp) => {
    const controller = new AbortController();
    const lookup = lookUp("late.example", { deadlineMs: 60_000, signal: controller.signal });
    controller.abort();
    assert.deepEqual(await lookup, []);
    assert.deepEqual(await lookUp("web", { deadlineMs: 60_000, signal: controller.signal }), []);
  });
});
