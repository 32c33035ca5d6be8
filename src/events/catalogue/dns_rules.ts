import type { Rule } from "../rule.ts";

/** Faults of the category `dns`. */
export const dnsRules: readonly Rule[] = [
  {
    id: "dns.pod.config_over_limit",
    reason: "DNSConfigForming",
    kinds: ["Pod"],
    severity: "medium",
    category: "dns",
    explanation: "The pod's DNS configuration is over its limits and was shortened",
    source: "kubernetes/kubernetes@v1.20.2 pkg/kubelet/network/dns/dns.go:125",
  },
  {
    id: "dns.node.resolv_conf",
    reason: "CheckLimitsForResolvConf",
    kinds: ["Node"],
    severity: "low",
    category: "dns",
    explanation: "The node's resolv.conf is over the limits",
    source: "kubernetes/kubernetes@v1.20.2 pkg/kubelet/network/dns/dns.go:159",
  },
  {
    id: "dns.kubelet.no_cluster_dns",
    reason: "MissingClusterDNS",
    kinds: ["Pod"],
    severity: "medium",
    category: "dns",
    explanation: "The kubelet knows no cluster DNS server",
    source: "kubernetes/kubernetes@v1.20.2 pkg/kubelet/network/dns/dns.go:364",
  },
  {
    id: "dns.node.unreachable",
    reason: "DNSUnreachable",
    kinds: ["Node"],
    severity: "critical",
    category: "dns",
    explanation: "The node cannot resolve names",
    source: "kubernetes/node-problem-detector@6632ca6714 config/network-problem-monitor.json:21",
  },
];
