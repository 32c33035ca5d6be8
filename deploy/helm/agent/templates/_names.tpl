{{- /* At most 50 characters, so that what is put behind it still makes a name; a cut one ends in a digest of the whole. */ -}}
{{- define "agent.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- $full = default $full .Values.fullnameOverride -}}
{{- if gt (len $full) 50 -}}
{{- printf "%s-%s" ($full | trunc 41 | trimSuffix "-") ($full | sha256sum | trunc 8) -}}
{{- else -}}
{{- $full | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- /* What is named outside the release's namespace carries the namespace. A release of the usual name needs no more. */ -}}
{{- define "agent.outsideName" -}}
{{- $fullname := include "agent.fullname" . -}}
{{- if eq $fullname "agent" -}}{{ .Release.Namespace }}{{- else -}}{{ .Release.Namespace }}-{{ $fullname }}{{- end -}}
{{- end -}}

{{- define "agent.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "agent.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name is needed with serviceAccount.create: false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "agent.selectorLabels" -}}
app.kubernetes.io/name: aetherius-agent
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "agent.labels" -}}
{{ include "agent.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- /*
  An object's metadata: `root`, `name`, `namespace` ("" for what belongs to the cluster), more `labels` and `annotations`.
  What the chart selects by can't be replaced.
*/ -}}
{{- define "agent.metadata" -}}
name: {{ .name }}
{{- with .namespace }}
namespace: {{ . }}
{{- end }}
labels:
  {{- merge (include "agent.labels" .root | fromYaml) (.labels | default dict) (.root.Values.commonLabels | default dict) | toYaml | nindent 2 }}
{{- with merge (dict) (.annotations | default dict) (.root.Values.commonAnnotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "agent.subject" -}}
- kind: ServiceAccount
  name: {{ include "agent.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}

{{- /* The namespaces of namespaced mode, as JSON; empty: the whole cluster. */ -}}
{{- define "agent.namespaces" -}}
{{- if .Values.namespaced.enabled -}}
{{- default (list .Release.Namespace) .Values.namespaced.namespaces | toJson -}}
{{- else -}}
[]
{{- end -}}
{{- end -}}
