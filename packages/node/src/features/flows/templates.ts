/**
 * The templates of a node: those that come with the program, and those that an administrator added.
 * @module
 */
import { shippedTemplates } from '@jurat/core/flow/templates/shipped'
import { type FlowTemplate, formatTemplate, parseTemplate } from '@jurat/core/flow/template'
import { ReceiptError } from '@jurat/core/receipt/error'
import { appendEvent } from '../../database/office/events.ts'
import { insertTemplate, readTemplates } from '../../database/office/flowAccess.ts'
import { FlowError } from './error.ts'
import type { FlowServices } from './office.ts'

type Services = Pick<FlowServices, 'office' | 'now'>

/** Every version of every template, by id and version. */
export async function listTemplates({ office }: Services): Promise<FlowTemplate[]> {
  const added = await office.read((database) => readTemplates(database, null))
  return [...shippedTemplates, ...added.map(parseTemplate)].toSorted(
    (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0) || a.version - b.version,
  )
}

/** A version of a template, the newest unless one is named. @throws FlowError `record-impossible` */
export async function findTemplate(services: Services, id: string, version: number | null): Promise<FlowTemplate> {
  const all = (await listTemplates(services)).filter((template) => template.id === id)
  const found = version === null ? all.at(-1) : all.find((template) => template.version === version)
  if (found !== undefined) return found
  throw new FlowError('record-impossible', `there is no template ${id}${version === null ? '' : ` version ${version}`}`)
}

/** Adds a template, or the next version of one. @throws FlowError `record-impossible`, `conflict` */
export async function addTemplate(services: Services, given: unknown): Promise<FlowTemplate> {
  const template = readGiven(given)
  const { id, version } = template
  const content = formatTemplate(template)
  const newest = (await listTemplates(services)).findLast((other) => other.id === id)?.version ?? 0
  if (version > newest + 1) throw new FlowError('conflict', `the next version of ${id} is ${newest + 1}`)
  const present = version > newest ? null : await findTemplate(services, id, version)
  if (present !== null) return unchanged(present, template)
  const made = await services.office.transact(async (transaction) => {
    if (!(await insertTemplate(transaction, { id, version, content }))) return false
    const event = { organisation: null, subject: `flow-template/${id}`, kind: 'flow-template.added', body: { version } }
    await appendEvent(transaction, services.now(), event)
    return true
  })
  return made ? template : unchanged(await findTemplate(services, id, version), template)
}

function unchanged(present: FlowTemplate, given: FlowTemplate): FlowTemplate {
  if (formatTemplate(present) === formatTemplate(given)) return present
  throw new FlowError(
    'conflict',
    `version ${given.version} of ${given.id} is another template: a version is never changed`,
  )
}

function readGiven(given: unknown): FlowTemplate {
  try {
    return parseTemplate(JSON.stringify(given))
  } catch (error) {
    if (error instanceof ReceiptError) throw new FlowError('record-impossible', error.message, { cause: error })
    throw error
  }
}
