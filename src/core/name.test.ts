import assert from 'node:assert/strict'
import { test } from 'node:test'

import { depthBelow, isWithin, nameOf, suffixesOf } from './name.ts'

test('names are read in their wire form', () => {
  assert.equal(nameOf('HA.Example.com.'), 'ha.example.com')
  assert.equal(nameOf('häuschen.example'), 'xn--huschen-5wa.example')
  for (const text of [
    '',
    'localhost',
    '192.0.2.1',
    'a_b.example.com',
    '-a.example.com',
    `${'a'.repeat(64)}.example`,
    'a..b',
    'https://ha.example.com',
  ]) {
    assert.equal(nameOf(text), undefined, text)
  }
})

test('where a name stands below its zone', () => {
  assert.equal(isWithin('ha.example.com', 'example.com'), true)
  assert.equal(isWithin('haexample.com', 'example.com'), false)
  assert.equal(depthBelow('example.com', 'example.com'), 0)
  assert.equal(depthBelow('ha.home.example.com', 'example.com'), 2)
  assert.deepEqual(suffixesOf('ha.example.co.uk'), ['ha.example.co.uk', 'example.co.uk', 'co.uk'])
})
