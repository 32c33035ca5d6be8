/** Every code a refusal can carry. They are a contract: central programs branch on them, so none is renamed or reused. */
export const REFUSAL_CODES = ["unknown_flag"] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];
