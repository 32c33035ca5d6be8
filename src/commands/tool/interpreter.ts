/** Programs that run whatever they are given, start other programs, or give a way out to a shell. */
const INTERPRETERS: ReadonlySet<string> = new Set(
  (
    "sh bash dash ash zsh ksh mksh fish csh tcsh rbash pwsh powershell busybox toybox " +
    "python perl ruby node nodejs deno bun lua luajit php java javascript jshell groovy scala tclsh wish expect guile racket R Rscript julia " +
    "awk gawk mawk nawk sed ed ex vi vim nvim view emacs nano less more man " +
    "env xargs find parallel watch time timeout nohup nice ionice setsid stdbuf script screen tmux chroot unshare nsenter " +
    "sudo su doas runuser gosu su-exec setpriv capsh pkexec systemd-run " +
    "ssh telnet nc ncat netcat socat gdb strace ltrace perf bpftrace tcpdump " +
    "docker podman nerdctl ctr crictl runc make git tar rsync cpio ld.so ld-linux.so"
  ).split(" "),
);

/**
 * Whether a file's base name is that of a shell, an interpreter or a launcher, with or without a version
 * (`python3.12`, `bash5`, `ld-linux-x86-64.so.2`).
 */
export function isInterpreter(baseName: string): boolean {
  if (INTERPRETERS.has(baseName) || /^ld-(?:linux|musl)/.test(baseName)) return true;
  return INTERPRETERS.has(baseName.replace(/-?\d[\d.]*$/, ""));
}
