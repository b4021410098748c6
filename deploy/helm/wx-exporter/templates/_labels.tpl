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

{{- /* A probe of a path: a list of the values of probes, and the path. */}}
{{- define "wx-exporter.probe" -}}
{{- $probes := index . 0 -}}
{{- if $probes.tcp -}}
tcpSocket:
  port: http
{{- else -}}
httpGet:
  path: {{ index . 1 }}
  port: http
  {{- if ne $probes.scheme "HTTP" }}
  scheme: {{ $probes.scheme }}
  {{- end }}
  {{- with $probes.headers }}
  httpHeaders: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
