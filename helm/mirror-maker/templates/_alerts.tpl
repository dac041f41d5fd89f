{{- /*
The alerts; call with (dict "s" selector "v" .Values.prometheusRule).

Counters that appear with their first event are compared with their own past
(offset), because increase() does not see a first value.
*/ -}}
{{- define "mirror-maker.alerts" -}}
- alert: MirrorDown
  expr: absent(crosstide_build_info{ {{- .s -}} })
  for: 5m
  labels: {severity: critical}
  annotations:
    summary: No mirror is running
    description: No pod of this release has been scraped for 5 minutes. Look at kubectl get pods and at the scrape's target.
- alert: MirrorFlowNotReady
  expr: min by (flow) (crosstide_flow_ready{ {{- .s -}} }) == 0
  for: 5m
  labels: {severity: critical}
  annotations:
    summary: {{ "Flow {{ $labels.flow }} does not run as it should" | quote }}
    description: A task has failed or a cluster cannot be reached. /health names the reason.
- alert: MirrorDataLoss
  expr: >-
    (sum by (flow, kind, topic) (crosstide_mirror_data_loss_events_total{ {{- .s -}} })
    - (sum by (flow, kind, topic) (crosstide_mirror_data_loss_events_total{ {{- .s -}} } offset 15m)
    or sum by (flow, kind, topic) (crosstide_mirror_data_loss_events_total{ {{- .s -}} }) * 0)) > 0
  labels: {severity: critical}
  annotations:
    summary: {{ "{{ $labels.topic }} lost records ({{ $labels.kind }})" | quote }}
    description: {{ "Flow {{ $labels.flow }}: records vanished before they were copied, or a copy was cut short. crosstide_mirror_missing_records_total has the number; the log has the offsets. Raise the source's retention or find what truncated the topic." | quote }}
- alert: MirrorPartitionFailed
  expr: max by (flow, topic, partition) (crosstide_mirror_partition_failed{ {{- .s -}} }) == 1
  for: 1m
  labels: {severity: critical}
  annotations:
    summary: {{ "{{ $labels.topic }}-{{ $labels.partition }} is not copied any more" | quote }}
    description: {{ "Flow {{ $labels.flow }}: this partition stopped on an error that the log names; the others go on." | quote }}
- alert: MirrorPartitionStuck
  expr: >-
    sum by (flow, topic, partition) (crosstide_mirror_lag_records{ {{- .s -}} }) > 0
    and sum by (flow, topic, partition) (changes(crosstide_mirror_position{ {{- .s -}} }[10m])) == 0
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: {{ "{{ $labels.topic }}-{{ $labels.partition }} has not moved for 10 minutes" | quote }}
    description: {{ "Flow {{ $labels.flow }}: {{ $value }} records wait. Look for refused batches (crosstide_mirror_produce_errors_total), throttling and leaderless partitions." | quote }}
- alert: MirrorLag
  expr: max by (flow, topic) (crosstide_mirror_lag_seconds{ {{- .s -}} }) > {{ include "mirror-maker.scalar" .v.lagSeconds }}
  for: 10m
  labels: {severity: warning}
  annotations:
    summary: {{ "{{ $labels.topic }} lags {{ $value | humanizeDuration }} behind" | quote }}
    description: {{ "Flow {{ $labels.flow }}: the newest copied record is that old while more wait. Compare the rate of crosstide_mirror_records_total with what producers write." | quote }}
- alert: MirrorTargetTopicsFailing
  expr: max by (flow) (crosstide_mirror_target_topics_failing{ {{- .s -}} }) > 0
  for: 15m
  labels: {severity: warning}
  annotations:
    summary: {{ "{{ $value }} topics of flow {{ $labels.flow }} cannot be created or extended" | quote }}
    description: Their records are not copied. The log names each topic and what the target answered, often a missing right or too high a replication factor.
- alert: MirrorDeadLetters
  expr: sum by (flow, topic) (increase(crosstide_mirror_dead_letters_total{ {{- .s -}} }[15m])) > 0
  labels: {severity: warning}
  annotations:
    summary: {{ "Records of {{ $labels.topic }} went to the dead letter topic" | quote }}
    description: They are larger than the target's topic takes. Raise its max.message.bytes.
- alert: MirrorCheckpointsOld
  expr: min by (flow) (crosstide_mirror_checkpoint_age_seconds{ {{- .s -}} }) > {{ include "mirror-maker.scalar" .v.checkpointAgeSeconds }}
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: {{ "Checkpoints of flow {{ $labels.flow }} are {{ $value | humanizeDuration }} old" | quote }}
    description: A failover now would send consumer groups back by as much.
- alert: MirrorCheckpointsFailing
  expr: sum by (flow) (increase(crosstide_mirror_checkpoint_failures_total{ {{- .s -}} }[15m])) > 0
  for: 15m
  labels: {severity: warning}
  annotations:
    summary: {{ "Groups of flow {{ $labels.flow }} get no checkpoints" | quote }}
    description: Their offsets cannot be read on the source; the log names the groups.
- alert: MirrorThrottled
  expr: sum by (flow) (rate(crosstide_mirror_throttled_seconds_total{ {{- .s -}} }[10m])) > {{ include "mirror-maker.scalar" .v.throttledRatio }}
  for: 15m
  labels: {severity: warning}
  annotations:
    summary: {{ "Flow {{ $labels.flow }} is held back by quotas" | quote }}
    description: Brokers make the mirror wait. Raise the quota of its user or client id, or accept the lag.
{{- end -}}
