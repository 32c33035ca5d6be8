{{- /* What the configuration needs; `scope` is "cluster" or "namespace"; `workloads` says whether faults of workloads are wanted. */ -}}
{{- define "agent.reportRules" -}}
{{- if eq .scope "cluster" -}}
# The UID of kube-system is the cluster's id.
- apiGroups: [""]
  resources: [namespaces]
  resourceNames: [kube-system]
  verbs: [get]
- apiGroups: [""]
  resources: [events, nodes, pods, namespaces]
  verbs: [list, watch]
{{- else -}}
- apiGroups: [""]
  resources: [events, pods]
  verbs: [list, watch]
# Its own namespace: to RBAC it lies in itself.
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get]
{{- end }}
# Counted in metrics reports; the selectors of Services are judged beside the workloads.
- apiGroups: [""]
  resources: [services, configmaps]
  verbs: [list, watch]
- apiGroups: [metrics.k8s.io]
  resources: {{ if eq .scope "cluster" }}[nodes, pods]{{ else }}[pods]{{ end }}
  verbs: [list]
{{- if .workloads }}
# Faults of workloads, autoscalers and aggregated APIs: without these rules theirs are off.
- apiGroups: [apps]
  resources: [deployments, statefulsets, daemonsets]
  verbs: [list, watch]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [list, watch]
{{- if eq .scope "cluster" }}
- apiGroups: [apiregistration.k8s.io]
  resources: [apiservices]
  verbs: [list, watch]
{{- end }}
{{- end }}
{{- end -}}

{{- /* What `kubectl get`, `describe`, `logs` and `top` may look at. */ -}}
{{- define "agent.diagnoseRules" -}}
{{- $cluster := eq .scope "cluster" -}}
- apiGroups: [""]
  resources:
    - endpoints
    - events
    - limitranges
    {{- if $cluster }}
    - namespaces
    - nodes
    {{- end }}
    - persistentvolumeclaims
    {{- if $cluster }}
    - persistentvolumes
    {{- end }}
    - pods
    - replicationcontrollers
    - resourcequotas
    - serviceaccounts
    - services
  verbs: [get, list]
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [get, list]
- apiGroups: [apps]
  resources: [daemonsets, deployments, replicasets, statefulsets]
  verbs: [get, list]
- apiGroups: [batch]
  resources: [cronjobs, jobs]
  verbs: [get, list]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, list]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list]
- apiGroups: [networking.k8s.io]
  resources: {{ if $cluster }}[ingressclasses, ingresses, networkpolicies]{{ else }}[ingresses, networkpolicies]{{ end }}
  verbs: [get, list]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [get, list]
{{- if $cluster }}
- apiGroups: [storage.k8s.io]
  resources: [storageclasses, volumeattachments]
  verbs: [get, list]
{{- end }}
- apiGroups: [metrics.k8s.io]
  resources: {{ if $cluster }}[nodes, pods]{{ else }}[pods]{{ end }}
  verbs: [get, list]
{{- end -}}

{{- /* What evidence reads where commands, whose role has it all, are off; `logs` says whether logs are among it. */ -}}
{{- define "agent.evidenceRules" -}}
- apiGroups: [""]
  resources: {{ if eq .scope "cluster" }}[pods, services, persistentvolumeclaims, resourcequotas, nodes, namespaces]{{ else }}[pods, services, persistentvolumeclaims, resourcequotas]{{ end }}
  verbs: [get]
{{- if .logs }}
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
{{- end }}
- apiGroups: [apps]
  resources: [daemonsets, deployments, replicasets, statefulsets]
  verbs: [get]
- apiGroups: [apps]
  resources: [replicasets]
  verbs: [list]
- apiGroups: [batch]
  resources: [cronjobs, jobs]
  verbs: [get]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get]
- apiGroups: [metrics.k8s.io]
  resources: [pods]
  verbs: [get]
{{- end -}}

{{- /* A role and its binding: `root`, `scope`, `namespace` (with scope "namespace"), `name`, `rules`. */ -}}
{{- define "agent.roleAndBinding" -}}
{{- $kind := ternary "ClusterRole" "Role" (eq .scope "cluster") -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  {{- include "agent.metadata" . | nindent 2 }}
rules:
  {{- .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  {{- include "agent.metadata" . | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind }}
  name: {{ .name }}
subjects:
  {{- include "agent.subject" .root | nindent 2 }}
{{- end -}}
