/**
 * What a dropped file is: by its content, else by the name that it claims.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mimetypePath, packageMimetype } from '../package/places.ts'
import { recognise, type Role } from './recognise.ts'

const cases: readonly (readonly [what: string, name: string, content: string, role: Role])[] = [
  ['a receipt', 'a.bin', '{"format":"jurat-receipt/v1"}', 'receipt'],
  ['a trust file', 'a.txt', ' \r\n{"networkId":"00","format":"jurat-trust/v1"}', 'trust'],
  ['a receipt of a later form', 'a', '{"format":"jurat-receipt/v9"}', 'receipt'],
  ['a receipt under the name of a trust file', 'trust.json', '{"format":"jurat-receipt/v1"}', 'receipt'],
  ['a broken receipt', 'deed.jurat.json', '{"format":"jurat-receipt/v1"', 'receipt'],
  ['a broken trust file', 'trust (2).json', '', 'trust'],
  ['JSON of others', 'order.json', '{"format":"order/v1"}', 'original'],
  ['JSON that holds a receipt', 'bundle.json', '{"receipt":{"format":"jurat-receipt/v1"}}', 'original'],
  ['JSON with a format that is no text', 'order.json', '{"format":{"format":"jurat-receipt/v1"}}', 'original'],
  ['a package', 'a.zip', `PK\u0003\u0004${'\0'.repeat(26)}${mimetypePath}${packageMimetype}PK`, 'package'],
  ['a broken package', 'case.asice', 'PK', 'package'],
  ['a ZIP file of others', 'a.docx', `PK\u0003\u0004${'\0'.repeat(26)}[Content_Types].xml`, 'original'],
  ['a certificate', 'a.pdf', '%PDF-1.7\n<</UF(certificate.json)>>', 'certificate'],
  ['a PDF of others', 'contract.pdf', '%PDF-1.7\n<<>>', 'original'],
  ['a text about certificates', 'a.txt', 'see (certificate.json)', 'original'],
  ['a text', 'contract.txt', 'The contract', 'original'],
  ['nothing', 'empty', '', 'original'],
  ['an array', 'list.json', '[{"format":"jurat-trust/v1"}]', 'original'],
]

test('the role of a file', async () => {
  for (const [what, name, content, role] of cases) {
    assert.equal(await recognise(new File([content], name)), role, what)
  }
})
