/** What a tool may take at most, and what is set aside for it while it runs. */
export interface MemoryLimits {
  /** Bytes that one command may take. */
  readonly limitBytes: number;
  /** Bytes that all commands that run at a time may take together. */
  readonly totalBytes: number;
}

/** Tools that print a screen or ask one question. On Linux none of them was seen above 14 MiB. */
const SMALL_TOOLS: ReadonlySet<string> = new Set([
  "curl",
  "df",
  "dig",
  "free",
  "nslookup",
  "ping",
  "ps",
  "uname",
  "uptime",
  "wget",
  "whoami",
]);
const SMALL_BYTES = 16 * 2 ** 20;

/** The memory that is set aside for a command of this tool, in bytes: the limit, but for tools that are known to be small. */
export function memoryNeed(tool: string, { limitBytes }: MemoryLimits): number {
  return SMALL_TOOLS.has(tool) ? Math.min(SMALL_BYTES, limitBytes) : limitBytes;
}

/**
 * What RLIMIT_DATA counts beyond what is resident: memory that is mapped for writing and not used. Measured with
 * kubectl 1.36 (a Go program): 36 to 44 MiB, at 47 MiB resident and at 530.
 */
const UNUSED_BYTES = 48 * 2 ** 20;

/** The value of RLIMIT_DATA that keeps a process to about `limitBytes` of resident memory. */
export function dataLimit(limitBytes: number): number {
  return limitBytes + UNUSED_BYTES;
}

/** What programs say, at the beginning of standard error, when they get no more memory: Go, the C library, Python, C++. */
const NO_MEMORY = /out of memory|cannot allocate memory|memory (?:allocation failed|exhausted)|MemoryError|bad_alloc/i;
const TOLD_WITHIN = 2_048;

/** Whether what a program wrote to standard error as it failed says that it got no more memory. */
export function tellsNoMemory(stderr: string): boolean {
  return NO_MEMORY.test(stderr.slice(0, TOLD_WITHIN));
}
