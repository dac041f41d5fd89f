{{- /* The text of mm2.properties, from whichever source was given. */ -}}
{{- define "mirror-maker.properties" -}}
{{- if .Values.config.content -}}
{{- include "mirror-maker.asTemplate" (list . .Values.config.content) -}}
{{- else if or .Values.clusters .Values.flows .Values.defaults -}}
{{- include "mirror-maker.fromValues" . -}}
{{- else -}}
{{- $text := .Files.Get .Values.config.file -}}
{{- if not (trim $text) -}}
{{- fail (printf "config.file=%s: there is no such file in the chart's folder, or it is empty" .Values.config.file) -}}
{{- end -}}
{{- include "mirror-maker.asTemplate" (list . $text) -}}
{{- end -}}
{{- end -}}

{{- define "mirror-maker.asTemplate" -}}
{{- $root := index . 0 -}}
{{- if $root.Values.config.template -}}
{{- tpl (index . 1) $root -}}
{{- else -}}
{{- index . 1 -}}
{{- end -}}
{{- end -}}

{{- /* One line of a properties file; call with (list key value). */ -}}
{{- define "mirror-maker.property" -}}
{{- $key := index . 0 -}}
{{- $value := index . 1 -}}
{{- if kindIs "map" $value -}}
{{- fail (printf "%s: a property is one value, not a map; write the whole key, such as \"%s.%s\", in quotes" $key $key (keys $value | sortAlpha | first | default "name")) -}}
{{- end -}}
{{- if kindIs "slice" $value -}}
{{- $parts := list -}}
{{- range $value }}{{ $parts = append $parts (include "mirror-maker.scalar" .) }}{{ end -}}
{{- $value = join "," $parts -}}
{{- else -}}
{{- $value = include "mirror-maker.scalar" $value -}}
{{- end -}}
{{- if regexMatch "[^\\x00-\\x7F]" (printf "%s%s" $key $value) -}}
{{- fail (printf "%s: properties files are ISO-8859-1; give other letters in config.content, written as \\uXXXX" $key) -}}
{{- end -}}
{{- $key = $key | replace "\\" "\\\\" | replace " " "\\ " | replace ":" "\\:" | replace "=" "\\=" | replace "#" "\\#" | replace "!" "\\!" -}}
{{- $value = $value | replace "\\" "\\\\" | replace "\n" "\\n" | replace "\r" "\\r" | replace "\t" "\\t" -}}
{{- if hasPrefix " " $value }}{{ $value = printf "\\%s" $value }}{{ end -}}
{{- printf "%s = %s\n" $key $value -}}
{{- end -}}

{{- define "mirror-maker.fromValues" -}}
{{- $aliases := keys .Values.clusters | sortAlpha -}}
{{- if lt (len $aliases) 2 -}}
{{- fail (printf "clusters: a flow needs two clusters, %d given" (len $aliases)) -}}
{{- end -}}
{{- if not .Values.flows -}}
{{- fail (printf "flows: none is given; write at least [{source: %s, target: %s}]" (index $aliases 0) (index $aliases 1)) -}}
{{- end -}}
{{- include "mirror-maker.property" (list "clusters" $aliases) -}}
{{- include "mirror-maker.providers" . -}}
{{- range $key := keys .Values.defaults | sortAlpha -}}
{{- include "mirror-maker.property" (list $key (get $.Values.defaults $key)) -}}
{{- end -}}
{{- range $aliases -}}
{{- include "mirror-maker.cluster" (list . (get $.Values.clusters .)) -}}
{{- end -}}
{{- $seen := dict -}}
{{- range $i, $flow := .Values.flows -}}
{{- $name := printf "%s->%s" $flow.source $flow.target -}}
{{- range list $flow.source $flow.target -}}
{{- if not (has . $aliases) -}}
{{- fail (printf "flows[%d] (%s): %s is not in clusters (%s)" $i $name . (join ", " $aliases)) -}}
{{- end -}}
{{- end -}}
{{- if eq $flow.source $flow.target -}}
{{- fail (printf "flows[%d] (%s): source and target are the same cluster" $i $name) -}}
{{- end -}}
{{- if hasKey $seen $name }}{{ fail (printf "flows[%d] (%s): this flow is given twice" $i $name) }}{{ end -}}
{{- $_ := set $seen $name true -}}
{{- include "mirror-maker.flow" (list $ $name $flow) -}}
{{- end -}}
{{- end -}}

