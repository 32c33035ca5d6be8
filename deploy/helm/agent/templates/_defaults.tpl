{{- /*
  A section with nothing below it (`nats:`) is null, and Helm takes its defaults away. They are put back, as if the section
  were not there. Each template begins with this; a second time it changes nothing.
*/ -}}
{{- define "agent.fillSections" -}}
{{- $values := .Values -}}
{{- $defaults := .Files.Get "files/defaults.yaml" | fromYaml -}}
{{- range list "image" "nats" "config" "namespaced" "rbac" "serviceAccount" "namespace" "persistence" "networkPolicy" "pdb" "service" "serviceMonitor" "podMonitor" "prometheusRule" "dashboard" -}}
{{- if not (kindIs "map" (get $values .)) }}{{ $_ := set $values . (get $defaults .) }}{{ end -}}
{{- end -}}
{{- if not (kindIs "map" $values.nats.tls) }}{{ $_ := set $values.nats "tls" $defaults.nats.tls }}{{ end -}}
{{- end -}}
