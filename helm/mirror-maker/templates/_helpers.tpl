{{- define "mirror-maker.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "mirror-maker.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "mirror-maker.selectorLabels" -}}
app.kubernetes.io/name: {{ include "mirror-maker.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "mirror-maker.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "mirror-maker.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* metadata of everything; call with (list $ nameSuffix labels annotations) */ -}}
{{- define "mirror-maker.metadata" -}}
{{- $root := index . 0 -}}
name: {{ include "mirror-maker.fullname" $root | trunc (int (sub 63 (len (index . 1)))) | trimSuffix "-" }}{{ index . 1 }}
namespace: {{ $root.Release.Namespace }}
labels:
  {{- include "mirror-maker.labels" $root | nindent 2 }}
  {{- with index . 2 }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with index . 3 }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "mirror-maker.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "mirror-maker.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "mirror-maker.image" -}}
{{- with .Values.image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{- .Values.image.repository -}}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ default .Chart.AppVersion .Values.image.tag }}{{ end -}}
{{- end -}}

{{- define "mirror-maker.configSecret" -}}
{{- default (printf "%s-config" (include "mirror-maker.fullname" . | trunc 56 | trimSuffix "-")) .Values.config.existingSecret -}}
{{- end -}}

{{- /* a memory quantity in bytes */ -}}
{{- define "mirror-maker.bytes" -}}
{{- $units := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- $text := include "mirror-maker.scalar" . -}}
{{- if not (regexMatch "^[0-9]+(\\.[0-9]+)?([kMGT]|[KMGT]i)?$" $text) -}}
{{- fail (printf "resources.limits.memory=%s: write a number with one of the units Ki, Mi, Gi, Ti, k, M, G, T, such as 512Mi" $text) -}}
{{- end -}}
{{- $number := regexFind "^[0-9.]+" $text -}}
{{- mulf (float64 $number) (get $units (trimPrefix $number $text)) | int64 -}}
{{- end -}}

{{- /* a scalar as a user wrote it: 1000000 must not become 1e+06 */ -}}
{{- define "mirror-maker.scalar" -}}
{{- if kindIs "float64" . -}}
{{- if eq (floor .) . }}{{ printf "%.0f" . }}{{ else }}{{ printf "%v" . }}{{ end -}}
{{- else if kindIs "invalid" . -}}
{{- else -}}
{{- toString . -}}
{{- end -}}
{{- end -}}

{{- /* one selector for the time series of this release */ -}}
{{- define "mirror-maker.series" -}}
{{- if .Values.prometheusRule.selector -}}
{{- .Values.prometheusRule.selector -}}
{{- else -}}
{{- printf "namespace=%q,pod=~%q" .Release.Namespace (printf "%s-[a-z0-9]+-[a-z0-9]+" (include "mirror-maker.fullname" .)) -}}
{{- end -}}
{{- end -}}

{{- define "mirror-maker.validate" -}}
{{- if eq .Values.mode "worker" -}}
{{- fail "mode=worker: this version of Crosstide has no Connect worker yet (connect-distributed); use mode=mirror" -}}
{{- end -}}
{{- $sources := list -}}
{{- if .Values.config.existingSecret }}{{ $sources = append $sources "config.existingSecret" }}{{ end -}}
{{- if .Values.config.content }}{{ $sources = append $sources "config.content" }}{{ end -}}
{{- if or .Values.clusters .Values.flows .Values.defaults }}{{ $sources = append $sources "clusters/flows/defaults" }}{{ end -}}
{{- if gt (len $sources) 1 -}}
{{- fail (printf "the properties are given more than once (%s): keep one" (join ", " $sources)) -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled .Values.keda.enabled -}}
{{- fail "autoscaling.enabled and keda.enabled: both would scale the Deployment; keep one" -}}
{{- end -}}
{{- if and .Values.keda.enabled (not .Values.keda.prometheus.serverAddress) (not .Values.keda.triggers) -}}
{{- fail "keda.enabled: set keda.prometheus.serverAddress, or triggers of your own in keda.triggers" -}}
{{- end -}}
{{- if and .Values.serviceMonitor.enabled .Values.podMonitor.enabled -}}
{{- fail "serviceMonitor.enabled and podMonitor.enabled: everything would be scraped twice; keep one" -}}
{{- end -}}
{{- if and .Values.serviceMonitor.enabled (not .Values.service.enabled) -}}
{{- fail "serviceMonitor.enabled needs service.enabled=true; or use podMonitor" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.service.enabled) -}}
{{- fail "ingress.enabled needs service.enabled=true" -}}
{{- end -}}
{{- end -}}
