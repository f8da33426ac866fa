/**
 * CometBFT's configuration, written by the node from its own: nobody edits a second file. Keys that are not here keep the
 * defaults of v0.39.4. Reasons for each value: docs/operating/cometbft.md.
 * @module
 */

/** Whence a member that has nothing yet gets a snapshot. */
export interface StateSyncSettings {
  /** Two addresses, `http://HOST:PORT`, at which its light client asks for headers. */
  readonly rpcServers: readonly string[]
  /** The header that is trusted: its hash is hexadecimal, upper case. */
  readonly trusted: { readonly height: number; readonly hash: string }
}

/** How long CometBFT gathers offers before it takes the best, and between two looks; the least that it allows, milliseconds. */
export const discoveryMs = 5_000

/** What differs from member to member. */
export interface CometbftSettings {
  /** Name that other members' logs show. */
  readonly moniker: string
  /** Unix socket of our ABCI server. */
  readonly abciSocket: string
  /** Unix socket on which CometBFT answers its RPC. */
  readonly rpcSocket: string
  /** Where it listens for other members, `HOST:PORT`. */
  readonly peerListen: string
  /** The other members, `<node id>@HOST:PORT`. */
  readonly peers: readonly string[]
  /** File of what the validator's key has signed last. */
  readonly signerStateFile: string
  /** Longest transaction that its mempool takes, bytes: the parameter of the document in force. */
  readonly transactionBytesMax: number
  /** How long an idle network waits before it makes an empty block, milliseconds. */
  readonly heartbeatMs: number
  /** Where its metrics are served, `HOST:PORT`; null for nowhere. */
  readonly metricsListen: string | null
  /** Null, but for a member that takes a snapshot. */
  readonly stateSync: StateSyncSettings | null
}

/** Most transactions that wait, and their bytes: a flood is refused at our door before this is full. */
export const poolTransactionsMax = 50_000
export const poolBytesMax: number = 256 * 1_048_576

/** Longest wait for a proposal, and for votes of a round, milliseconds. A dead proposer costs their sum. */
export const proposalTimeoutMs = 1_000
export const voteTimeoutMs = 300

type Value = string | number | boolean

/** The text of `config.toml`. */
export function configFile(settings: CometbftSettings): string {
  const { metricsListen, stateSync } = settings
  const sections: Readonly<Record<string, Readonly<Record<string, Value>>>> = {
    '': {
      proxy_app: `unix://${settings.abciSocket}`,
      abci: 'socket',
      moniker: settings.moniker,
      log_level: 'main:info,state:info,p2p:none,*:error',
      log_format: 'json',
      priv_validator_state_file: settings.signerStateFile,
    },
    rpc: {
      laddr: `unix://${settings.rpcSocket}`,
      max_body_bytes: 8_388_608,
      max_request_batch_size: 100,
      max_open_connections: 900,
      pprof_laddr: '',
      // `dial_peers` counts as unsafe. Nobody but this user can open the socket.
      unsafe: true,
    },
    p2p: {
      laddr: `tcp://${settings.peerListen}`,
      persistent_peers: settings.peers.join(','),
      pex: false,
      addr_book_strict: false,
      allow_duplicate_ip: true,
      flush_throttle_timeout: '5ms',
      max_packet_msg_payload_size: 10_240,
      send_rate: 52_428_800,
      recv_rate: 52_428_800,
    },
    mempool: {
      type: 'flood',
      recheck: true,
      size: poolTransactionsMax,
      max_txs_bytes: poolBytesMax,
      max_tx_bytes: settings.transactionBytesMax,
      cache_size: 200_000,
    },
    statesync: stateSync === null ? { enable: false } : stateSyncLines(stateSync),
    consensus: {
      timeout_propose: `${proposalTimeoutMs}ms`,
      timeout_propose_delta: '500ms',
      timeout_prevote: `${voteTimeoutMs}ms`,
      timeout_prevote_delta: '300ms',
      timeout_precommit: `${voteTimeoutMs}ms`,
      timeout_precommit_delta: '300ms',
      timeout_commit: '0s',
      skip_timeout_commit: true,
      create_empty_blocks: false,
      create_empty_blocks_interval: `${settings.heartbeatMs}ms`,
      peer_gossip_sleep_duration: '10ms',
      // The signer's state is truth and never in a backup; a guard by height would only delay an honest restart.
      double_sign_check_height: 0,
    },
    storage: { discard_abci_responses: true },
    tx_index: { indexer: 'null' },
    instrumentation: { prometheus: metricsListen !== null, prometheus_listen_addr: metricsListen ?? '' },
  }
  return Object.entries(sections)
    .map(([name, values]) => (name === '' ? lines(values) : `\n[${name}]\n${lines(values)}`))
    .join('')
}

const stateSyncLines = ({ rpcServers, trusted }: StateSyncSettings): Readonly<Record<string, Value>> => ({
  enable: true,
  rpc_servers: rpcServers.join(','),
  trust_height: trusted.height,
  trust_hash: trusted.hash,
  trust_period: '168h0m0s',
  discovery_time: `${discoveryMs}ms`,
})

const lines = (values: Readonly<Record<string, Value>>): string =>
  Object.entries(values)
    // A JSON string is a TOML basic string: both escape quotes, backslashes and control characters alike.
    .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
    .join('')
