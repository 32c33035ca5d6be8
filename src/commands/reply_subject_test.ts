import assert from "node:assert/strict";
import { judgeReplySubject, type ReplyRules, type ReplyVerdict } from "./reply_subject.ts";

const USUAL: ReplyRules = {
  prefixes: ["_INBOX.", "_R_."],
  ownSubjects: ["agent.result.*", "agent.event.*", "agent.command.*"],
};
const LOOSE: ReplyRules = {
  prefixes: ["agent.", "fleet."],
  ownSubjects: ["agent.result.*", "fleet.*.event", "fleet.x-*", "agent.*.*.twice"],
};

const CASES: readonly { subject: string | null; rules?: ReplyRules; want: ReplyVerdict }[] = [
  { subject: null, want: "none" },
  { subject: "", want: "none" },
  { subject: "_INBOX.abc.1", want: "sent" },
  { subject: "_R_.Ab12.cd", want: "sent" },
  { subject: "_INBOX.", want: "withheld" },
  { subject: "_INBOX", want: "withheld" },
  { subject: "_INBOXES.abc", want: "withheld" },
  { subject: "_inbox.abc", want: "withheld" },
  { subject: "_INBOX.*", want: "withheld" },
  { subject: "_INBOX.>", want: "withheld" },
  { subject: "_INBOX..a", want: "withheld" },
  { subject: "_INBOX.a b", want: "withheld" },
  { subject: "_INBOX.a\r\nPUB x", want: "withheld" },
  { subject: `_INBOX.${"x".repeat(600)}`, want: "withheld" },
  { subject: "agent.result.prod-us-1", want: "withheld" },
  { subject: "agent.event.prod-us-1", want: "withheld" },
  { subject: "$JS.API.STREAM.PURGE.AGENT", want: "withheld" },
  { subject: "$SYS.REQ.SERVER.PING", want: "withheld" },
  { subject: "orders.created", want: "withheld" },
  { subject: "agent.result.other", rules: LOOSE, want: "withheld" },
  { subject: "agent.answers.1", rules: LOOSE, want: "sent" },
  { subject: "fleet.prod.event", rules: LOOSE, want: "withheld" },
  { subject: "fleet.a.b.event", rules: LOOSE, want: "sent" },
  { subject: "fleet.x-prod", rules: LOOSE, want: "withheld" },
  { subject: "agent.a.b.twice", rules: LOOSE, want: "withheld" },
  { subject: "$JS.API.INFO", rules: { prefixes: ["$JS."], ownSubjects: [] }, want: "withheld" },
];

for (const { subject, rules, want } of CASES) {
  const shown = JSON.stringify(subject)?.slice(0, 40);
  Deno.test(`reply subject: ${shown}${rules === undefined ? "" : " with loose prefixes"} is ${want}`, () => {
    assert.equal(judgeReplySubject(subject, rules ?? USUAL), want);
  });
}
