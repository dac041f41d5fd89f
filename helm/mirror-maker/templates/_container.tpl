{{- define "mirror-maker.args" -}}
{{- if .Values.args -}}
{{- toYaml .Values.args -}}
{{- else -}}
- /etc/crosstide/config/mm2.properties
{{- with .Values.config.targets }}
- --clusters={{ join "," . }}
{{- end }}
- --log-level={{ .Values.log.level }}
- --log-format={{ .Values.log.format }}
{{- with .Values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end -}}
{{- end -}}

{{- /* A name given in extraEnv wins over the chart's. */ -}}
{{- define "mirror-maker.env" -}}
{{- $given := list -}}
{{- range .Values.extraEnv }}{{ $given = append $given .name }}{{ end -}}
{{- $env := list -}}
{{- if not (has "CROSSTIDE_LISTEN" $given) -}}
{{- $env = append $env (dict "name" "CROSSTIDE_LISTEN" "value" (printf ":%d" (int .Values.port))) -}}
{{- end -}}
{{- if and .Values.readOnly (not (has "CROSSTIDE_READ_ONLY" $given)) -}}
{{- $env = append $env (dict "name" "CROSSTIDE_READ_ONLY" "value" "true") -}}
{{- end -}}
{{- $limit := dig "limits" "memory" "" .Values.resources -}}
{{- if and $limit (gt (int .Values.goMemLimitPercent) 0) (not (has "GOMEMLIMIT" $given)) -}}
{{- $bytes := include "mirror-maker.bytes" $limit | int64 -}}
{{- $env = append $env (dict "name" "GOMEMLIMIT" "value" (div (mul $bytes (int .Values.goMemLimitPercent)) 100 | toString)) -}}
{{- end -}}
{{- concat $env .Values.extraEnv | toYaml -}}
{{- end -}}
