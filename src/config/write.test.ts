import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { readYaml } from './read.ts'
import { configurationSchema } from './schema.ts'
import { routerKinds } from './settings.ts'
import { writeConfiguration, type Answers } from './write.ts'

const text = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' })
const answers: fc.Arbitrary<Answers> = fc.record({
  names: fc.array(text, { minLength: 1, maxLength: 3 }),
  publicPort: fc.constantFrom(443, 8443),
  tls: fc.constantFrom('gateway', 'home-assistant'),
  tokenFile: text,
  homeAssistantUrl: text,
  homeAssistantTokenFile: fc.option(text, { nil: undefined }),
  certificateFolder: fc.option(text, { nil: undefined }),
  local: fc.array(text, { maxLength: 2 }),
  router: fc.constantFrom(...routerKinds),
  forwardTo: fc.option(text, { nil: undefined }),
  countries: fc.option(fc.array(text, { maxLength: 3 }), { nil: undefined }),
  vantageUrl: fc.option(text, { nil: undefined }),
})

test('what is written is read back as it was answered', () => {
  fc.assert(
    fc.property(answers, (given) => {
      const read = readYaml(writeConfiguration(given))
      assert.deepEqual(read.complaints, [])
      const raw = configurationSchema.parse(read.value)
      assert.deepEqual(raw.names, given.names)
      assert.equal(raw.public_port, given.publicPort)
      assert.equal(raw.tls, given.tls)
      assert.equal(raw.cloudflare.token_file, given.tokenFile)
      assert.equal(raw.home_assistant.url, given.homeAssistantUrl)
      assert.equal(raw.home_assistant.token_file, given.homeAssistantTokenFile)
      assert.equal(raw.home_assistant.certificate_folder, given.certificateFolder)
      assert.deepEqual(raw.gateway.local, given.tls === 'gateway' ? given.local : [])
      assert.equal(raw.router.kind, given.router)
      assert.equal(raw.router.forward_to, given.forwardTo)
      assert.deepEqual(raw.edge.countries, given.countries)
      assert.equal(raw.vantage?.url, given.vantageUrl)
    }),
  )
})
