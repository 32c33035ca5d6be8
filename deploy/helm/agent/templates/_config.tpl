{{- /* The agent's configuration: what the values say, then `config` over it. */ -}}
{{- define "agent.config" -}}
{{- $folder := "/var/run/secrets/agent-nats" -}}
{{- $config := dict "central_endpoint" .Values.centralEndpoint "max_retries" -1 -}}
{{- with .Values.clusterId }}{{ $_ := set $config "cluster_id" . }}{{ end -}}

{{- $nats := dict -}}
{{- include "agent.oneWayIn" .Values.nats -}}
{{- with .Values.nats -}}
{{- range $key, $file := dict "credentials_file" .credentialsKey "nkey_seed_file" .nkeySeedKey "token_file" .tokenKey "password_file" .passwordKey -}}
{{- with $file }}{{ $_ := set $nats $key (printf "%s/%s" $folder .) }}{{ end -}}
{{- end -}}
{{- with .user }}{{ $_ := set $nats "user" . }}{{ end -}}
{{- $tls := dict -}}
{{- if .tls.caConfigMap }}{{ $_ := set $tls "ca_file" (printf "/etc/agent-nats-ca/%s" (default "ca.crt" .tls.caKey)) }}{{ end -}}
{{- range $key, $file := dict "ca_file" (ternary "" .tls.caKey (not (empty .tls.caConfigMap))) "cert_file" .tls.certKey "key_file" .tls.keyKey -}}
{{- with $file }}{{ $_ := set $tls $key (printf "%s/%s" $folder .) }}{{ end -}}
{{- end -}}
{{- with .tls.serverName }}{{ $_ := set $tls "server_name" . }}{{ end -}}
{{- if $tls }}{{ $_ := set $nats "tls" $tls }}{{ end -}}
{{- if ne .delivery "core" }}{{ $_ := set $nats "delivery" .delivery }}{{ end -}}
{{- with .stream }}{{ $_ := set $nats "stream" . }}{{ end -}}
{{- end -}}
{{- if $nats }}{{ $_ := set $config "nats" $nats }}{{ end -}}

{{- if gt (int .Values.replicas) 1 -}}
{{- if .Values.persistence.enabled }}{{ fail "persistence.enabled needs replicas: 1: a volume of one pod vouches for nothing when another one takes over" }}{{ end -}}
{{- $_ := set $config "replicas" (dict "enabled" true "lease_name" (include "agent.fullname" .)) -}}
{{- end -}}

{{- if .Values.persistence.enabled -}}
{{- $_ := set $config "state" (dict "kind" "file") -}}
{{- $_ := set $config "outbox" (dict "spool_dir" "/var/lib/agent/spool") -}}
{{- else -}}
{{- $_ := set $config "state" (dict "kind" "configmap" "configmap" (dict "name" (printf "%s-state" (include "agent.fullname" .)))) -}}
{{- end -}}

{{- with include "agent.namespaces" . | fromJsonArray -}}
{{- $_ := set $config "events" (dict "namespaces" (dict "include" .)) -}}
{{- $_ := set $config "metrics" (dict "namespaces" .) -}}
{{- /* A Role can not read kube-system; a managed cluster's token issuer identifies it as well. */ -}}
{{- if not $.Values.clusterId }}{{ $_ := set $config "cluster" (dict "token_issuer" true) }}{{ end -}}
{{- end -}}

{{- mergeOverwrite $config (deepCopy .Values.config) | toYaml -}}
{{- end -}}

{{- /* Whether any key of the credentials Secret is used: then it must be there. */ -}}
{{- define "agent.secretNeeded" -}}
{{- with .Values.nats -}}
{{- if or .credentialsKey .nkeySeedKey .tokenKey .passwordKey (and .tls.caKey (not .tls.caConfigMap)) .tls.certKey .tls.keyKey }}true{{ end -}}
{{- end -}}
{{- end -}}

{{- define "agent.healthPort" -}}
{{- (include "agent.config" . | fromYaml).health_port | default 8080 | int -}}
{{- end -}}

{{- /* The schema refuses two ways to authenticate; half of one it can not refuse in words. */ -}}
{{- define "agent.oneWayIn" -}}
{{- if and .user (not .passwordKey) }}{{ fail "nats.user is set without nats.passwordKey: name the key of the Secret that holds the password" }}{{ end -}}
{{- if and .passwordKey (not .user) }}{{ fail "nats.passwordKey is set without nats.user: say whose password it is" }}{{ end -}}
{{- end -}}

{{- /* The ports to let out, as JSON: of the API server, of NATS, and those in the addresses (or their schemes' defaults). */ -}}
{{- define "agent.egressPorts" -}}
{{- $ports := list -}}
{{- range concat (.Values.networkPolicy.apiServerPorts | default list) (.Values.networkPolicy.natsPorts | default list) }}{{ $ports = append $ports (int .) }}{{ end -}}
{{- $addresses := (include "agent.config" . | fromYaml).central_endpoint -}}
{{- range kindIs "slice" $addresses | ternary $addresses (splitList "," (toString $addresses)) -}}
{{- $address := trim . | lower -}}
{{- $default := 4222 -}}
{{- if hasPrefix "ws://" $address }}{{ $default = 80 }}{{ else if hasPrefix "wss://" $address }}{{ $default = 443 }}{{ end -}}
{{- $host := regexReplaceAll "^[a-z]+://|[/?#].*$" $address "" -}}
{{- $port := regexFind ":[0-9]+$" $host | trimPrefix ":" -}}
{{- $ports = append $ports (ternary $default (int $port) (empty $port)) -}}
{{- end -}}
{{- uniq $ports | toJson -}}
{{- end -}}
