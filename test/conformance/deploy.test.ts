/**
 * The files of `deploy/`, read by the libraries of those who run them (BuildKit, compose-go, Helm, the Kubernetes API), and
 * what of them runs without a container. docs/operating/containers.md says what was not tried.
 * @module
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { variableOf } from '../../packages/node/src/config.ts'
import { cometbftVersion } from '../../packages/node/src/engine/cometbft/supervision/binary.ts'
import { tool } from './tools.ts'

const root = dirname(dirname(import.meta.dirname))
const deploy = join(root, 'deploy')
/** Below the time limit of a test file: a build that is too slow is a skip with a reason. */
const buildTimeoutMs = 300_000
const answerTimeoutMs = 120_000

const check = buildCheck()
const skip = check === null && 'Go or its modules cannot be had'

/** Path of deploy/check, built; null when it cannot be. @throws {Error} instead, when tools are required. */
function buildCheck(): string | null {
  const go = tool('go')
  if (go === null) return null
  const folder = mkdtempSync(join(tmpdir(), 'jurat-deploy-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const program = join(folder, 'deploycheck')
  const env = { ...process.env, CGO_ENABLED: '0' }
  const options = { cwd: join(deploy, 'check'), env, timeout: buildTimeoutMs, encoding: 'utf8' } as const
  const { status, stderr } = spawnSync(go, ['build', '-o', program, '.'], options)
  if (status === 0) return program
  if (process.env['JURAT_REQUIRE_TOOLS'] === '1') throw new Error(`deploy/check cannot be built: ${stderr}`)
  return null
}

const ask = (...words: string[]): unknown =>
  JSON.parse(execFileSync(check ?? '', words, { encoding: 'utf8', timeout: answerTimeoutMs, stdio: 'pipe' }))

interface Dockerfile {
  readonly warnings: string[]
  readonly args: { name: string; value: string }[]
  readonly stages: { name: string; base: string; commands: string[] }[]
}

test('the Dockerfile is without a warning, with the CometBFT that the node asks for, and no root', { skip }, () => {
  const { warnings, args, stages } = ask('dockerfile', join(deploy, 'Dockerfile')) as Dockerfile
  assert.deepEqual(warnings, [])
  assert.deepEqual(args, [{ name: 'COMETBFT_VERSION', value: cometbftVersion }])
  const last = stages.at(-1)
  assert.equal(last?.base, 'node:24-slim')
  const of = (word: string): string[] => last?.commands.filter((command) => command.startsWith(`${word} `)) ?? []
  assert.deepEqual(of('USER'), ['USER 1000:1000'])
  assert.deepEqual(of('VOLUME'), ['VOLUME ["/data", "/keys"]'])
  // Words and no shell: signals reach the node.
  assert.deepEqual(of('ENTRYPOINT'), ['ENTRYPOINT ["node", "/app/packages/node/src/cli.ts"]'])
  assert.match(of('HEALTHCHECK')[0] ?? '', /"\/app\/deploy\/healthcheck\.js"\]$/)
  for (const { commands } of stages) {
    for (const [, source = ''] of commands.join('\n').matchAll(/^COPY (?!--from)(\S+)/gm)) {
      assert.ok(existsSync(join(root, source)), source)
    }
  }
})

interface Service {
  readonly image: string
  readonly command: string[] | null
  readonly environment: Record<string, string> | null
  readonly volumes: { source: string; target: string }[]
  readonly deploy?: unknown
}

const services = (file: string): Record<string, Service> =>
  (ask('compose', join(deploy, file)) as { services: Record<string, Service> }).services

test('the compose file of one node has a volume for data and one for the master key', { skip }, () => {
  const { node } = services('compose.yaml')
  assert.deepEqual(
    node?.volumes.map(({ target }) => target),
    ['/data', '/keys'],
  )
})

test('in the compose file of a consortium no two members share a folder but the exchange', { skip }, () => {
  const { assembly, ...members } = services('compose.consortium.yaml')
  assert.deepEqual(assembly?.command?.slice(1).toSorted(), Object.keys(members).toSorted())
  const own = Object.values(members).flatMap(({ volumes }) => volumes.filter(({ target }) => target !== '/exchange'))
  assert.equal(own.length, 2 * Object.keys(members).length)
  assert.equal(new Set(own.map(({ source }) => source)).size, own.length)
  for (const [name, { environment }] of Object.entries(members)) {
    assert.deepEqual(environment, {
      JURAT_NETWORK: assembly?.environment?.['JURAT_NETWORK'],
      JURAT_URL: `http://${name}:8080`,
      MEMBER_NAME: name,
      MEMBER_CONSENSUS: `${name}:26656`,
      MEMBER_LINKS: `${name}:26657`,
    })
  }
})

interface Pod {
  readonly shareProcessNamespace: boolean
  readonly securityContext: { runAsNonRoot: boolean }
  readonly initContainers?: Container[]
  readonly containers: Container[]
}

interface Container {
  readonly name: string
  readonly args?: string[]
  readonly command?: string[]
  readonly env: { name: string }[]
  readonly readinessProbe?: unknown
  readonly volumeMounts: { name: string; mountPath: string }[]
}

interface Rendered {
  readonly kind: string
  readonly metadata: { name: string }
  readonly spec: {
    readonly replicas: number
    readonly template: { spec: Pod }
    readonly volumeClaimTemplates: { spec: { accessModes: string[] } }[]
    readonly ports: { name: string; port: number }[]
  }
}

function render(values: object): { objects: Rendered[]; notes: string; set: Rendered } {
  const found = ask('chart', join(deploy, 'chart'), JSON.stringify(values)) as {
    warnings: string[]
    objects: Rendered[]
    notes: string
  }
  assert.deepEqual(found.warnings, [])
  const set = found.objects.find(({ kind }) => kind === 'StatefulSet')
  assert.ok(set)
  return { ...found, set }
}

const masterKey = { value: '00'.repeat(32) }
const network = 'jurat.example/charts'
const member = { name: 'court', consensus: 'court.example:30656', links: 'court.example:30657' }

/** What must hold of every StatefulSet: one pod, one volume that only one pod has, no root, options that exist. */
function assertSafe({ spec }: Rendered): void {
  assert.equal(spec.replicas, 1)
  assert.deepEqual(
    spec.volumeClaimTemplates.map((claim) => claim.spec.accessModes),
    [['ReadWriteOncePod']],
  )
  const pod = spec.template.spec
  assert.equal(pod.securityContext.runAsNonRoot, true)
  const documented = readFileSync(join(root, 'docs/operating/configuration.md'), 'utf8')
  for (const { env, volumeMounts } of [...pod.containers, ...(pod.initContainers ?? [])]) {
    assert.ok(volumeMounts.some(({ name, mountPath }) => name === 'data' && mountPath === '/data'))
    for (const { name } of env) if (name.startsWith('JURAT_')) assert.ok(documented.includes(`\`${name}\``), name)
  }
}

test('the chart makes a network of its own', { skip }, () => {
  const { objects, set } = render({ network, masterKey })
  assert.deepEqual(objects.map(({ kind }) => kind).toSorted(), ['Secret', 'Service', 'StatefulSet'])
  assertSafe(set)
  assert.deepEqual(set.spec.template.spec.containers[0]?.args, ['start'])
  assert.ok(set.spec.template.spec.containers[0]?.readinessProbe)
})

test('the chart makes a member that joins and waits, and then one that runs', { skip }, () => {
  const waiting = render({ network, masterKey, member })
  assertSafe(waiting.set)
  assert.deepEqual(waiting.set.spec.template.spec.containers[0]?.command, ['sleep', 'infinity'])
  assert.match(waiting.notes, /join\.json/)
  const running = render({
    network,
    url: 'https://court.example',
    masterKey: { existingSecret: 'own' },
    member: { ...member, genesisConfigMap: 'genesis' },
    tls: { existingSecret: 'certificate' },
    database: { existingSecret: 'database' },
    environment: { [variableOf('logLevel')]: 'warn' },
    storage: { className: 'fast' },
    service: { annotations: { a: 'b' } },
    members: { annotations: { a: 'b' } },
    imagePullSecrets: [{ name: 'registry' }],
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
  })
  assertSafe(running.set)
  assert.ok(!running.objects.some(({ kind }) => kind === 'Secret'))
  const { containers, initContainers } = running.set.spec.template.spec
  assert.deepEqual(containers[0]?.args, ['start', '--genesis', '/genesis/genesis.cbor'])
  assert.deepEqual(
    initContainers?.map(({ name }) => name),
    ['join', 'check'],
  )
  const ports = running.objects.find(({ metadata }) => metadata.name.endsWith('-members'))?.spec.ports
  assert.deepEqual(
    ports?.map(({ port }) => port),
    [30656, 30657],
  )
})

test('the chart refuses a second replica, no network, no master key, and half a member', { skip }, () => {
  const chart = (values: object) => () => render(values)
  assert.throws(chart({ network, masterKey, replicas: 2 }), /replicas/)
  assert.throws(chart({ masterKey }), /name of the network/)
  assert.throws(chart({ network }), /existingSecret or value/)
  assert.throws(chart({ network, masterKey: { value: 'short' } }), /pattern/)
  assert.throws(chart({ network, masterKey, member: { name: 'court' } }), /HOST:PORT/)
})

/** Runs a script of `deploy/` with the Node of this test first on the PATH. */
function shell(words: string[], environment: NodeJS.ProcessEnv): { status: number | null; output: string } {
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter)
  const { status, stdout, stderr } = spawnSync('sh', [join(deploy, 'ceremony.sh'), ...words], {
    env: { ...process.env, ...environment, PATH: path, JURAT_PROGRAM: join(root, 'packages/node/src/cli.ts') },
    encoding: 'utf8',
    timeout: answerTimeoutMs,
  })
  return { status, output: stdout + stderr }
}

