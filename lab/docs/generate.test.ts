import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

import { generatedDocs } from './generate.ts'

test('the generated parts of the docs are those of the code; `npm run docs` writes them', async () => {
  for (const { file, content } of await generatedDocs()) {
    assert.equal(
      await readFile(file, 'utf8'),
      content,
      `${file.pathname} is not what the code says now`,
    )
  }
})
