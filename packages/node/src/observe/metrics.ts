/**
 * The node's metrics for Prometheus: one table of all of them, which is also what the dashboard and the documentation
 * are tested against.
 * @module
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

const secondsBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Every metric by its short name. The exported name is `jurat_<short name>`. */
export const metricTable = {
  blocks_total: { type: 'counter', help: 'Blocks committed since the start.', labels: [] },
  transactions_total: { type: 'counter', help: 'Transactions in committed blocks, by result code.', labels: ['code'] },
  entries_total: { type: 'counter', help: 'Entries appended to the log since the start.', labels: [] },
  refused_total: { type: 'counter', help: 'Transactions refused before a block, by result code.', labels: ['code'] },
  tree_size: { type: 'gauge', help: 'Entries in the committed tree.', labels: [] },
  block_time_seconds: { type: 'gauge', help: 'Time of the last block, seconds since 1970.', labels: [] },
  commit_seconds: { type: 'histogram', help: 'Time to make one block durable.', labels: [] },
  queue_bytes: { type: 'gauge', help: 'Bytes of transactions that wait for a block.', labels: [] },
  checkpoint_size: { type: 'gauge', help: 'Size of the published checkpoint.', labels: [] },
  checkpoint_seconds: { type: 'histogram', help: 'Time from a commit to the published checkpoint.', labels: [] },
  witness_rounds_total: { type: 'counter', help: 'Witness rounds, by outcome.', labels: ['outcome'] },
  witness_answers_total: { type: 'counter', help: 'Answers of outside witnesses.', labels: ['witness', 'status'] },
  alarms_total: { type: 'counter', help: 'Alarms that an operator must look at, by kind.', labels: ['kind'] },
  muted: { type: 'gauge', help: '1 while the node signs nothing because its signer state is lost.', labels: [] },
  engine_height: {
    type: 'gauge',
    help: 'Last height of CometBFT, which also counts blocks without transactions.',
    labels: [],
  },
  engine_peers: { type: 'gauge', help: 'Members that CometBFT is connected with.', labels: [] },
  engine_catching_up: { type: 'gauge', help: '1 while CometBFT fetches blocks that it missed.', labels: [] },
  engine_restarts_total: { type: 'counter', help: 'Times that CometBFT was started again.', labels: [] },
  http_requests_total: { type: 'counter', help: 'HTTP requests, by route and status.', labels: ['route', 'status'] },
  http_request_seconds: { type: 'histogram', help: 'Time to the answer of an HTTP request.', labels: ['route'] },
  timestamps_total: { type: 'counter', help: 'Answers of the time-stamp authority, by outcome.', labels: ['outcome'] },
  database_up: { type: 'gauge', help: '1 while PostgreSQL answers.', labels: [] },
  projection_height: { type: 'gauge', help: 'Height up to which PostgreSQL holds the projections.', labels: [] },
  projection_lag_blocks: { type: 'gauge', help: 'Committed blocks that the projections do not hold yet.', labels: [] },
} as const satisfies Record<
  string,
  { type: 'counter' | 'gauge' | 'histogram'; help: string; labels: readonly string[] }
>

/** Short name of a metric. */
export type MetricName = keyof typeof metricTable

/** Values of a metric's labels. */
export type LabelValues = Readonly<Record<string, string | number>>

/** What the parts of the node record their figures with. Recording never fails and never waits. */
export interface Metrics {
  /** Adds to a counter. */
  count(name: MetricName, amount?: number, labels?: LabelValues): void
  /** Sets a gauge. */
  set(name: MetricName, value: number, labels?: LabelValues): void
  /** Records one value of a histogram, in seconds. */
  observe(name: MetricName, seconds: number, labels?: LabelValues): void
}

/** Metrics that can be read. */
export interface MetricsRegistry extends Metrics {
  /** All values in Prometheus' text format 0.0.4. */
  text(): Promise<string>
  readonly contentType: string
}

/** Makes the registry of one node, with the figures of the process itself. */
export function createMetrics(): MetricsRegistry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const counters = new Map<MetricName, Counter>()
  const gauges = new Map<MetricName, Gauge>()
  const histograms = new Map<MetricName, Histogram>()
  for (const [short, { type, help, labels }] of Object.entries(metricTable)) {
    const name = short as MetricName
    const options = { name: `jurat_${short}`, help, labelNames: [...labels], registers: [registry] }
    if (type === 'counter') counters.set(name, new Counter(options))
    else if (type === 'gauge') gauges.set(name, new Gauge(options))
    else histograms.set(name, new Histogram({ ...options, buckets: secondsBuckets }))
  }
  return {
    count: (name, amount = 1, labels = {}) => counters.get(name)?.inc(labels, amount),
    set: (name, value, labels = {}) => gauges.get(name)?.set(labels, value),
    observe: (name, seconds, labels = {}) => histograms.get(name)?.observe(labels, seconds),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

/** Metrics that go nowhere, for tests and commands. */
export const noMetrics: Metrics = { count() {}, set() {}, observe() {} }
