{{- define "unspool.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "unspool.selector" -}}
app.kubernetes.io/name: unspool
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "unspool.labels" -}}
{{ include "unspool.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}
