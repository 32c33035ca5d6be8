import * as z from "zod/mini";

// The keys as client-go knows them (tools/clientcmd/api/v1/types.go). Others are passed over.
const text = z.nullish(z.string());

export const contextSchema = z.looseObject({ cluster: text, user: text, namespace: text });

export const clusterSchema = z.looseObject({
  server: text,
  "tls-server-name": text,
  "insecure-skip-tls-verify": z.nullish(z.boolean()),
  "certificate-authority": text,
  "certificate-authority-data": text,
  "proxy-url": text,
  extensions: z.nullish(z.array(z.looseObject({ name: z.string() }))),
});

const execSchema = z.looseObject({
  apiVersion: text,
  command: text,
  args: z.nullish(z.array(z.string())),
  env: z.nullish(z.array(z.object({ name: z.string(), value: z.string() }))),
  installHint: text,
  interactiveMode: text,
  provideClusterInfo: z.nullish(z.boolean()),
});

export const userSchema = z.looseObject({
  "client-certificate": text,
  "client-certificate-data": text,
  "client-key": text,
  "client-key-data": text,
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  as: text,
  "as-uid": text,
  "as-groups": z.nullish(z.array(z.string())),
  "as-user-extra": z.nullish(z.record(z.string(), z.array(z.string()))),
  "auth-provider": z.nullish(z.looseObject({ name: z.string() })),
  exec: z.nullish(execSchema),
});

export type KubeconfigCluster = z.infer<typeof clusterSchema>;
export type KubeconfigUser = z.infer<typeof userSchema>;
export type KubeconfigExec = z.infer<typeof execSchema>;
