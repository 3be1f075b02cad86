{{- define "teahouse.name" -}}
{{- if contains "teahouse" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-teahouse" .Release.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "teahouse.selector" -}}
app.kubernetes.io/name: teahouse
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "teahouse.labels" -}}
{{ include "teahouse.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "teahouse.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}{{ else }}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "teahouse.config" -}}
{{- $listen := dict "mqtt" ":1883" "ws" ":8083" "admin" ":8090" "metrics" ":8091" }}
{{- $admin := dict "insecure" true }}
{{- $ours := dict "data" "/var/lib/teahouse" "listen" $listen "admin" $admin "log" (dict "format" "json") }}
{{- if .Values.tls.secret }}
{{- $_ := set $ours "tls" (dict "cert" "/run/secrets/teahouse-tls/tls.crt" "key" "/run/secrets/teahouse-tls/tls.key") }}
{{- $_ := set $listen "mqtts" ":8883" }}
{{- $_ := set $ours "admin" (dict "tls" true) }}
{{- end }}
{{- toYaml (mergeOverwrite $ours (deepCopy .Values.config)) }}
{{- end }}