const noShell = process.platform === 'win32' && 'it is a POSIX shell script'

test('ceremony.sh joins, assembles and checks, and may be repeated', { skip: noShell }, (t) => {
  const folder = freshFolder(t)
  const names = ['court', 'notary', 'forensics', 'authority']
  const exchange = join(folder, 'exchange')
  mkdirSync(exchange)
  const common = { EXCHANGE: exchange, TMPDIR: folder, JURAT_NETWORK: network }
  const environmentOf = (name: string): NodeJS.ProcessEnv => ({
    ...common,
    JURAT_URL: `http://${name}:8080`,
    JURAT_DATA: join(folder, name, 'data'),
    JURAT_MASTER_KEY_FILE: join(folder, name, 'keys', 'master.key'),
    MEMBER_NAME: name,
    MEMBER_CONSENSUS: `${name}:26656`,
    MEMBER_LINKS: `${name}:26657`,
  })
  const done = (words: string[], environment: NodeJS.ProcessEnv): string => {
    const { status, output } = shell(words, environment)
    assert.equal(status, 0, output)
    return output
  }
  for (const name of names) done(['join'], environmentOf(name))
  const joined = readFileSync(join(exchange, 'court.join.json'), 'utf8')
  done(['assemble', ...names], common)
  const genesis = readFileSync(join(exchange, 'genesis.cbor'))
  for (const name of names) {
    const output = done(['member', 'echo', 'the node starts'], environmentOf(name))
    assert.match(output, new RegExp(`${name} stands in it unchanged[^]*the node starts`))
  }
  done(['assemble', ...names], common)
  assert.equal(readFileSync(join(exchange, 'court.join.json'), 'utf8'), joined)
  assert.deepEqual(readFileSync(join(exchange, 'genesis.cbor')), genesis)
})

