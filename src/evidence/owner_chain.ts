/** An object in a chain of owners. */
export interface OwnerLink {
  readonly kind: string;
  readonly name: string;
}

/** Who a faulty object belongs to: the chain from its controller to the top. */
export interface OwnerChain {
  readonly links: readonly OwnerLink[];
  readonly top: OwnerLink;
  /** The template that the object was made from, "" where it is none's. */
  readonly replicaSet: string;
}
