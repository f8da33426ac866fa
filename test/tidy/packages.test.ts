/**
 * The packages: one version, exact pins, free licences, no install script that we would depend on.
 * @module
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { files, root, text } from './repository.ts'

const licences =
  /^(MIT|MIT-0|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|ISC|0BSD|MPL-2\.0|CC0-1\.0|CC-BY-4\.0|BlueOak-1\.0\.0|Unlicense|Python-2\.0|PostgreSQL|WTFPL|Zlib)$/

interface Manifest {
  version?: string
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

const manifests = files((path) => /^(packages\/[^/]+\/)?package\.json$/.test(path))
const read = (path: string): Manifest => JSON.parse(text(path)) as Manifest

test('all packages have one version', () => {
  assert.deepEqual(new Set(manifests.map((path) => read(path).version)), new Set([read('package.json').version]))
})

test('every dependency is pinned exactly', () => {
  for (const path of manifests) {
    const { dependencies, devDependencies, optionalDependencies } = read(path)
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, `${path}: ${name} is not pinned`)
    }
  }
})

/** Fonts alone may come under this licence (docs/decisions/0072-certificates-by-typst.md). */
const fontLicence = 'OFL-1.1'
const fonts = '/@expo-google-fonts/'

const mayUse = (licence: string, place: string): boolean =>
  licences.test(licence) || (licence === fontLicence && place.includes(fonts))

test('every installed package has a licence that we may use', () => {
  const lock = JSON.parse(text('package-lock.json')) as {
    packages: Record<string, { license?: string; link?: boolean }>
  }
  let looked = 0
  for (const [place, entry] of Object.entries(lock.packages)) {
    if (!place.includes('node_modules/') || entry.link === true || place.includes('@jurat/')) continue
    const name = place.slice(place.lastIndexOf('node_modules/') + 13)
    const licence = entry.license ?? licenceOfPackage(place)
    if (licence === null) continue
    looked++
    const choices = licence.replace(/[()]/g, '').split(/ OR /)
    assert.ok(
      choices.some((choice) => choice.split(/ AND /).every((part) => mayUse(part, place))),
      `${name}: ${licence}`,
    )
  }
  assert.ok(looked > 100, `only ${looked} licences were looked at`)
})

/** Packages that say their licence only in their own manifest, when they are installed here. */
function licenceOfPackage(place: string): string | null {
  const manifest = join(place, 'package.json')
  if (!existsSync(join(root, manifest))) return null
  const { license } = JSON.parse(text(manifest)) as { license?: string | { type: string } }
  return typeof license === 'string' ? license : (license?.type ?? null)
}
