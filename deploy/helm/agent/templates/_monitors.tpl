{{- /* What a ServiceMonitor and a PodMonitor have in common: `root`, `monitor` (its values), `endpoints` (the field's name). */ -}}
{{- define "agent.monitor" -}}
metadata:
  {{- include "agent.metadata" (dict "root" .root "name" (include "agent.fullname" .root) "namespace" (.monitor.namespace | default .root.Release.Namespace) "labels" .monitor.labels) | nindent 2 }}
spec:
  namespaceSelector:
    matchNames: [{{ .root.Release.Namespace }}]
  selector:
    matchLabels:
      {{- include "agent.selectorLabels" .root | nindent 6 }}
  {{ .endpoints }}:
    - port: http
      path: /metrics
      interval: {{ .monitor.interval }}
      scrapeTimeout: {{ .monitor.scrapeTimeout }}
      {{- with .monitor.relabelings }}
      relabelings:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .monitor.metricRelabelings }}
      metricRelabelings:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end -}}
