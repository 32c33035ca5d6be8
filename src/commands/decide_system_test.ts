import { testAllowed, testRefused } from "../../test/support/decision_table.ts";

testAllowed("a look at the node", [
  "ps aux",
  "ps -ef",
  "ps",
  { given: "ps -fe", want: "ps -ef" },
  { given: "ps -e -f", want: "ps -ef" },
  "df -h",
  "df",
  { given: "df --human-readable", want: "df -h" },
  "free -h",
  "free",
  { given: "free --human", want: "free -h" },
  "uptime",
  "uname -a",
  "uname",
  { given: "uname --all", want: "uname -a" },
  "whoami",
]);

testRefused("a node tool's other flag", "unknown_flag", [
  "ps -eo args",
  "ps -eww",
  "ps -efww",
  "ps -ef -o environ",
  "ps -aux",
  "ps --environment",
  "ps -E",
  "ps -C sshd",
  "df -h --output=source",
  "df -a",
  "free -s 1",
  "free -h -s 1",
  "uptime -p",
  "uname -r",
  "whoami --version",
  "whoami --help",
]);

testRefused("a node tool's other argument", "unexpected_argument", [
  "ps e",
  "ps eww",
  "ps auxe",
  "ps auxwwe",
  "ps aux e",
  "ps aux aux",
  "ps axo pid,environ",
  "df -h /etc",
  "df /proc/1/root",
  "uptime now",
  "whoami root",
]);
testRefused("two forms at once", "unknown_flag", ["ps -ef -ef", "df -h -h", "uname -a -a"]);
testRefused("two forms mixed", "unexpected_argument", ["ps aux -ef"]);
testRefused("a node tool's empty argument", "empty_argument", [["ps", ""], ["whoami", ""]]);
testRefused("a node tool's odd letters", "invalid_characters", [["ps", "aux\n"], ["ps", "аux"], ["df", "-h\u0000"]]);
testRefused("a node tool's end of options", "end_of_options", ["ps --", "df -h -- /etc", "df -"]);
