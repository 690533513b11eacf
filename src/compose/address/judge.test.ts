import assert from 'node:assert/strict'
import { suite, test } from 'node:test'

import fc from 'fast-check'

import type { RouterWord } from '../../adapters/port-mapping/router.ts'
import type { HostAddress } from '../../adapters/system/host-addresses.ts'
import { addressOf, mustBeRange } from '../../core/address.ts'
import { known, unknown } from '../../core/fact.ts'
import { judgeIpv4 } from './judge-ipv4.ts'
import { judgeIpv6 } from './judge-ipv6.ts'
import type { Judged, Opinions } from './opinions.ts'

const rules = { edge: [mustBeRange('104.16.0.0/13'), mustBeRange('2606:4700::/32')], allowed: [] }

const address = (text: string) => {
  const found = addressOf(text)
  assert.ok(found, text)
  return found
}
const seen = (text: string) => known(address(text))
const router = (text: string): RouterWord => ({
  is: 'address',
  address: address(text),
  by: 'NAT-PMP',
})
const own = (text: string, more: Partial<HostAddress> = {}): HostAddress => ({
  address: address(text),
  device: 'eth0',
  temporary: false,
  unfit: false,
  permanent: false,
  ...more,
})
const nobody: Opinions = {
  trace: unknown('no answer'),
  router: { is: 'silent' },
  host: [own('192.168.1.5')],
}

const told = (judged: Judged | 'ask-another'): string => {
  if (judged === 'ask-another') return judged
  const codes = judged.trouble.map(({ code }) => ` ${code}`).join('')
  const { fact } = judged
  return `${fact.is === 'known' ? fact.value.text : fact.is}${codes}`
}

suite('IPv4', () => {
  const none: RouterWord = { is: 'none', because: 'its connection is "Connected"', by: 'UPnP' }
  const cases: readonly (readonly [string, Partial<Opinions>, string])[] = [
    ['no address here, and none seen: there is none', { host: [] }, 'absent'],
    [
      'no address here, but one is seen by two: that is it',
      { host: [], trace: seen('8.8.4.4'), whoami: seen('8.8.4.4') },
      '8.8.4.4',
    ],
    ['outside and router agree', { trace: seen('8.8.4.4'), router: router('8.8.4.4') }, '8.8.4.4'],
    ['this machine is the router', { trace: seen('8.8.4.4'), host: [own('8.8.4.4')] }, '8.8.4.4'],
    ['one voice is not enough', { trace: seen('8.8.4.4') }, 'ask-another'],
    ['a resolver agrees', { trace: seen('8.8.4.4'), whoami: seen('8.8.4.4') }, '8.8.4.4'],
    ['a resolver does not', { trace: seen('8.8.4.4'), whoami: seen('9.9.9.9') }, 'unknown'],
    ['nobody else answers', { trace: seen('8.8.4.4'), whoami: unknown('silence') }, 'unknown'],
    ['the outside is down', { router: router('8.8.4.4') }, 'unknown'],
    [
      'a VPN: the router knows better',
      { trace: seen('9.9.9.9'), router: router('8.8.4.4') },
      'unknown',
    ],
    [
      'a VPN, whatever a resolver behind it says',
      { trace: seen('9.9.9.9'), router: router('8.8.4.4'), whoami: seen('9.9.9.9') },
      'unknown',
    ],
    [
      'WARP',
      { trace: seen('104.16.1.1'), router: router('104.16.1.1') },
      'unknown address/cloudflare-egress',
    ],
    ['a private address', { trace: seen('10.0.0.7'), router: router('10.0.0.7') }, 'unknown'],
    ['a test address', { trace: seen('203.0.113.7'), router: router('203.0.113.7') }, 'unknown'],
    ['a shared address', { trace: seen('100.64.0.7'), whoami: seen('100.64.0.7') }, 'unknown'],
    [
      'CGNAT',
      { trace: seen('8.8.4.4'), router: router('100.72.1.2'), whoami: seen('8.8.4.4') },
      'unknown address/cgnat',
    ],
    ['DS-Lite', { trace: seen('8.8.4.4'), router: router('192.0.0.2') }, 'unknown address/cgnat'],
    [
      'a router behind a router',
      { trace: seen('8.8.4.4'), router: router('192.168.0.2'), whoami: seen('8.8.4.4') },
      '8.8.4.4 address/double-nat',
    ],
    [
      'a router that hides what it has',
      { trace: seen('8.8.4.4'), router: none, whoami: seen('8.8.4.4') },
      '8.8.4.4 address/not-the-routers',
    ],
    ['no IPv4 at all', { host: [own('2a00::5')] }, 'absent'],
  ]
  for (const [what, said, expected] of cases)
    test(`${what}: ${expected}`, () => {
      assert.equal(told(judgeIpv4({ ...nobody, ...said }, rules)), expected)
    })

  test('whatever is said, what is believed was said from outside and by somebody else', () => {
    const texts = [
      '8.8.4.4',
      '9.9.9.9',
      '104.16.1.1',
      '10.0.0.7',
      '100.72.1.2',
      '203.0.113.7',
      '127.0.0.1',
    ]
    const text = fc.constantFrom(...texts)
    const fact = fc.oneof(text.map(seen), fc.constant(unknown('down')))
    const word = fc.oneof(
      text.map(router),
      fc.constant(none),
      fc.constant({ is: 'silent' } as const),
    )
    const host = fc.array(
      text.map((each) => own(each)),
      { minLength: 1, maxLength: 2 },
    )
    fc.assert(
      fc.property(fact, word, host, fact, (trace, said, machine, whoami) => {
        const judged = judgeIpv4({ trace, router: said, host: machine, whoami }, rules)
        assert.ok(judged !== 'ask-another')
        if (judged.fact.is !== 'known') return
        const { text: believed } = judged.fact.value
        assert.ok(trace.is === 'known' && trace.value.text === believed)
        assert.ok(['8.8.4.4', '9.9.9.9'].includes(believed), believed)
        const others = [
          said.is === 'address' && said.address.text,
          whoami.is === 'known' && whoami.value.text,
          ...machine.map((each) => each.address.text),
        ]
        assert.ok(others.includes(believed))
      }),
      { numRuns: 500 },
    )
  })
})

