/**
 * Pieces of which the templates that come with the program are written.
 * @module
 */
import type { FlowPhase, FlowRole, LocalNames } from '../template.ts'

/** Seconds of a day. */
export const daySeconds = 86_400

type Names = readonly [en: string, zhCn: string, zhTw: string]

/** A name in each language. */
export const namesOf = ([en, zhCn, zhTw]: Names): LocalNames => ({ en, 'zh-CN': zhCn, 'zh-TW': zhTw })

/** A role. */
export const role = (id: string, names: Names): FlowRole => ({ id, names: namesOf(names) })

/** A phase that anybody may deposit once, at any time, unless it says otherwise. */
export const phase = (id: string, names: Names, rules: Partial<Omit<FlowPhase, 'id' | 'names'>> = {}): FlowPhase => ({
  id,
  names: namesOf(names),
  act: 'record',
  order: null,
  required: false,
  repeats: false,
  roles: [],
  accounts: [],
  deadline: null,
  ...rules,
})

/** Somebody refuses: it ends the flow. */
export const refusal: FlowPhase = phase('refusal', ['Refusal to sign', '拒绝签署', '拒絕簽署'], { act: 'refusal' })

/** A breach that a party reports, as often as there is one. */
export const breach: FlowPhase = phase('breach', ['Breach', '违约', '違約'], { repeats: true })
