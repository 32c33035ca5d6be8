{{- define "agent.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
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
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
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
