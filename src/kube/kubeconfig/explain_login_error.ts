import { AgentError, errorCode, errorMessage } from "../../lifecycle/errors.ts";
import { redactText } from "../../redaction/redact_text.ts";
import type { ChosenContext } from "./choose_context.ts";

/** Of what a plugin says on its way out. */
const WORDS_LIMIT = 400;

/**
 * Why nobody could be logged in, without a secret: what a plugin prints instead of JSON is where its token stands, and what
 * it says of an error is redacted and cut. A plugin that is not there is told with the file's own hint.
 */
export function explainLoginError(error: unknown, chosen: ChosenContext): AgentError {
  const { user } = chosen;
  const failed = (problem: string) => loginError(chosen, problem);
  if (error instanceof AgentError) return error;
  const { exec } = user;
  if (!exec) {
    if (error instanceof SyntaxError) {
      return failed("its token is not JSON where it should be; check the context's user");
    }
    return failed(fileProblem(error) ?? shortened(errorMessage(error)));
  }
  const plugin = exec.command ?? "";
  if (isStartFailure(error)) {
    const hint = exec.installHint ? `: ${shortened(exec.installHint)}` : "; install it, or put it in $PATH";
    return failed(`its exec plugin ${plugin} can't be started (${errorCode(error)})${hint}`);
  }
  // Without the cause: it quotes what should have been JSON.
  if (error instanceof SyntaxError || error instanceof TypeError) {
    return failed(
      `what its exec plugin ${plugin} printed is no ExecCredential with a status, or not JSON; check the context's user`,
    );
  }
  const said = shortened(errorMessage(error));
  return failed(`its exec plugin ${plugin} ended with an error${said === "Error" ? "" : `: ${said}`}`);
}

/** An error of logging in, with the context that is meant. */
export function loginError({ name }: ChosenContext, problem: string): AgentError {
  return new AgentError("bad_input", `Cannot log in with the kubeconfig (context ${name}): ${problem}`);
}

/** Which file that the kubeconfig names can't be read. */
function fileProblem(error: unknown): string | null {
  if (!(error instanceof Error && "path" in error)) return null;
  return `it names ${String(error.path)}, which can't be read (${
    errorCode(error)
  }); correct the path or the file's rights`;
}

/** The program can't be started; a file that the kubeconfig names can be missing too. */
function isStartFailure(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && String(error.syscall).startsWith("spawn");
}

function shortened(text: string): string {
  const line = redactText(text.slice(0, 20 * WORDS_LIMIT), { cut: true }).text.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  return line.length > WORDS_LIMIT ? `${line.slice(0, WORDS_LIMIT)}…` : line;
}
