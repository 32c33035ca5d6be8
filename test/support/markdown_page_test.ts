import assert from "node:assert/strict";
import { readMarkdownPage } from "./markdown_page.ts";

const PAGE = `# What is it?

A [link](a.md#b-c), \`not [one](x.md)\`, and \`agent run\`.

<!-- whole configuration -->

\`\`\`yaml
key: "[no](link.md)"
\`\`\`

\`\`\`
plain
\`\`\`

1. A step:

   <!-- file: a.txt -->

   \`\`\`text
   one
     two
   \`\`\`

## B, c
`;

Deno.test("markdown page: links, anchors, blocks and inline code are told apart", () => {
  const page = readMarkdownPage(PAGE);
  assert.deepEqual(page.links, ["a.md#b-c"]);
  assert.deepEqual([...page.anchors], ["what-is-it", "b-c"]);
  assert.deepEqual(page.blocks, [
    { language: "yaml", text: 'key: "[no](link.md)"\n', mark: "whole configuration" },
    { language: "", text: "plain\n", mark: "" },
    { language: "text", text: "one\n  two\n", mark: "file: a.txt" },
  ]);
  assert.deepEqual(page.spans, ["not [one](x.md)", "agent run"]);
});
