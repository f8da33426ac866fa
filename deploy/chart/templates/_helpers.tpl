{{- define "jurat.name" -}}
{{- $name := ternary .Release.Name (printf "%s-jurat" .Release.Name) (contains "jurat" .Release.Name) -}}
{{- $name | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "jurat.selector" -}}
app.kubernetes.io/name: jurat
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "jurat.labels" -}}
{{ include "jurat.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "jurat.masterKeySecret" -}}
{{- if .Values.masterKey.existingSecret }}{{ .Values.masterKey.existingSecret }}{{ else }}{{ include "jurat.name" . }}-master-key{{ end }}
{{- end }}

{{/* Whether the pod only makes the join file and waits for the genesis. */}}
{{- define "jurat.waits" -}}
{{- if and .Values.member.name (not .Values.member.genesisConfigMap) }}yes{{ end }}
{{- end }}

{{- define "jurat.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "jurat.mounts" -}}
- name: data
  mountPath: /data
- name: keys
  mountPath: /keys
  readOnly: true
- name: temporary
  mountPath: /tmp
- name: exchange
  mountPath: /exchange
{{- end }}

{{- define "jurat.environment" -}}
# A folder below the volume: its root may hold lost+found, and a node makes its keys in an empty folder alone.
- name: JURAT_DATA
  value: /data/node
- name: JURAT_NETWORK
  value: {{ required "network: the name of the network is needed" .Values.network | quote }}
{{- with .Values.url }}
- name: JURAT_URL
  value: {{ . | quote }}
{{- end }}
{{- if .Values.member.name }}
- name: MEMBER_NAME
  value: {{ .Values.member.name | quote }}
- name: MEMBER_CONSENSUS
  value: {{ required "member.consensus: HOST:PORT is needed" .Values.member.consensus | quote }}
- name: MEMBER_LINKS
  value: {{ required "member.links: HOST:PORT is needed" .Values.member.links | quote }}
{{- end }}
{{- if .Values.tls.existingSecret }}
- name: JURAT_TLS_CERTIFICATE
  value: /tls/tls.crt
- name: JURAT_TLS_KEY
  value: /tls/tls.key
{{- end }}
{{- with .Values.database.existingSecret }}
- name: JURAT_DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: {{ $.Values.database.key }}
{{- end }}
{{- range $name, $value := .Values.environment }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
