/** What the sandbox's one user may not do; everything else is allowed. */
export interface AccessRules {
  /** From now on `verb` on `resource` (a plural) is 403; the returned function lifts it. */
  forbid(verb: string, resource: string): () => void;
  allows(verb: string, resource: string): boolean;
}

export function createAccessRules(): AccessRules {
  const denied = new Set<string>();
  return {
    forbid(verb, resource) {
      denied.add(`${verb} ${resource}`);
      return () => void denied.delete(`${verb} ${resource}`);
    },
    allows: (verb, resource) => !denied.has(`${verb} ${resource}`),
  };
}