test('ceremony.sh starts nothing over a genesis in which the member does not stand', { skip: noShell }, (t) => {
  const folder = freshFolder(t)
  const environment = {
    EXCHANGE: folder,
    TMPDIR: folder,
    JURAT_NETWORK: network,
    JURAT_URL: 'http://court:8080',
    JURAT_DATA: join(folder, 'data'),
    JURAT_MASTER_KEY_FILE: join(folder, 'master.key'),
    MEMBER_NAME: 'court',
    MEMBER_CONSENSUS: 'court:26656',
    MEMBER_LINKS: 'court:26657',
  }
  assert.equal(shell(['join'], environment).status, 0)
  spawnSync('cp', [join(folder, 'court.join.json'), join(folder, 'genesis.cbor')])
  const { status, output } = shell(['member', 'echo', 'the node starts'], environment)
  assert.notEqual(status, 0)
  assert.doesNotMatch(output, /the node starts/)
})

test('the health check of the image tells progress from stillness', async (t) => {
  let status = 200
  const server = createServer((_, answer) => answer.writeHead(status).end())
  t.after(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const run = async (at: number): Promise<unknown> => {
    const env = { ...process.env, JURAT_LISTEN: `0.0.0.0:${at}` }
    const [code] = (await once(spawn(process.execPath, [join(deploy, 'healthcheck.js')], { env }), 'exit')) as unknown[]
    return code
  }
  assert.equal(await run(port), 0)
  status = 503
  assert.equal(await run(port), 1)
  assert.equal(await run(1), 1)
})

function freshFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-deploy-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}
