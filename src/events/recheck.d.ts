/** The part of recheck's types that is used; its browser build carries none. */
declare const recheck: {
  checkSync(source: string, flags: string, options?: { readonly timeout?: number }): {
    readonly status: "safe" | "vulnerable" | "unknown";
    readonly complexity?: { readonly type: string; readonly degree?: number };
  };
};
export default recheck;
