import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { proxiesIn } from './settings.ts'
import { editBlock, readBlock } from './yaml-edit.ts'

const start = `# My home.
default_config:

homeassistant:
  packages: !include_dir_named packages   # mine
automation: !include automations.yaml
`
const end = `
# What follows.
sensor:
  - platform: template
    password: !secret   pass
`
const ours = { proxies: ['192.0.2.2/32'], set: {} }
const cases: readonly (readonly [string, string, string])[] = [
  [
    'there is none',
    start,
    `${start}\nhttp:\n  use_x_forwarded_for: true\n  trusted_proxies:\n    - 192.0.2.2/32\n`,
  ],
  [
    'it is empty',
    `${start}http:\n${end}`,
    `${start}http:\n  use_x_forwarded_for: true\n  trusted_proxies:\n    - 192.0.2.2/32\n${end}`,
  ],
  [
    'it has other things, with comments',
    `${start}http:\n    # a port\n    server_port: 8123 # the usual\n${end}`,
    `${start}http:\n    # a port\n    server_port: 8123 # the usual\n    use_x_forwarded_for: true\n    trusted_proxies:\n      - 192.0.2.2/32\n${end}`,
  ],
  [
    'it is off',
    `http:\n  use_x_forwarded_for: no # why\n  trusted_proxies:\n  - 10.0.0.1 # old\n${end}`,
    `http:\n  use_x_forwarded_for: true # why\n  trusted_proxies:\n  - 10.0.0.1 # old\n  - 192.0.2.2/32\n${end}`,
  ],
  [
    'a list on one line',
    `http:\n  trusted_proxies: [10.0.0.1, '::1']\n  use_x_forwarded_for: true\n`,
    `http:\n  trusted_proxies: [10.0.0.1, '::1', 192.0.2.2/32]\n  use_x_forwarded_for: true\n`,
  ],
  [
    'a single one',
    `http:\n  use_x_forwarded_for: true\n  trusted_proxies: ::1`,
    `http:\n  use_x_forwarded_for: true\n  trusted_proxies: ['::1', 192.0.2.2/32]\n`,
  ],
  [
    'no line end at the end',
    `http:\n  server_port: 80`,
    `http:\n  server_port: 80\n  use_x_forwarded_for: true\n  trusted_proxies:\n    - 192.0.2.2/32\n`,
  ],
]

for (const [name, before, after] of cases) {
  test(`the proxy is added, and the rest stays to the letter: ${name}`, () => {
    assert.equal(editBlock(before, false, ours), after)
  })
}

test('where only the switch is missing, only the switch is set', () => {
  assert.equal(
    editBlock('http:\n  trusted_proxies: [10.0.0.1]\n', false, { proxies: [], set: {} }),
    'http:\n  trusted_proxies: [10.0.0.1]\n  use_x_forwarded_for: true\n',
  )
})

test('the pair is set beside what is there, and takes the place of another', () => {
  const set = { ssl_certificate: '/ssl/fullchain.pem', ssl_key: '/ssl/privkey.pem' }
  assert.equal(
    editBlock(
      'http:\n  ssl_certificate: /ssl/old.pem # from the other app\n  trusted_proxies:\n    - 10.0.0.1\n',
      false,
      { proxies: ['192.0.2.2/32'], set },
    ),
    'http:\n  ssl_certificate: /ssl/fullchain.pem # from the other app\n  trusted_proxies:\n    - 10.0.0.1\n    - 192.0.2.2/32\n  use_x_forwarded_for: true\n  ssl_key: /ssl/privkey.pem\n',
  )
  assert.equal(
    editBlock('http:\n  ssl_certificate: !secret certificate\n', false, { proxies: [], set }),
    undefined,
  )
})

test('an included file is the block itself', () => {
  const edited = editBlock('server_port: 8123\n', true, ours)
  assert.equal(
    edited,
    'server_port: 8123\nuse_x_forwarded_for: true\ntrusted_proxies:\n  - 192.0.2.2/32\n',
  )
})

test('what is written in an unusual way is left', () => {
  for (const text of [
    'http: { server_port: 80 }\n',
    'http: [',
    'http:\n  trusted_proxies: !include proxies.yaml\n',
    'http:\n  trusted_proxies: *others\n',
    '- http\n',
  ])
    assert.equal(editBlock(text, false, ours), undefined, text)
})

test('law: whatever the order and the layout, everything that was there is still there, once', () => {
  const lines = fc.shuffledSubarray(
    [
      'server_port: 8123',
      'use_x_forwarded_for: false',
      'ip_ban_enabled: true # yes',
      'trusted_proxies:\n    - 10.0.0.1\n    - fd00::1',
      'cors_allowed_origins:\n    - https://x.example',
      '# a comment',
    ],
    { minLength: 0 },
  )
  fc.assert(
    fc.property(lines, fc.constantFrom('', start), fc.constantFrom('', end), (body, top, tail) => {
      const text = `${top}http:\n${body.map((each) => `  ${each}\n`).join('')}${tail}`
      const edited = editBlock(text, false, {
        proxies: ['192.0.2.2/32', '2001:db8::2/128'],
        set: {},
      })
      // A block of nothing but comments may be left to its owner.
      if (edited === undefined) return body.every((each) => each.startsWith('#'))
      const block = readBlock(edited, false)
      const was = readBlock(text, false)
      assert.equal(block['use_x_forwarded_for'], true)
      assert.deepEqual(proxiesIn(block), [...proxiesIn(was), '192.0.2.2/32', '2001:db8::2/128'])
      const kept = new Set(edited.split('\n'))
      return text
        .split('\n')
        .filter((each) => !each.includes('use_x_forwarded_for'))
        .every((each) => kept.has(each))
    }),
  )
})
