/**
 * A work and its copyright: creation, drafts, completion, publication, licences, infringement.
 * @module
 */
import type { FlowTemplate } from '../template.ts'
import { namesOf, phase, role } from './pieces.ts'

export const copyrightWorkTemplate: FlowTemplate = {
  id: 'copyright-work',
  version: 1,
  names: namesOf(['Copyright work', '版权作品', '著作權作品']),
  roles: [role('author', ['Author', '作者', '作者']), role('licensee', ['Licensee', '被许可方', '被授權方'])],
  phases: [
    phase('concept', ['Concept', '构思', '構思'], { order: 10, roles: ['author'] }),
    phase('draft', ['Draft', '草稿', '草稿'], { order: 20, repeats: true, roles: ['author'] }),
    phase('work', ['Finished work', '作品定稿', '作品定稿'], { order: 30, required: true, roles: ['author'] }),
    phase('declaration', ['Declaration of authorship', '权属声明', '權屬聲明'], {
      order: 40,
      required: true,
      roles: ['author'],
    }),
    phase('publication', ['Publication', '发表', '發表'], { order: 50, repeats: true, roles: ['author'] }),
    phase('licence', ['Licence', '许可', '授權'], { order: 60, repeats: true, roles: ['author'] }),
    phase('licence-accepted', ['Licence accepted', '接受许可', '接受授權'], {
      order: 60,
      repeats: true,
      roles: ['licensee'],
    }),
    phase('infringement', ['Infringement', '侵权', '侵權'], { repeats: true, roles: ['author', 'licensee'] }),
  ],
}
