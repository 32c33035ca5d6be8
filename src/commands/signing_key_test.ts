import assert from "node:assert/strict";
import { createUser, fromPublic } from "@nats-io/nkeys";
import { openSigningKey } from "./signing_key.ts";

Deno.test("signing key: the nkeys library verifies what it signs, under the same public key", () => {
  for (let round = 0; round < 5; round++) {
    const pair = createUser();
    const key = openSigningKey(new TextDecoder().decode(pair.getSeed()));
    assert.equal(key.publicKey, pair.getPublicKey());
    const bytes = crypto.getRandomValues(new Uint8Array(100));
    assert.equal(fromPublic(key.publicKey).verify(bytes, key.sign(bytes)), true);
  }
});

for (const seed of ["", "SUNOTASEED", createUser().getPublicKey()]) {
  Deno.test(`signing key: ${seed === "" ? "nothing" : seed.slice(0, 2) + "…"} is no seed, and is not quoted`, () => {
    assert.throws(() => openSigningKey(seed), (error: Error) => seed === "" || !error.message.includes(seed));
  });
}