{{- define "mirror-maker.providers" -}}
{{- $class := "org.apache.kafka.common.config.provider." -}}
{{- $given := get .Values.defaults "config.providers" -}}
{{- if not $given -}}
{{- include "mirror-maker.property" (list "config.providers" (list "dir" "env" "file")) -}}
{{- include "mirror-maker.property" (list "config.providers.dir.class" (print $class "DirectoryConfigProvider")) -}}
{{- include "mirror-maker.property" (list "config.providers.env.class" (print $class "EnvVarConfigProvider")) -}}
{{- include "mirror-maker.property" (list "config.providers.file.class" (print $class "FileConfigProvider")) -}}
{{- end -}}
{{- end -}}

{{- define "mirror-maker.flow" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $flow := index . 2 -}}
{{- $config := $flow.config | default dict -}}
{{- $short := dict "topics" "topics" "topicsExclude" "topics.exclude" "groups" "groups" "groupsExclude" "groups.exclude" -}}
{{- $enabled := true }}{{ if hasKey $flow "enabled" }}{{ $enabled = $flow.enabled }}{{ end -}}
{{- include "mirror-maker.property" (list (print $name ".enabled") $enabled) -}}
{{- range $field := keys $short | sortAlpha -}}
{{- if hasKey $flow $field -}}
{{- $value := get $flow $field -}}
{{- if and (eq $field "topicsExclude") $root.Values.excludeMskCanary -}}
{{- if kindIs "slice" $value }}{{ $value = append $value "__amazon_msk_canary.*" }}{{ else }}{{ $value = trimPrefix "," (print $value ",__amazon_msk_canary.*") }}{{ end -}}
{{- end -}}
{{- include "mirror-maker.property" (list (printf "%s.%s" $name (get $short $field)) $value) -}}
{{- end -}}
{{- end -}}
{{- range $key := keys $config | sortAlpha -}}
{{- include "mirror-maker.property" (list (printf "%s.%s" $name $key) (get $config $key)) -}}
{{- end -}}
{{- end -}}

{{- define "mirror-maker.cluster" -}}
{{- $alias := index . 0 -}}
{{- $cluster := index . 1 -}}
{{- $out := dict -}}
{{- if not $cluster.bootstrapServers -}}
{{- fail (printf "clusters.%s.bootstrapServers: required, such as [broker-1:9092, broker-2:9092]" $alias) -}}
{{- end -}}
{{- $_ := set $out "bootstrap.servers" $cluster.bootstrapServers -}}
{{- $tls := $cluster.tls | default dict -}}
{{- $sasl := $cluster.sasl | default dict -}}
{{- if or $tls $sasl -}}
{{- $withTLS := or (hasKey $tls "enabled" | ternary $tls.enabled (not (empty $tls))) (and (eq (default "" $sasl.mechanism) "AWS_MSK_IAM") (not (hasKey $tls "enabled"))) -}}
{{- $protocol := "" -}}
{{- if $sasl }}{{ $protocol = ternary "SASL_SSL" "SASL_PLAINTEXT" $withTLS }}{{ else }}{{ $protocol = ternary "SSL" "PLAINTEXT" $withTLS }}{{ end -}}
{{- $_ := set $out "security.protocol" $protocol -}}
{{- if $withTLS }}{{ include "mirror-maker.tls" (list $alias $tls $out) }}{{ end -}}
{{- if $sasl }}{{ include "mirror-maker.sasl" (list $alias $sasl $out) }}{{ end -}}
{{- end -}}
{{- range $key, $value := $cluster.config | default dict }}{{ $_ := set $out $key $value }}{{ end -}}
{{- range $key := keys $out | sortAlpha -}}
{{- include "mirror-maker.property" (list (printf "%s.%s" $alias $key) (get $out $key)) -}}
{{- end -}}
{{- end -}}

