import { createServer } from "node:http";
import process from "node:process";

// What any program on this runtime could do at best: an answer to everybody, and nothing else.
//
//   bare_server.ts PORT
createServer((_request, response) => response.end("ok\n")).listen(Number(process.argv[2]));
