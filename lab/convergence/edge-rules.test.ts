import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import fc from 'fast-check'

import { cloudflareClient } from '../../src/adapters/cloudflare/client.ts'
import { zoneRulesets } from '../../src/adapters/cloudflare/rulesets.ts'
import { zoneSettings } from '../../src/adapters/cloudflare/settings.ts'
import { reconcile } from '../../src/core/reconcile.ts'
import { Secret } from '../../src/core/secret.ts'
import { edgeRules } from '../../src/safeguards/edge-rules/edge-rules.ts'
import { wantedRules } from '../../src/safeguards/edge-rules/rules.ts'
import { phases, type Desired } from '../../src/safeguards/edge-rules/types.ts'
import { startCloudflare } from '../simulators/cloudflare/cloudflare.ts'
import { evaluate } from '../simulators/cloudflare/edge/expression.ts'
import { newId, type Rule, type Scope } from '../simulators/cloudflare/state.ts'

const signal = new AbortController().signal
const yes = { approve: () => Promise.resolve(true) }
const all: Scope[] = [
  'zone:read',
  'zone_settings:edit',
  'config_settings:edit',
  'zone_waf:edit',
  'cache_settings:edit',
  'dynamic_url_redirects:edit',
  'bot_management:edit',
]

async function worldFor(t: TestContext, scopes = all) {
  const cloudflare = await startCloudflare()
  t.after(() => cloudflare.close())
  const account = cloudflare.account('home')
  const zone = cloudflare.zone('example.com', account)
  const token = cloudflare.token(account, scopes)
  const client = cloudflareClient({
    baseUrl: cloudflare.baseUrl,
    token: new Secret('token', token.value),
    now: () => new Date(),
    random: () => 0,
  })
  const rulesets = zoneRulesets(client, zone.id)
  const settings = zoneSettings(client, zone.id)
  const safeguard = edgeRules({
    ...rulesets,
    setting: (id, s) => settings.read(id, s),
    set: (id, value, s) => settings.write(id, value, s),
    botFight: (s) => settings.botFight(s),
    setBotFight: (on, s) => settings.setBotFight(on, s),
  })
  return { cloudflare, zone, safeguard }
}

const wish = (more: Partial<Desired> = {}): Desired => ({
  names: ['ha.example.com'],
  publicPort: 443,
  countries: ['PT', 'ES'],
  assistants: true,
  webhooks: true,
  loginLimit: true,
  zoneSettings: 'propose',
  ...more,
})

const foreignRule = (n: number, more: Partial<Rule> = {}): Rule => ({
  id: newId(),
  ref: `theirs_${n}`,
  version: '1',
  expression: `(http.host eq "shop${n}.example.com")`,
  action: 'block',
  description: 'theirs',
  enabled: true,
  last_updated: '',
  ...more,
})

test('from nothing: every rule, nothing zone-wide without consent, and then nothing to do', async (t) => {
  const { zone, safeguard } = await worldFor(t)
  const outcome = await reconcile(safeguard, wish(), yes, signal)
  assert.ok(outcome.is === 'settled')
  assert.equal(outcome.did.length, 5)
  assert.match(outcome.left.join('\n'), /proposed for the whole zone: TLS 1\.2/)
  assert.equal(zone.settings.get('min_tls_version')?.value, '1.0')
  assert.equal(
    (
      await reconcile(
        safeguard,
        wish(),
        { approve: () => Promise.reject(new Error('asked')) },
        signal,
      )
    ).is,
    'settled',
  )
})

test('with consent the zone-wide settings are changed, but not what the plan does not allow', async (t) => {
  const { zone, safeguard } = await worldFor(t)
  zone.settings.set('websockets', { value: 'off', editable: false })
  zone.botManagement.fight_mode = true
  const outcome = await reconcile(safeguard, wish({ zoneSettings: 'change' }), yes, signal)
  assert.ok(outcome.is === 'settled')
  assert.equal(zone.settings.get('min_tls_version')?.value, '1.2')
  assert.equal(zone.botManagement.fight_mode, false)
  assert.match(outcome.left.join(), /WebSockets on: the plan of the zone does not allow it/)
})

test('whatever others have there stays to the letter, and a full phase is said so', async (t) => {
  const { zone, safeguard } = await worldFor(t)
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({ phase: fc.constantFrom(...phases), n: fc.integer({ min: 0, max: 20 }) }),
        { maxLength: 12 },
      ),
      async (given) => {
        zone.rulesets.clear()
        for (const phase of phases) {
          const numbers = [
            ...new Set(given.filter((each) => each.phase === phase).map(({ n }) => n)),
          ]
          const most =
            phase === 'http_ratelimit' ? 1 : phase === 'http_request_firewall_custom' ? 5 : 10
          if (numbers.length > 0)
            zone.rulesets.set(phase, {
              id: newId(),
              phase,
              version: 1,
              rules: numbers.slice(0, most).map((n) =>
                foreignRule(
                  n,
                  phase === 'http_ratelimit'
                    ? {
                        ratelimit: { period: 10, mitigation_timeout: 10 },
                        expression: 'starts_with(http.request.uri.path, "/shop")',
                      }
                    : {},
                ),
              ),
            })
        }
        const theirs = () =>
          JSON.stringify(
            [...zone.rulesets.values()].flatMap(({ rules }) =>
              rules.filter(({ ref }) => ref.startsWith('theirs')),
            ),
          )
        const before = theirs()
        const outcome = await reconcile(safeguard, wish(), yes, signal)
        assert.equal(outcome.is, 'settled')
        assert.equal(theirs(), before)
      },
    ),
    { numRuns: 8 },
  )
})

