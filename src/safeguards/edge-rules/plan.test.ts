import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { known, unknown } from '../../core/fact.ts'
import { check } from './check.ts'
import { plan } from './plan.ts'
import { wantedRules } from './rules.ts'
import {
  isOurs,
  phases,
  type Desired,
  type Do,
  type FoundRule,
  type Observed,
  type Phase,
} from './types.ts'
import { undo } from './undo.ts'

// The laws, from any zone: rules of others and of older versions of ours, settings that may be changed or not.

type Zone = {
  readonly rules: Readonly<Record<Phase, readonly FoundRule[]>>
  readonly settings: Readonly<
    Record<string, { readonly value: unknown; readonly editable: boolean }>
  >
  readonly botFight: boolean
}

const observed = ({ rules, settings, botFight }: Zone): Observed => ({
  rules: byPhase((phase) => known(rules[phase])),
  settings: Object.fromEntries(Object.entries(settings).map(([id, state]) => [id, known(state)])),
  botFight: known(botFight),
})

function byPhase<T>(make: (phase: Phase) => T): Record<Phase, T> {
  return {
    http_config_settings: make('http_config_settings'),
    http_request_cache_settings: make('http_request_cache_settings'),
    http_request_dynamic_redirect: make('http_request_dynamic_redirect'),
    http_request_firewall_custom: make('http_request_firewall_custom'),
    http_ratelimit: make('http_ratelimit'),
  }
}

/** The zone after one step, as the API would have it. */
function after(zone: Zone, does: Do): Zone {
  switch (does.verb) {
    case 'put-rule': {
      const here = zone.rules[does.phase]
      const at = here.findIndex(({ ref }) => ref === does.rule.ref)
      const changed = at < 0 ? [...here, does.rule] : here.with(at, does.rule)
      return { ...zone, rules: { ...zone.rules, [does.phase]: changed } }
    }
    case 'remove-rule': {
      const rest = zone.rules[does.phase].filter(({ ref }) => ref !== does.was.ref)
      return { ...zone, rules: { ...zone.rules, [does.phase]: rest } }
    }
    case 'set': {
      const editable = zone.settings[does.setting]?.editable ?? false
      assert.ok(editable, 'what the plan of the zone does not allow is not tried')
      const state = { value: does.now, editable }
      return { ...zone, settings: { ...zone.settings, [does.setting]: state } }
    }
    case 'set-bot-fight':
      return { ...zone, botFight: does.now }
  }
}

const desires: fc.Arbitrary<Desired> = fc.record({
  names: fc.constantFrom(['ha.example.com'], ['ha.example.com', 'home.example.com']),
  publicPort: fc.constantFrom(443, 8443),
  countries: fc.constantFrom(undefined, ['PT'], ['PT', 'ES']),
  assistants: fc.boolean(),
  webhooks: fc.boolean(),
  loginLimit: fc.boolean(),
  zoneSettings: fc.constantFrom('propose', 'change'),
})

const rule = (ref: string, enabled: boolean): FoundRule => ({
  ref,
  description: `about ${ref}`,
  expression: 'true',
  action: 'block',
  enabled,
})

const ofPhase = (quota: number) =>
  fc
    .uniqueArray(
      fc.constantFrom('shop', 'blog', 'gatehouse_config', 'gatehouse_country', 'gatehouse_older'),
      { maxLength: quota },
    )
    .chain((refs) =>
      fc.tuple(...refs.map((ref) => fc.boolean().map((enabled) => rule(ref, enabled)))),
    )

const plain = { noNullPrototype: true } as const

const setting = (values: readonly string[]) =>
  fc.record({ value: fc.constantFrom(...values), editable: fc.boolean() }, plain)

const zones: fc.Arbitrary<Zone> = fc.record(
  {
    rules: fc.record(
      {
        http_config_settings: ofPhase(5),
        http_request_cache_settings: ofPhase(5),
        http_request_dynamic_redirect: ofPhase(5),
        http_request_firewall_custom: ofPhase(5),
        http_ratelimit: ofPhase(1),
      },
      plain,
    ),
    settings: fc.record(
      {
        websockets: setting(['on', 'off']),
        min_tls_version: setting(['1.0', '1.2', '1.3']),
        tls_1_3: setting(['on', 'off', 'zrt']),
      },
      plain,
    ),
    botFight: fc.boolean(),
  },
  plain,
)

const applied = (desired: Desired, zone: Zone) =>
  plan(desired, observed(zone)).steps.reduce((now, { does }) => after(now, does), zone)

const law = (holds: (desired: Desired, zone: Zone) => void) =>
  fc.assert(fc.property(desires, zones, holds), { numRuns: 200 })

test('law: it settles', () => {
  law((desired, zone) => {
    assert.deepEqual(plan(desired, observed(applied(desired, zone))).steps, [])
  })
})

test('law: what is not ours stays to the letter, and no phase gets more rules than it may have', () => {
  law((desired, zone) => {
    const end = applied(desired, zone)
    for (const phase of phases) {
      const theirs = (of: Zone) => of.rules[phase].filter((each) => !isOurs(each))
      assert.deepEqual(theirs(end), theirs(zone))
    }
    assert.ok(end.rules.http_ratelimit.length <= 1)
    assert.ok(end.rules.http_request_firewall_custom.length <= 5)
    if (desired.zoneSettings === 'propose') {
      assert.deepEqual([end.settings, end.botFight], [zone.settings, zone.botFight])
    }
  })
})

