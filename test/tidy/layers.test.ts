/**
 * Imports point one way, down: between packages, and between the folders of the node.
 * @module
 */
import assert from 'node:assert/strict'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { files, importsOf, isProduction } from './repository.ts'

const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  api: [],
  verify: ['core'],
  sdk: ['core', 'api'],
  node: ['core', 'api', 'verify'],
  cli: ['core', 'api', 'sdk', 'verify'],
}

/** Folders of the node from the top down. A folder imports from itself and from those below it. */
const nodeLayers = [
  ['cli.ts', 'program.ts', 'main.ts', 'commands'],
  ['http'],
  ['features'],
  ['log', 'engine', 'database'],
  ['store'],
  ['observe', 'crypto', 'platform', 'config', 'config.ts'],
]

/** Features that are one thing to the others: what they share is handed to them by the composition root. */
const layerOf = (path: string): number => {
  const place = path.split('/')[3] ?? ''
  return nodeLayers.findIndex((layer) => layer.includes(place))
}

test('packages import only the packages below them', () => {
  for (const path of files(isProduction)) {
    const own = path.split('/')[1] ?? ''
    for (const name of importsOf(path)) {
      const other = /^@jurat\/([^/]+)\//.exec(name)?.[1]
      if (other === undefined || other === own) continue
      assert.ok(mayImport[own]?.includes(other), `${path} imports ${name}: ${own} must not know ${other}`)
    }
  }
})

test('folders of the node import only the folders below them', () => {
  for (const path of files((path) => isProduction(path) && path.startsWith('packages/node/src/'))) {
    const layer = layerOf(path)
    assert.notEqual(layer, -1, `${path} stands in no layer: give its folder a place in nodeLayers`)
    for (const name of importsOf(path).filter((name) => name.startsWith('.'))) {
      const target = normalize(join(dirname(path), name))
      assert.ok(layerOf(target) >= layer, `${path} imports ${name}, which stands above it`)
    }
  }
})

test('features do not import one another', () => {
  const features = files((path) => isProduction(path) && path.startsWith('packages/node/src/features/'))
  for (const path of features) {
    const own = featureOf(path)
    for (const name of importsOf(path).filter((name) => name.startsWith('.'))) {
      const target = normalize(join(dirname(path), name))
      if (!target.startsWith('packages/node/src/features/')) continue
      const other = featureOf(target)
      assert.ok(other === own, `${path} imports the feature ${other}: main.ts hands over what features share`)
    }
  }
})

const featureOf = (path: string): string => (path.split('/')[4] ?? '').replace(/\.ts$/, '')

test('no folder is named after nothing', () => {
  for (const path of files()) {
    assert.doesNotMatch(path, /(^|\/)(utils?|common|helpers|misc)(\/|\.ts$)/, `${path}: name it after its idea`)
  }
})
