/**
 * A process that supervises CometBFT over the smallest application, for the test that kills it:
 * `supervised.fixtures.ts BINARY DATA SETPRIV`. It prints the child's process id and, from then on, each height.
 * @module
 */
import { systemClock, systemTimers } from '../../../platform/clock.ts'
import { silentLogger } from '../../../observe/logger.ts'
import type { AbciRequest, AbciResponse } from '../../abci/frames.ts'
import { ResponseProcessProposal_ProposalStatus as ProposalStatus } from '../../abci/generated/tendermint/abci/types.ts'
import { AbciServer } from '../../abci/server.ts'
import { cometRpc } from '../rpc.ts'
import { answerOfUnused, isUnused } from '../unusedRequests.ts'
import { chainProbe } from './chainProbe.ts'
import { cometbftPaths } from './home.ts'
import { Supervisor } from './supervisor.ts'

const [binary = '', data = '', setpriv = ''] = process.argv.slice(2)
const paths = cometbftPaths(data)
const none = new Uint8Array(0)

/** The smallest application: it takes every block and remembers nothing. */
function answer(request: AbciRequest): AbciResponse {
  if (isUnused(request)) return answerOfUnused(request, 0)
  switch (request.$case) {
    case 'info': {
      const value = { data: '', version: '', appVersion: 1n, lastBlockHeight: 0n, lastBlockAppHash: none }
      return { $case: 'info', value }
    }
    case 'initChain':
      return { $case: 'initChain', value: { consensusParams: undefined, validators: [], appHash: none } }
    case 'prepareProposal':
      return { $case: 'prepareProposal', value: { txs: request.value.txs } }
    case 'processProposal':
      return { $case: 'processProposal', value: { status: ProposalStatus.ACCEPT } }
    case 'finalizeBlock': {
      const value = { events: [], txResults: [], validatorUpdates: [], consensusParamUpdates: undefined, appHash: none }
      return { $case: 'finalizeBlock', value }
    }
    case 'commit':
      return { $case: 'commit', value: { retainHeight: 0n } }
    case 'checkTx':
    case 'insertTx':
    case 'reapTxs':
    case 'listSnapshots':
    case 'loadSnapshotChunk':
      break
  }
  throw new Error(`nobody asks for ${request.$case} here`)
}

const fatal = (error: unknown): never => {
  throw error
}
const server = new AbciServer({
  socketPath: paths.abciSocket,
  fatal,
  handle: (request) => Promise.resolve(answer(request)),
})
await server.listen()
const supervisor = new Supervisor({
  binary,
  home: paths.home,
  rpcSocket: paths.rpcSocket,
  logger: silentLogger,
  clock: systemClock,
  timers: systemTimers,
  probe: chainProbe(cometRpc(paths.rpcSocket)),
  connections: () => server.connections,
  setpriv,
})
supervisor.start()
setInterval(() => {
  const { pid, status, restarts } = supervisor.health()
  process.stdout.write(
    `${JSON.stringify({ pid, height: status?.height ?? 0, restarts, connections: server.connections })}\n`,
  )
}, 100)
