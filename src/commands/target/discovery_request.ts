/**
 * Asks for every group's types in one document (aggregated discovery). Servers before 1.30 know the beta of it. Every
 * account that is known to the API server may read it (`system:discovery`).
 */
export const DISCOVERY_REQUEST = {
  path: "/apis",
  accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList," +
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
  timeoutMs: 5_000,
  bodyLimitBytes: 16 * 2 ** 20,
} as const;
