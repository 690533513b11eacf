import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Problem } from '../../core/problem.ts'
import { finalize, orderIn, type Post } from './order.ts'
import type { Answer } from './transport.ts'

const signal = new AbortController().signal
const at = (path: string): string => `https://ca.example/${path}`

const answer = (status: string): Answer => {
  const body = { status, authorizations: [], finalize: at('finalize') }
  return { status: 200, headers: new Map(), text: '', json: () => body }
}
const ready = { ...orderIn(answer('ready')), url: at('order') }
const lost = new Problem('certificate/authority-unreachable', 'the connection was cut')

/** Says what was sent, and answers with what is given, in turn. */
function script(...answers: readonly (string | Problem)[]) {
  const sent: string[] = []
  const post: Post = (url, payload, _signal, repeatable = true) => {
    sent.push(`${payload === undefined ? 'look' : 'send'} ${url} ${repeatable ? 'again' : 'once'}`)
    const next = answers[sent.length - 1] ?? lost
    return typeof next === 'string' ? Promise.resolve(answer(next)) : Promise.reject(next)
  }
  return { sent, post }
}

test('a request is sent once by itself, and after a lost answer only where the order is as before', async () => {
  const arrived = script(lost, 'valid')
  assert.equal((await finalize(arrived.post, ready, 'csr', signal)).value.status, 'valid')
  assert.deepEqual(arrived.sent, [`send ${at('finalize')} once`, `look ${at('order')} again`])

  const not = script(lost, 'ready', 'processing')
  assert.equal((await finalize(not.post, ready, 'csr', signal)).value.status, 'processing')
  assert.equal(not.sent.length, 3)
})

test('it is not tried for ever, and a refusal not at all', async () => {
  const never = script(lost, 'ready', lost, 'ready', lost)
  await assert.rejects(finalize(never.post, ready, 'csr', signal), lost)
  assert.equal(never.sent.length, 5)

  const refused = new Problem('certificate/refused', 'the request is wrong')
  const once = script(refused)
  await assert.rejects(finalize(once.post, ready, 'csr', signal), refused)
  assert.equal(once.sent.length, 1)
})
