/** An expression that can't be evaluated, or whose result can't be printed exactly; the message is for the sender. */
export class PrintFailure extends Error {
  override readonly name = "PrintFailure";
}