{{- /* Where a Secret's files are: it is mounted, or the user's own volume is. */ -}}
{{- define "mirror-maker.secretDir" -}}
{{- $where := index . 0 -}}
{{- $from := index . 1 -}}
{{- if and $from.existingSecret $from.directory -}}
{{- fail (printf "%s: existingSecret and directory exclude each other" $where) -}}
{{- end -}}
{{- if $from.existingSecret -}}
/etc/crosstide/secrets/{{ $from.existingSecret }}
{{- else if $from.directory -}}
{{- trimSuffix "/" $from.directory -}}
{{- else -}}
{{- fail (printf "%s: name the Secret in existingSecret, or the directory of a mounted volume in directory" $where) -}}
{{- end -}}
{{- end -}}

{{- define "mirror-maker.tls" -}}
{{- $where := printf "clusters.%s.tls" (index . 0) -}}
{{- $tls := index . 1 -}}
{{- $out := index . 2 -}}
{{- if hasKey $tls "hostnameVerification" -}}
{{- if not $tls.hostnameVerification }}{{ $_ := set $out "ssl.endpoint.identification.algorithm" "" }}{{ end -}}
{{- end -}}
{{- if $tls.caKey -}}
{{- $dir := include "mirror-maker.secretDir" (list $where $tls) -}}
{{- $_ := set $out "ssl.truststore.type" "PEM" -}}
{{- $_ := set $out "ssl.truststore.certificates" (printf "${dir:%s:%s}" $dir $tls.caKey) -}}
{{- end -}}
{{- if or $tls.certKey $tls.keyKey -}}
{{- if not (and $tls.certKey $tls.keyKey) }}{{ fail (printf "%s: certKey and keyKey go together" $where) }}{{ end -}}
{{- $dir := include "mirror-maker.secretDir" (list $where $tls) -}}
{{- $_ := set $out "ssl.keystore.type" "PEM" -}}
{{- $_ := set $out "ssl.keystore.certificate.chain" (printf "${dir:%s:%s}" $dir $tls.certKey) -}}
{{- $_ := set $out "ssl.keystore.key" (printf "${dir:%s:%s}" $dir $tls.keyKey) -}}
{{- end -}}
{{- end -}}

{{- define "mirror-maker.sasl" -}}
{{- $where := printf "clusters.%s.sasl" (index . 0) -}}
{{- $sasl := index . 1 -}}
{{- $out := index . 2 -}}
{{- $_ := set $out "sasl.mechanism" $sasl.mechanism -}}
{{- if eq $sasl.mechanism "AWS_MSK_IAM" -}}
{{- $options := "" -}}
{{- range $field, $option := dict "roleArn" "awsRoleArn" "sessionName" "awsRoleSessionName" "externalId" "awsRoleExternalId" "stsRegion" "awsStsRegion" -}}
{{- with get ($sasl.iam | default dict) $field }}{{ $options = printf "%s %s=%q" $options $option . }}{{ end -}}
{{- end -}}
{{- $_ := set $out "sasl.jaas.config" (printf "software.amazon.msk.auth.iam.IAMLoginModule required%s;" $options) -}}
{{- $_ := set $out "sasl.client.callback.handler.class" "software.amazon.msk.auth.iam.IAMClientCallbackHandler" -}}
{{- else if or (hasPrefix "SCRAM-" $sasl.mechanism) (eq $sasl.mechanism "PLAIN") -}}
{{- $dir := include "mirror-maker.secretDir" (list $where $sasl) -}}
{{- $module := ternary "plain.PlainLoginModule" "scram.ScramLoginModule" (eq $sasl.mechanism "PLAIN") -}}
{{- $user := default (printf "${dir:%s:%s}" $dir (default "username" $sasl.usernameKey)) $sasl.username -}}
{{- $_ := set $out "sasl.jaas.config" (printf "org.apache.kafka.common.security.%s required username=\"%s\" password=\"${dir:%s:%s}\";" $module $user $dir (default "password" $sasl.passwordKey)) -}}
{{- end -}}
{{- end -}}

{{- /* The Secrets to mount: those named and those that clusters need. */ -}}
{{- define "mirror-maker.secrets" -}}
{{- $names := .Values.existingSecrets -}}
{{- range $alias := keys .Values.clusters | sortAlpha -}}
{{- $cluster := get $.Values.clusters $alias -}}
{{- range list $cluster.tls $cluster.sasl -}}
{{- with . }}{{ with .existingSecret }}{{ $names = append $names . }}{{ end }}{{ end -}}
{{- end -}}
{{- end -}}
{{- $names | uniq | toJson -}}
{{- end -}}
