{{- define "wx-exporter.selector" -}}
app.kubernetes.io/name: wx-exporter
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "wx-exporter.labels" -}}
{{ include "wx-exporter.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}