test('law: undone in reverse, the zone is as it was', () => {
  law((desired, zone) => {
    let now = zone
    const did = plan(desired, observed(zone)).steps.map(({ does }) => does)
    for (const does of did) now = after(now, does)
    for (const does of did.toReversed())
      for (const step of undo(does, observed(now)).steps) now = after(now, step.does)
    const sorted = (of: Zone) =>
      byPhase((phase) => of.rules[phase].toSorted((a, b) => a.ref.localeCompare(b.ref)))
    assert.deepEqual({ ...now, rules: sorted(now) }, { ...zone, rules: sorted(zone) })
  })
})

test('law: what somebody changed since is not undone', () => {
  law((desired, zone) => {
    const did = plan(desired, observed(zone)).steps.map(({ does }) => does)
    const end = applied(desired, zone)
    const meddled: Zone = {
      settings: byId(end.settings, (state) => ({ ...state, value: 'something else' })),
      botFight: end.botFight,
      rules: byPhase((phase) =>
        end.rules[phase].map((each) => ({ ...each, expression: 'not true' })),
      ),
    }
    for (const does of did)
      if (does.verb === 'put-rule' || does.verb === 'set')
        assert.deepEqual(undo(does, observed(meddled)).steps, [])
  })
})

const byId = <T>(of: Readonly<Record<string, T>>, make: (value: T) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(of).map(([id, value]) => [id, make(value)]))

const wish: Desired = {
  names: ['ha.example.com'],
  publicPort: 443,
  countries: ['PT'],
  assistants: true,
  webhooks: true,
  loginLimit: true,
  zoneSettings: 'change',
}

/** A zone that is as wished. */
const done = (): Zone => {
  const none: Zone = {
    rules: byPhase(() => []),
    settings: {
      websockets: { value: 'on', editable: true },
      min_tls_version: { value: '1.2', editable: true },
      tls_1_3: { value: 'on', editable: true },
    },
    botFight: false,
  }
  return applied(wish, none)
}

const findings = (zone: Zone) => check(wish, observed(zone))

test('a zone that is as wished has no findings; a rule less is one', () => {
  assert.deepEqual(findings(done()), [])
  for (const { phase } of wantedRules(wish)) {
    if (phase === 'http_request_cache_settings') continue
    const codes = findings({ ...done(), rules: { ...done().rules, [phase]: [] } })
    assert.equal(codes.length, 1, phase)
    assert.match(codes[0]?.hint ?? '', /gatehouse apply/)
  }
})

test('where another rule has the only place, it says so instead of asking for an apply that changes nothing', () => {
  const { rules } = done()
  const taken = { ...done(), rules: { ...rules, http_ratelimit: [rule('shop', true)] } }
  assert.deepEqual(plan(wish, observed(taken)).steps, [])
  assert.match(plan(wish, observed(taken)).left.join(), /1 rule of its own of this kind/)
  const [found, ...more] = findings(taken)
  assert.deepEqual([found?.code, more], ['edge/login-limit', []])
  assert.match(found?.says ?? '', /the plan allows no more/)
  assert.match(found?.hint ?? '', /edge\.login_limit/)
})

const others: readonly (readonly [
  string,
  Phase,
  'before' | 'after',
  Partial<FoundRule>,
  string | undefined,
])[] = [
  [
    'sets the mode again',
    'http_config_settings',
    'after',
    { action_parameters: { ssl: 'flexible' } },
    'edge/ssl-mode',
  ],
  [
    'sets it before ours',
    'http_config_settings',
    'before',
    { action_parameters: { ssl: 'flexible' } },
    undefined,
  ],
  [
    'rewrites again',
    'http_config_settings',
    'after',
    { action_parameters: { rocket_loader: true } },
    'edge/rewrites-content',
  ],
  [
    'is about another host',
    'http_config_settings',
    'after',
    { action_parameters: { ssl: 'off' }, expression: 'http.host eq "shop.example.com"' },
    undefined,
  ],
  [
    'is switched off',
    'http_config_settings',
    'after',
    { action_parameters: { ssl: 'off' }, enabled: false },
    undefined,
  ],
  [
    'skips the rest',
    'http_request_firewall_custom',
    'before',
    { action: 'skip', action_parameters: { ruleset: 'current' } },
    'edge/country-rule',
  ],
  [
    'skips the rest after ours',
    'http_request_firewall_custom',
    'after',
    { action: 'skip', action_parameters: { ruleset: 'current' } },
    undefined,
  ],
  [
    'skips another product',
    'http_request_firewall_custom',
    'before',
    { action: 'skip', action_parameters: { products: ['bic'] } },
    undefined,
  ],
]
for (const [what, phase, where, more, code] of others) {
  test(`a rule of somebody else that ${what}: ${code ?? 'nothing to say'}`, () => {
    const zone = done()
    const theirs = { ...rule('theirs', true), ...more }
    const ours = zone.rules[phase]
    const all = where === 'before' ? [theirs, ...ours] : [...ours, theirs]
    assert.deepEqual(
      findings({ ...zone, rules: { ...zone.rules, [phase]: all } }).map((each) => each.code),
      code === undefined ? [] : [code],
    )
  })
}

test('what could not be looked at is left, and is no finding of something wrong', () => {
  const blind = { ...observed(done()), rules: byPhase(() => unknown('the token may not')) }
  assert.deepEqual(plan(wish, blind).steps, [])
  assert.match(plan(wish, blind).left.join(), /cannot be looked at \(the token may not\)/)
  assert.ok(check(wish, blind).every(({ unseen }) => unseen === true))
})