test('the country rule lets in who should come in, and nobody else', () => {
  const country = wantedRules(wish()).find(({ phase }) => phase === 'http_request_firewall_custom')
  assert.ok(country)
  const blocked = (more: { country: string; path?: string; asn?: number; host?: string }) =>
    evaluate(country.rule.expression, { host: 'ha.example.com', path: '/', asn: 0, ...more })
  assert.equal(blocked({ country: 'PT' }), false)
  assert.equal(blocked({ country: 'RU' }), true)
  assert.equal(blocked({ country: 'XX' }), true)
  assert.equal(blocked({ country: 'US', asn: 15169 }), false)
  assert.equal(blocked({ country: 'US', path: '/api/alexa/smart_home' }), false)
  assert.equal(blocked({ country: 'US', path: '/api/webhook/abc' }), false)
  assert.equal(blocked({ country: 'US', path: '/api/states' }), true)
  assert.equal(blocked({ country: 'RU', host: 'shop.example.com' }), false)
})

test('a wish withdrawn removes our rule and only ours; drift is put back', async (t) => {
  const { zone, safeguard } = await worldFor(t)
  await reconcile(safeguard, wish(), yes, signal)
  zone.rulesets.get('http_request_firewall_custom')?.rules.push(foreignRule(1))
  const config = zone.rulesets.get('http_config_settings')?.rules[0]
  if (config) config.action_parameters = { ssl: 'flexible' }
  assert.deepEqual(
    safeguard.check(wish(), await safeguard.observe(signal), new Date()).map(({ code }) => code),
    ['edge/ssl-mode', 'edge/min-tls'],
  )
  await reconcile(safeguard, wish({ countries: undefined }), yes, signal)
  assert.deepEqual(
    zone.rulesets.get('http_request_firewall_custom')?.rules.map(({ ref }) => ref),
    ['theirs_1'],
  )
  assert.equal(
    Reflect.get(
      Object(zone.rulesets.get('http_config_settings')?.rules[0]?.action_parameters),
      'ssl',
    ),
    'strict',
  )
})

test('a later rule of somebody else that weakens the mode again is found', async (t) => {
  const { zone, safeguard } = await worldFor(t)
  await reconcile(safeguard, wish(), yes, signal)
  zone.rulesets.get('http_config_settings')?.rules.push(
    foreignRule(1, {
      expression: 'true',
      action: 'set_config',
      action_parameters: { ssl: 'flexible' },
    }),
    foreignRule(2, { action_parameters: { ssl: 'off' } }),
  )
  const found = safeguard
    .check(wish(), await safeguard.observe(signal), new Date())
    .filter(({ code }) => code === 'edge/ssl-mode')
  assert.equal(found.length, 1)
})

test('a token that may not look leaves everything and says what was not known', async (t) => {
  const { safeguard } = await worldFor(t, ['zone:read'])
  const outcome = await reconcile(safeguard, wish(), yes, signal)
  assert.ok(outcome.is === 'settled')
  assert.equal(outcome.did.length, 0)
  assert.match(outcome.left.join(), /the rules cannot be looked at/)
})

test('lost answers and kills between effects converge without duplicates', async (t) => {
  const { cloudflare, zone, safeguard } = await worldFor(t)
  for (let nth = 0; nth < 5; nth++) {
    zone.rulesets.clear()
    let steps = 0
    const stopping = new AbortController()
    const progress = ({ at }: { at: 'starts' | 'ends' }) => {
      if (at === 'starts' && steps++ === nth) {
        cloudflare.api.fault(/^(POST|PUT|PATCH) /, { is: 'lost-answer' }, 2)
        setTimeout(() => stopping.abort(), 40)
      }
      return Promise.resolve()
    }
    await reconcile(safeguard, wish(), { ...yes, progress }, stopping.signal).catch(() => undefined)
    cloudflare.api.clearFaults()
    assert.equal((await reconcile(safeguard, wish(), yes, signal)).is, 'settled')
    for (const { rules } of zone.rulesets.values())
      assert.equal(new Set(rules.map(({ ref }) => ref)).size, 1)
  }
})

test('everything can be undone', async (t) => {
  const { zone, safeguard } = await worldFor(t)
  zone.rulesets.set('http_request_firewall_custom', {
    id: newId(),
    phase: 'http_request_firewall_custom',
    version: 1,
    rules: [foreignRule(1)],
  })
  const outcome = await reconcile(safeguard, wish({ zoneSettings: 'change' }), yes, signal)
  assert.ok(outcome.is === 'settled')
  for (const { does } of outcome.did.toReversed()) {
    for (const step of safeguard.undo(does, await safeguard.observe(signal)).steps)
      await safeguard.apply(step, signal)
  }
  assert.deepEqual(
    [...zone.rulesets.values()].flatMap(({ rules }) => rules.map(({ ref }) => ref)),
    ['theirs_1'],
  )
  assert.equal(zone.settings.get('min_tls_version')?.value, '1.0')
})