suite('IPv6', () => {
  const temporary = { temporary: true }
  const cases: readonly (readonly [string, Partial<Opinions>, string])[] = [
    ['none at all', {}, 'absent'],
    ['addresses of the home alone', { host: [own('fd00::5'), own('fe80::5')] }, 'absent'],
    ['the one it has', { trace: seen('2a00:1::5'), host: [own('2a00:1::5')] }, '2a00:1::5'],
    [
      'seen at a temporary one: the lasting one beside it',
      { trace: seen('2a00:1::77'), host: [own('2a00:1::77', temporary), own('2a00:1::5')] },
      '2a00:1::5',
    ],
    [
      'nothing but a temporary one',
      { trace: seen('2a00:1::77'), host: [own('2a00:1::77', temporary)] },
      'unknown',
    ],
    [
      'a prefix that was taken back does not count',
      { trace: seen('2a00:2::5'), host: [own('2a00:1::5', { unfit: true }), own('2a00:2::5')] },
      '2a00:2::5',
    ],
    [
      'the other prefix of two providers',
      { trace: seen('2a00:2::77'), host: [own('2a00:1::5'), own('2a00:2::5')] },
      '2a00:2::5',
    ],
    [
      'a permanent one comes first, whichever is seen',
      { trace: seen('2a00:1::3'), host: [own('2a00:1::3'), own('2a00:1::5', { permanent: true })] },
      '2a00:1::5',
    ],
    ['seen nowhere: an outage', { host: [own('2a00:1::5')] }, 'unknown'],
    [
      'translated, and only one says so',
      { trace: seen('2a00:9::1'), host: [own('2a00:1::5')] },
      'ask-another',
    ],
    [
      'translated, and two say so',
      { trace: seen('2a00:9::1'), host: [own('2a00:1::5')], whoami: seen('2a00:9::1') },
      '2a00:9::1',
    ],
    [
      'WARP',
      { trace: seen('2606:4700::1'), host: [own('2a00:1::5')] },
      'unknown address/cloudflare-egress',
    ],
  ]
  for (const [what, said, expected] of cases)
    test(`${what}: ${expected}`, () => {
      assert.equal(told(judgeIpv6({ ...nobody, ...said }, rules)), expected)
    })
})
